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
RUN set -eu; cd /full/var/lib/dpkg; mkdir status.d; \
    awk ' \
      FNR == NR { if ($1 == "deb") listed[$2]; next } \
      /^Package: / { out = ($2 in listed) ? "status.d/" $2 : "" } \
      out != "" && NF { print > out } \
      out != "" && !NF { close(out); out = "" } \
    ' /unladen.keep status; \
    find status.d -exec touch -r status {} +; touch -r status .
# The list → the files of each layer, with the directories above them.
RUN set -eu; export LC_ALL=C; mkdir /layers; cd /layers; touch system application; \
    find /full -mindepth 1 -printf '/%P\0' | awk ' \
      function byte(hex) { \
        hex = tolower(hex); \
        return sprintf("%c", 16 * index(digits, substr(hex, 1, 1)) + index(digits, substr(hex, 2)) - 17) \
      } \
      function literal(text,   out, at) { \
        while (at = index(text, "\\x")) { \
          out = out substr(text, 1, at - 1) byte(substr(text, at + 2, 2)); \
          text = substr(text, at + 4) \
        } \
        return out text \
      } \
      function regex(text,   out, c, size) { \
        for (; text != ""; text = substr(text, size + 1)) { \
          c = substr(text, 1, 1); size = 1; \
          if (substr(text, 1, 3) == "**/") { out = out "(.*/)?"; size = 3; continue } \
          if (c == "*") { out = out "[^/]*"; continue } \
          if (c == "?") { out = out "[^/]"; continue } \
          if (c == "\\") { c = byte(substr(text, 3, 2)); size = 4 } \
          out = out (index(".^$+()[]{}|*?\\", c) ? "\\" c : c) \
        } \
        return "^" out "$" \
      } \
      function put(path, layer,   above) { \
        if (path == "" || (layer, path) in done) return; \
        done[layer, path]; above = path; sub("/[^/]*$", "", above); put(above, layer); \
        printf ".%s%c", path, 0 > layer \
      } \
      BEGIN { digits = "0123456789abcdef"; split("system application", names); for (i in names) known[names[i]] } \
      FNR == NR { \
        sub(/[ \t\r]+$/, ""); \
        if (/^\[/) layer = substr($0, 2, length($0) - 2); \
        if (layer == "packages" || !/^!?\//) next; \
        last = NR; layers[NR] = layer in known ? layer : names[1]; lines[NR] = $0; drop = sub(/^!/, ""); whole = sub(/\/$/, ""); \
        if (/[*?]/ && drop) { drops[++dropping] = regex($0); drop_line[dropping] = NR } \
        else if (/[*?]/) { keeps[++keeping] = regex($0); keep_line[keeping] = NR; keep_whole[keeping] = whole } \
        else if (drop) dropped[literal($0)] = NR; \
        else { kept[literal($0)] = NR; if (whole) tree[literal($0)] = NR } \
        next \
      } \
      { \
        path = parent = $0; sub("/[^/]*$", "", parent); here = below = inside[parent]; \
        for (i = 1; i <= keeping; i++) if (path ~ keeps[i]) { \
          used[here = keep_line[i]]; if (keep_whole[i]) below = here \
        } \
        if (path in dropped) { used[dropped[path]]; here = below = "" } \
        for (i = 1; here != "" && i <= dropping; i++) if (path ~ drops[i]) { \
          used[drop_line[i]]; here = below = "" \
        } \
        if (path in kept) used[here = kept[path]]; \
        if (path in tree) below = tree[path]; \
        if (below != "") inside[path] = below; \
        if (here != "") put(path, layers[here]) \
      } \
      END { \
        for (i = 1; i <= last; i++) if (i in lines && !(i in used)) \
          print "unladen.keep:" i ": nothing there: " lines[i] > "/dev/stderr" \
      } \
    ' /unladen.keep RS='\0' -
# The files as they are: owners, modes, links, capabilities and times.
RUN set -eu; attributes="--xattrs --xattrs-include=* --numeric-owner"; set -f; \
    clamp="${SOURCE_DATE_EPOCH:+--clamp-mtime --mtime=@$SOURCE_DATE_EPOCH}"; \
    for layer in system application; do \
      mkdir -p "/keep/$layer"; \
      { tar -C /full -c $attributes $clamp --no-recursion --null --verbatim-files-from -T "/layers/$layer" \
        || touch /failed; } | tar -C "/keep/$layer" -x -p $attributes; \
      test ! -e /failed; \
    done

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
