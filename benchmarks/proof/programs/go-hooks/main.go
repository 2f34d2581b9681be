// Command hooks runs shell scripts when it is asked to, and shows what it has.
package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"html/template"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"time"
)

var pages = template.Must(template.ParseGlob("templates/*.html"))

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", home)
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { reply(w, 200, map[string]string{"status": "ok"}) })
	mux.HandleFunc("GET /hooks", hooks)
	mux.HandleFunc("POST /hooks/{name}", run)
	mux.HandleFunc("GET /hooks/{name}/source", source)
	mux.HandleFunc("GET /zones/{zone...}", zone)
	mux.HandleFunc("GET /authorities", authorities)
	mux.HandleFunc("GET /me", me)
	mux.Handle("GET /public/", http.StripPrefix("/public/", http.FileServer(http.Dir("public"))))

	server := &http.Server{Addr: ":8080", Handler: mux}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Print("hooks listens on :8080")
	select {
	case err := <-failed:
		log.Fatal(err)
	case <-ctx.Done():
	}
	log.Print("hooks ends")
	grace, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	_ = server.Shutdown(grace)
}

func reply(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

func names() []string {
	var found []string
	paths, _ := filepath.Glob("scripts/*.sh")
	for _, path := range paths {
		found = append(found, strings.TrimSuffix(filepath.Base(path), ".sh"))
	}
	sort.Strings(found)
	return found
}

func home(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := pages.ExecuteTemplate(w, "home.html", names()); err != nil {
		log.Print(err)
	}
}

func hooks(w http.ResponseWriter, r *http.Request) { reply(w, 200, names()) }

func script(w http.ResponseWriter, r *http.Request) (string, bool) {
	path := filepath.Join("scripts", filepath.Base(r.PathValue("name"))+".sh")
	if _, err := os.Stat(path); err != nil {
		reply(w, 404, map[string]string{"error": "no such hook"})
		return "", false
	}
	return path, true
}

func run(w http.ResponseWriter, r *http.Request) {
	path, there := script(w, r)
	if !there {
		return
	}
	command := exec.CommandContext(r.Context(), "./"+path, r.URL.Query()["arg"]...)
	command.Stdin = r.Body
	said, err := command.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		reply(w, 422, map[string]any{"exit": exit.ExitCode(), "said": string(said)})
	case err != nil:
		reply(w, 500, map[string]string{"error": err.Error()})
	default:
		reply(w, 200, map[string]any{"exit": 0, "said": string(said)})
	}
}

func source(w http.ResponseWriter, r *http.Request) {
	if path, there := script(w, r); there {
		w.Header().Set("Content-Type", "text/x-shellscript")
		http.ServeFile(w, r, path)
	}
}

func zone(w http.ResponseWriter, r *http.Request) {
	place, err := time.LoadLocation(r.PathValue("zone"))
	if err != nil {
		reply(w, 404, map[string]string{"error": err.Error()})
		return
	}
	noon := time.Date(2024, 7, 1, 12, 0, 0, 0, time.UTC).In(place)
	reply(w, 200, map[string]string{"noon": noon.Format(time.RFC1123Z)})
}

func authorities(w http.ResponseWriter, r *http.Request) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		reply(w, 500, map[string]string{"error": err.Error()})
		return
	}
	reply(w, 200, map[string]bool{"some": !pool.Equal(x509.NewCertPool())})
}

func me(w http.ResponseWriter, r *http.Request) {
	found, err := user.Current()
	if err != nil {
		reply(w, 500, map[string]string{"error": err.Error()})
		return
	}
	reply(w, 200, map[string]string{"name": found.Username, "home": found.HomeDir})
}
