FROM golang:1.24 AS build
WORKDIR /app

# Modules before the source: they are fetched again only when one of these files changes.
COPY go.mod go.sum ./
RUN go mod download

COPY . .
# docker build --build-arg VERSION=v1.2.3 … stamps another version.
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/main .

FROM golang:1.24 AS system
# What the program looks up in /etc.
RUN mkdir -p /rootfs/etc \
 && for file in mime.types; do if [ -e /etc/$file ]; then cp -L /etc/$file /rootfs/etc/; fi; done

FROM gcr.io/distroless/static-debian12
COPY --from=system /rootfs/ /
COPY --from=build /out/main /app/main

# nobody has no home folder of its own
ENV HOME=/tmp
WORKDIR /app
USER 65534:65534
EXPOSE 8080
CMD ["./main"]
