FROM golang:1.24-alpine AS build

RUN apk add --no-cache tzdata

WORKDIR /app

# Modules before the source: they are fetched again only when one of these files changes.
COPY go.mod go.sum ./
RUN go mod download

COPY . .
# docker build --build-arg VERSION=v1.2.3 … stamps another version.
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/main .

FROM alpine:3.23
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/share/zoneinfo /usr/share/zoneinfo
COPY --from=build /out/main /app/main

# nobody has no home folder of its own
ENV HOME=/tmp
WORKDIR /app
USER 65534:65534
EXPOSE 8080
CMD ["./main"]
