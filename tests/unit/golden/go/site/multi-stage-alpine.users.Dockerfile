FROM --platform=$BUILDPLATFORM golang:1.24-alpine AS build

RUN apk add --no-cache git tzdata

ENV GOPRIVATE=example.com
WORKDIR /src

# Modules before the source: they are fetched again only when one of these files changes.
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    go mod download

COPY . .
ARG VERSION=dev
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -tags prod -ldflags "-s -w -X main.version=${VERSION}" -o /out/site ./cmd/site

FROM --platform=$BUILDPLATFORM golang:1.24-alpine AS system
RUN mkdir /empty

FROM alpine:3.23
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo
COPY --from=system --chown=65534:65534 /empty/ /srv/
COPY templates /srv/templates
COPY --from=build /out/site /usr/local/bin/site

# nobody has no home folder of its own
ENV HOME=/tmp
WORKDIR /srv
ENV LOG_LEVEL=info
ENV PORT=9000
USER 65534:65534
EXPOSE 9000
ENTRYPOINT ["site"]
CMD ["--quiet"]
