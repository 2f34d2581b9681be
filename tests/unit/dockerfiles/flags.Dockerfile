FROM --platform=$BUILDPLATFORM golang:${V:-1.24}${X:+-x}${Y#pre}${Y%suf}${Z/a/b}${Z//a/b} AS golang
COPY --link --parents --exclude=*.md --exclude=b --chmod=0755 --from=golang a b /c/
RUN --device=gpu --network=none --security=sandbox --mount=type=secret,id=x,env=Y --mount=type=bind,target=/z --new-flag make
ADD --keep-git-dir=true --unpack --checksum=sha256:1 https://x/y.git /y
HEALTHCHECK --interval=5s --start-interval=1s --retries=3 CMD curl -f http://localhost || exit 1
USER app:app
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
