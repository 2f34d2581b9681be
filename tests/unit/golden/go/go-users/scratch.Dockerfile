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
# A user, temporary folders, and what the program looks up.
RUN mkdir -p /rootfs/etc /rootfs/tmp /rootfs/var/tmp /rootfs/usr/share /empty \
 && chmod 1777 /rootfs/tmp /rootfs/var/tmp \
 && echo 'root:x:0:0:root:/root:/sbin/nologin' > /rootfs/etc/passwd \
 && echo 'nonroot:x:65534:65534:nonroot:/home/nonroot:/sbin/nologin' >> /rootfs/etc/passwd \
 && echo 'nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin' >> /rootfs/etc/passwd \
 && echo 'root:x:0:' > /rootfs/etc/group \
 && echo 'nonroot:x:65534:' >> /rootfs/etc/group \
 && cp "$(go env GOROOT)/lib/time/zoneinfo.zip" /rootfs/usr/share/zoneinfo.zip \
 && for file in localtime services mime.types; do if [ -e /etc/$file ]; then cp -L /etc/$file /rootfs/etc/; fi; done

FROM scratch
COPY --from=system /rootfs/ /
COPY --from=system /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=system /usr/share/zoneinfo /usr/share/zoneinfo
# Go's own copy also has the names that newer Debians leave out (US/Eastern).
ENV ZONEINFO=/usr/share/zoneinfo.zip
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY --from=system --chown=65534:65534 /empty/ /home/nonroot/
COPY --from=build /out/main /app/main

WORKDIR /app
USER 65534:65534
EXPOSE 8080
CMD ["./main"]
