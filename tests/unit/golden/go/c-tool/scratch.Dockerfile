FROM golang:1.24 AS build
WORKDIR /app

COPY . .
RUN --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=1 go build -trimpath -tags osusergo,netgo -ldflags "-s -w -linkmode external -extldflags '-static'" -o /out/main .

FROM golang:1.24 AS system
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
ENTRYPOINT ["./main"]
