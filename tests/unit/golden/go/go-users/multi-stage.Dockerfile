# Behind a proxy with its own certificate authority, hand its bundle to the build (nothing of it stays in the image):
#   docker build --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt .
#   podman build --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt .
FROM --platform=$BUILDPLATFORM golang:1.24 AS build
WORKDIR /app

# Modules before the source: they are fetched again only when one of these files changes.
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    --mount=type=secret,id=ca,target=/dev/ca \
    SSL_CERT_FILE=${SSL_CERT_FILE:-$(ls /dev/ca 2>/dev/null || echo /etc/ssl/certs/ca-certificates.crt)} go mod download

COPY . .
# docker build --build-arg VERSION=v1.2.3 … stamps another version.
ARG VERSION=dev
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    --mount=type=secret,id=ca,target=/dev/ca \
    SSL_CERT_FILE=${SSL_CERT_FILE:-$(ls /dev/ca 2>/dev/null || echo /etc/ssl/certs/ca-certificates.crt)} CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/main .

FROM --platform=$BUILDPLATFORM golang:1.24 AS system
# What the program looks up in /etc.
RUN mkdir -p /rootfs/etc \
 && for file in services mime.types; do if [ -e /etc/$file ]; then cp -L /etc/$file /rootfs/etc/; fi; done

FROM debian:bookworm-slim
COPY --from=system /rootfs/ /
COPY --from=system /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/main /app/main

# nobody has no home folder of its own
ENV HOME=/tmp
WORKDIR /app
USER 65534:65534
EXPOSE 8080
CMD ["./main"]
