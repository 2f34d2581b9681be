FROM golang:1.24-alpine

WORKDIR /app

# Modules before the source: they are fetched again only when one of these files changes.
COPY go.mod go.sum ./
RUN go mod download

COPY . .
# docker build --build-arg VERSION=v1.2.3 … stamps another version.
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /app/main .

EXPOSE 8080
CMD ["./main"]
