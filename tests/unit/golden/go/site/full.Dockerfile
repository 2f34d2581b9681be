FROM golang:1.24

WORKDIR /app

COPY . .

RUN go build -o main ./cmd/site

ENV PORT=8080
EXPOSE 8080
CMD ["./main"]
