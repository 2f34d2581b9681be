package main

import (
	"log"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
)

// statusRecorder remembers the status a handler answered with.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (r *statusRecorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func logRequests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		start := time.Now()
		next.ServeHTTP(recorder, r)
		log.Printf("%s %s %d %s", r.Method, r.URL.Path, recorder.status, time.Since(start))
	})
}

// measureRequests counts and times requests by route template, so that ids do not become label values.
func measureRequests(registry *prometheus.Registry) mux.MiddlewareFunc {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "http_requests_total",
		Help: "HTTP requests answered.",
	}, []string{"method", "endpoint", "status"})
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_duration_seconds",
		Help:    "Time taken to answer an HTTP request.",
		Buckets: []float64{0.1, 0.25, 0.5, 1, 2.5, 5},
	}, []string{"method", "endpoint"})
	registry.MustRegister(requests, durations)

	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			recorder := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
			start := time.Now()
			next.ServeHTTP(recorder, r)

			endpoint := routeTemplate(r)
			durations.WithLabelValues(r.Method, endpoint).Observe(time.Since(start).Seconds())
			requests.WithLabelValues(r.Method, endpoint, strconv.Itoa(recorder.status)).Inc()
		})
	}
}

func routeTemplate(r *http.Request) string {
	template, err := mux.CurrentRoute(r).GetPathTemplate()
	if err != nil {
		return "unknown"
	}
	return template
}
