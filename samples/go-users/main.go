// Command go-users serves a small User API with Prometheus metrics.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// version is stamped when the program is linked: -ldflags "-X main.version=v1.2.3".
var version = "dev"

const shutdownGrace = 5 * time.Second

func main() {
	if err := run(); err != nil {
		log.Fatalf("go-users: %v", err)
	}
}

// run serves until SIGINT or SIGTERM arrives, then lets running requests finish.
func run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	server := &http.Server{
		Addr:              ":" + port(),
		Handler:           newRouter(newStore(firstUsers...), prometheus.NewRegistry()),
		ReadHeaderTimeout: 5 * time.Second,
	}

	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Printf("go-users %s listens on %s", version, server.Addr)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		log.Print("shutting down")
	}

	grace, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	return server.Shutdown(grace)
}

// port is the TCP port to listen on: PORT, or 8080.
func port() string {
	if port := os.Getenv("PORT"); port != "" {
		return port
	}
	return "8080"
}
