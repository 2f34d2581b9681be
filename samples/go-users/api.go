package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/mail"
	"strconv"
	"strings"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const maxBody = 1 << 20 // bytes

// api answers requests from the users in its store.
type api struct {
	store *store
}

// newRouter wires the routes; every matched request is logged and counted in registry.
func newRouter(store *store, registry *prometheus.Registry) http.Handler {
	api := &api{store: store}
	router := mux.NewRouter()
	router.Use(logRequests, measureRequests(registry))

	router.HandleFunc("/health", api.health).Methods(http.MethodGet)
	router.HandleFunc("/users", api.listUsers).Methods(http.MethodGet)
	router.HandleFunc("/users", api.createUser).Methods(http.MethodPost)
	router.HandleFunc("/users/{id}", api.getUser).Methods(http.MethodGet)
	router.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{})).Methods(http.MethodGet)
	return router
}

func (a *api) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "healthy"})
}

func (a *api) listUsers(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, a.store.all())
}

func (a *api) getUser(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.Atoi(mux.Vars(r)["id"])
	if err != nil || id < 1 {
		writeError(w, http.StatusBadRequest, "invalid user id")
		return
	}
	user, ok := a.store.get(id)
	if !ok {
		writeError(w, http.StatusNotFound, "user not found")
		return
	}
	writeJSON(w, http.StatusOK, user)
}

func (a *api) createUser(w http.ResponseWriter, r *http.Request) {
	var wanted struct {
		Name  string `json:"name"`
		Email string `json:"email"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&wanted); err != nil {
		writeError(w, http.StatusBadRequest, "invalid JSON")
		return
	}
	name := strings.TrimSpace(wanted.Name)
	if name == "" {
		writeError(w, http.StatusBadRequest, "name is required")
		return
	}
	address, err := mail.ParseAddress(wanted.Email)
	if err != nil {
		writeError(w, http.StatusBadRequest, "invalid email address")
		return
	}
	user := a.store.add(name, address.Address)
	w.Header().Set("Location", fmt.Sprintf("/users/%d", user.ID))
	writeJSON(w, http.StatusCreated, user)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Printf("cannot write the answer: %v", err) // the client has gone away
	}
}

func writeError(w http.ResponseWriter, status int, message string) {
	writeJSON(w, status, map[string]string{"error": message})
}
