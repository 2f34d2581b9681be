// Command kiosk sells papers, by chi's router.
package main

import (
	"encoding/json"
	"log"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

func reply(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

func say(words ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { reply(w, words) }
}

func main() {
	router := chi.NewRouter()
	router.Use(middleware.Recoverer)
	router.Get("/", say("kiosk"))
	router.Get("/health", say("ok"))
	router.Route("/papers", func(r chi.Router) {
		r.Get("/", say("Morning", "Evening"))
		r.Post("/", add)
		r.Route("/{paper}", func(r chi.Router) {
			r.Get("/", paper)
			r.Delete("/", paper)
			r.Get("/issues/{number:[0-9]+}", paper)
		})
	})
	router.Group(func(r chi.Router) {
		r.Use(middleware.NoCache)
		r.Get("/news", say("none"))
		r.Method(http.MethodPut, "/news/{id}", http.HandlerFunc(paper))
	})
	router.Mount("/admin", admin())
	log.Fatal(http.ListenAndServe(":8000", router))
}

func admin() http.Handler {
	router := chi.NewRouter()
	router.Get("/till", say("1.20"))
	router.Post("/till/{amount}", paper)
	return router
}

func add(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusCreated)
	reply(w, "added")
}

func paper(w http.ResponseWriter, r *http.Request) {
	reply(w, chi.RouteContext(r.Context()).RoutePattern())
}
