package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func ask(t *testing.T, handler http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	return recorder
}

func testRouter() http.Handler {
	return newRouter(newStore(firstUsers...), prometheus.NewRegistry())
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"health", "GET", "/health", "", 200, `{"status":"healthy"}`},
		{"one user", "GET", "/users/2", "", 200, `{"id":2,"name":"Bob Example","email":"bob@example.com"}`},
		{"unknown user", "GET", "/users/99", "", 404, `{"error":"user not found"}`},
		{"id is no number", "GET", "/users/abc", "", 400, `{"error":"invalid user id"}`},
		{"id out of range", "GET", "/users/0", "", 400, `{"error":"invalid user id"}`},
		{"broken JSON", "POST", "/users", `{"name":`, 400, `{"error":"invalid JSON"}`},
		{"wrong type", "POST", "/users", `{"name":7}`, 400, `{"error":"invalid JSON"}`},
		{"no name", "POST", "/users", `{"email":"c@example.com"}`, 400, `{"error":"name is required"}`},
		{"no email", "POST", "/users", `{"name":"Carol"}`, 400, `{"error":"invalid email address"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ask(t, testRouter(), test.method, test.path, test.body)
			if got.Code != test.status {
				t.Errorf("status %d, want %d", got.Code, test.status)
			}
			if body := strings.TrimSpace(got.Body.String()); body != test.want {
				t.Errorf("body %s, want %s", body, test.want)
			}
		})
	}
}

func TestCreatedUserCanBeRead(t *testing.T) {
	router := testRouter()

	created := ask(t, router, "POST", "/users", `{"name":" Carol ","email":"carol@example.com"}`)
	if created.Code != http.StatusCreated {
		t.Fatalf("status %d, want %d", created.Code, http.StatusCreated)
	}

	read := ask(t, router, "GET", created.Header().Get("Location"), "")
	if read.Code != http.StatusOK || read.Body.String() != created.Body.String() {
		t.Errorf("read %d %q, want 200 %q", read.Code, read.Body, created.Body)
	}
}

func TestMetricsCountByRoute(t *testing.T) {
	router := testRouter()
	ask(t, router, "GET", "/users/1", "")
	ask(t, router, "GET", "/users/2", "")
	ask(t, router, "GET", "/users/abc", "")

	text, err := io.ReadAll(ask(t, router, "GET", "/metrics", "").Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		`http_requests_total{endpoint="/users/{id}",method="GET",status="200"} 2`,
		`http_requests_total{endpoint="/users/{id}",method="GET",status="400"} 1`,
		`http_request_duration_seconds_count{endpoint="/users/{id}",method="GET"} 3`,
	} {
		if !strings.Contains(string(text), line) {
			t.Errorf("no line %q in\n%s", line, text)
		}
	}
}
