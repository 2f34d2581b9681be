"""Routes that Go programs register, with what groups, mounts and functions put before them."""

from __future__ import annotations

from pathlib import Path

import pytest

from unladen.language.go.routes import registered, routes
from unladen.language.go.source import GoFile

NET_HTTP = """
package main
import "net/http"
const base = "/v1"
func items(w http.ResponseWriter, r *http.Request) {
    switch r.Method {
    case http.MethodGet:
    case http.MethodPost, http.MethodPut:
    }
}
func only(w http.ResponseWriter, r *http.Request) { if r.Method != http.MethodPost { return } }
func form(w http.ResponseWriter, r *http.Request) { if r.Method == "POST" { return } }
func live(w http.ResponseWriter, r *http.Request) { c, _ := upgrader.Upgrade(w, r, nil); _ = c }
func register(mux *http.ServeMux, h Handler) { mux.Handle("GET /given", h) }
func main() {
    mux := http.NewServeMux()
    mux.HandleFunc("GET /x/{id}", items)
    mux.HandleFunc("DELETE example.com/x/{rest...}", items)
    mux.HandleFunc("/exact/{$}", only)
    mux.HandleFunc(base + "/items", items)
    http.HandleFunc("/form", form)
    http.HandleFunc("/live", live)
    register(mux, nil)
    api := http.NewServeMux()
    api.HandleFunc("GET /users", items)
    mux.Handle("/api/", http.StripPrefix("/api", api))
    mux.Handle("/static/", http.StripPrefix("/static/", http.FileServer(http.Dir("static"))))
    resp, _ := client.Get("/not/a/route", nil)
    http.Get("http://example.com/")
    w.Header().Get("/x")
}
"""

CHI = """
package main
func admin() http.Handler {
    r := chi.NewRouter()
    r.Get("/", index)
    r.Route("/{id:[0-9]+}", func(r chi.Router) {
        r.Use(auth)
        r.Delete("/", gone)
    })
    return r
}
func (s *Server) more(r chi.Router) { r.Patch("/more", s.more1) }
func main() {
    r := chi.NewRouter()
    r.Route("/api", func(r chi.Router) {
        r.Group(func(r chi.Router) { r.Post("/things", add) })
        r.With(paginate).Get("/paged", list)
        r.Route("/deep", s.more)
    })
    r.Mount("/admin", admin())
    r.Method("PUT", "/put", h)
    r.Handle("/files/*", files)
    http.ListenAndServe(":8080", r)
}
"""

GORILLA = """
package main
func main() {
    r := mux.NewRouter()
    s := r.PathPrefix("/api").Subrouter()
    s.HandleFunc(prefixed("/fixed"), a)
    s.HandleFunc("/a/{id:[0-9]{2}}", a).Methods("GET", "POST").Name("a")
    s.Path("/b").Methods(http.MethodPut).HandlerFunc(b)
    v := s.PathPrefix("/v2").Subrouter()
    v.Handle("/c", c).Methods("DELETE")
    r.PathPrefix("/static/").Handler(http.StripPrefix("/static/", fs))
}
"""

GIN = """
package main
type Server struct { engine *gin.Engine }
func userRoutes(rg *gin.RouterGroup) {
    users := rg.Group("/users")
    users.GET("", list)
    users.GET("/:id", one)
    users.GET("current/one", one)
    users.POST("/:id/files/*path", save)
}
func New() *Server {
    s := &Server{engine: gin.Default()}
    s.engine.Match([]string{"GET", "HEAD"}, "/health", ok)
    s.setup()
    return s
}
func (s *Server) setup() {
    v1 := s.engine.Group("/api/v1")
    {
        userRoutes(v1)
        v1.Handle("OPTIONS", "/o", ok)
    }
    s.engine.StaticFile("/favicon.ico", "./favicon.ico")
    s.engine.Static("/assets", "./assets")
    s.engine.Any("/any", ok)
}
func main() { New() }
"""

ECHO = """
package main
func main() {
    e := echo.New()
    e.GET("/", hello)
    g := e.Group("/admin", auth)
    g.PUT("/users/:id", save)
    e.Add("DELETE", "/x", gone)
    e.Static("/static", "assets")
    e.GET("/ws", func(c echo.Context) error { websocket.Handler(talk).ServeHTTP(nil, nil); return nil })
}
"""

FIBER = """
package main
func main() {
    app := fiber.New()
    api := app.Group("/api")
    api.Get("/n/:id<int>", n)
    app.Route("/r", func(r fiber.Router) { r.Post("/:name?", add) })
    app.All("/all", all)
    app.Get("/ws", websocket.New(func(c *websocket.Conn) {}))
}
"""

HTTPROUTER = """
package main
func main() {
    router := httprouter.New()
    router.GET("/hello/:name", hello)
    router.HandlerFunc("POST", "/save", save)
    router.ServeFiles("/src/*filepath", http.Dir("static"))
}
"""

EXPECTED = {
    "net/http": (
        NET_HTTP,
        """
        GET /x/{id}
        DELETE /x/{rest}
        POST /exact/
        GET /v1/items
        POST /v1/items
        PUT /v1/items
        GET /form
        POST /form
        WEBSOCKET /live
        GET /given
        GET /api/users
        GET /static/{path}
        """,
    ),
    "chi": (
        CHI,
        """
        GET /admin/
        DELETE /admin/{id}/
        POST /api/things
        GET /api/paged
        PATCH /api/deep/more
        PUT /put
        GET /files/{rest}
        """,
    ),
    "gorilla": (
        GORILLA,
        """
        GET /api/fixed
        GET /api/a/{id}
        POST /api/a/{id}
        PUT /api/b
        DELETE /api/v2/c
        """,
    ),
    "gin": (
        GIN,
        """
        GET /api/v1/users
        GET /api/v1/users/{id}
        GET /api/v1/users/current/one
        POST /api/v1/users/{id}/files/{path}
        GET /health
        HEAD /health
        OPTIONS /api/v1/o
        GET /favicon.ico
        GET /assets/{path}
        GET /any
        """,
    ),
    "echo": (
        ECHO,
        """
        GET /
        PUT /admin/users/{id}
        DELETE /x
        GET /static/{path}
        WEBSOCKET /ws
        """,
    ),
    "fiber": (
        FIBER,
        """
        GET /api/n/{id}
        POST /r/{name}
        GET /all
        WEBSOCKET /ws
        """,
    ),
    "httprouter": (
        HTTPROUTER,
        """
        GET /hello/{name}
        POST /save
        GET /src/{path}
        """,
    ),
}


@pytest.mark.parametrize("framework", EXPECTED)
def test_every_route_that_a_person_counts(framework: str, tmp_path: Path) -> None:
    source, expected = EXPECTED[framework]
    found = registered((GoFile(tmp_path / "main.go", source),), tmp_path)
    assert {f"{route.method} {route.path}" for route in found} == {
        line.strip() for line in expected.strip().splitlines()
    }


def test_kinds_files_and_where_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "static" / "css").mkdir(parents=True)
    (tmp_path / "static" / "css" / "a.css").write_text("a")
    found = {r.path: r for r in registered((GoFile(tmp_path / "main.go", NET_HTTP),), tmp_path)}
    assert found["/x/{rest}"].parameters == {"rest": "path"}
    assert found["/static/{path}"].examples == {"path": ["css/a.css"]}
    assert found["/x/{id}"].origin == "the source in main.go:17"
    chi = registered((GoFile(tmp_path / "main.go", CHI),), tmp_path)
    assert {"id": "[0-9]+"} in [route.parameters for route in chi]


def test_a_project(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/web\n\ngo 1.24\n")
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "api.go").write_text(
        'package api\nimport "net/http"\nfunc Routes(m *http.ServeMux) { m.HandleFunc("GET /far", nil) }\n'
    )
    (tmp_path / "main.go").write_text(
        'package main\nimport ("net/http"; "example.com/web/api")\n'
        'func main() { m := http.NewServeMux(); api.Routes(m); http.ListenAndServe(":8080", m) }\n'
    )
    assert [route.path for route in routes(tmp_path, ("/web",)).known] == ["/far"]
    assert routes(None, ()).known == ()
