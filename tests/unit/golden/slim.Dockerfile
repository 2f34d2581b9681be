# mine
FROM python:3.11-slim AS unladen-full
WORKDIR /app
COPY . .
CMD ["python", "main.py"]

# ---- unladen slim ----
# The image above with nothing but what unladen.keep lists. `unladen slim` wrote what follows; any docker, podman
# or buildah builds it. To build the full image: --target unladen-full
FROM debian:bookworm-slim AS unladen-pack
COPY --from=unladen-full / /full/
COPY unladen.keep /unladen.keep
ARG SOURCE_DATE_EPOCH
# The packages that the list names, each in a file of its own, as scanners read them from images without dpkg.
RUN bash -euo pipefail -c ' \
      cd /full/var/lib/dpkg; mkdir status.d; \
      while read -r kind name _ || [[ $kind ]]; do \
        if [[ $kind = deb ]] && grep -qxF "Package: $name" status; then \
          sed -n "/^Package: $name\$/,/^\$/{/./p}" status > "status.d/$name"; \
        fi; \
      done < /unladen.keep; \
      find status.d -exec touch -r status {} +; touch -r status .'
# A tree of the image's names alone, on which the list is carried out: the mode of a name says which layer it goes
# to, 700 is left out. The line that matches a path deepest counts, so the deepest are carried out last. Then tar
# copies the files of each layer as they are, and the directories above them: owners, modes, links, capabilities, times.
RUN bash -euo pipefail -c ' \
      shopt -s dotglob globstar nullglob; export LC_ALL=C; IFS=; number=0; layer=701; \
      work=$(mktemp -d -p /dev/shm || mktemp -d); mkdir $work/names $work/rules; cd /full; \
      find . -type d -print0 | (cd $work/names; xargs -0 mkdir -p); \
      find . ! -type d -print0 | (cd $work/names; xargs -0r touch); \
      chmod -R 700 $work/names; \
      sed "s/[[:space:]]*\$//" /unladen.keep | while read -r line || [[ $line ]]; do \
        number=$((number + 1)); \
        case $line in \
          "[system]") layer=701; continue ;; \
          "[application]") layer=702; continue ;; \
          "["*) layer=701; continue ;; \
          !/*) rank=1 mode=700 how=-R ;; \
          /*[*?]*) rank=0 mode=$layer how=-f ;; \
          /*) rank=2 mode=$layer how=-f ;; \
          *) continue ;; \
        esac; \
        if [[ $line = */ ]]; then how=-R; fi; \
        path=${line#!}; path=${path%/}; path=${path//\[/\\[}; \
        printf -v path %b "${path//\\x/\\\\\\x}"; path=${path//\\ / }; \
        found=($work/name[s]$path); \
        if [[ ! ${found[*]} ]]; then echo "unladen.keep:$number: nothing there: $line" >&2; fi; \
        for path in "${found[@]}"; do \
          slashes=${path//[^\/]}; printf -v depth %03d ${#slashes}; \
          printf "%s\0" "$path" >> "$work/rules/$depth $rank $mode $how"; \
        done; \
      done; \
      for rules in $work/rules/*; do \
        IFS=" " read -r depth rank mode how <<< "${rules##*/}"; xargs -0 chmod $how $mode < "$rules"; \
      done; \
      IFS=" "; layer=700; \
      for name in system application; do \
        layer=$((layer + 1)); mkdir -p /keep/$name; \
        find $work/names -mindepth 1 -perm $layer -printf "%P\0" \
          | sed -zn ":up; p; s,/[^/]*\$,,; t up" | LC_ALL=C sort -zu \
          | tar -C /full -c --numeric-owner --xattrs --xattrs-include="*" \
            --no-recursion --null --verbatim-files-from -T - \
            ${SOURCE_DATE_EPOCH:+--clamp-mtime --mtime=@$SOURCE_DATE_EPOCH} \
          | tar -C /keep/$name -x -p --numeric-owner --xattrs --xattrs-include="*" --delay-directory-restore; \
      done; \
      rm -r $work'

FROM scratch
COPY --from=unladen-pack /keep/system/ /
COPY --from=unladen-pack /keep/application/ /
ENV PATH="/usr/bin" \
    GREETING="say \"hi\" for \$5 \\ more"
LABEL org.opencontainers.image.title="app" \
      "two words"="x"
EXPOSE 53/udp 8000/tcp
VOLUME ["/data"]
WORKDIR /app
USER 65534:65534
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --retries=3 CMD ["python", "-c", "1"]
CMD ["python", "main.py"]
