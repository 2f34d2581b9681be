"""Port and health check, read from the source."""

from __future__ import annotations

from pathlib import Path

import pytest
from go_projects import program

from unladen.language.go.health import health
from unladen.language.go.listen import listens, only_local
from unladen.language.go.ports import port, port_in, port_variable
from unladen.language.go.source import GoFile


def sources(body: str, imports: str = "net/http os") -> tuple[list[GoFile], Path]:
    root = Path("/project")
    return [GoFile(root / "main.go", program(body, imports))], root


PORTS = {
    "helper with a default": ('p := getEnv("PORT", "9000")\nhttp.ListenAndServe(":"+p, nil)', 9000),
    "if it is empty": (
        'p := os.Getenv("PORT")\nif p == "" {\n\tp = "3000"\n}\nhttp.ListenAndServe(":"+p, nil)',
        3000,
    ),
    "returned later": ('if p := os.Getenv("PORT"); p != "" {\n\treturn p\n}\nreturn "8081"', 8081),
    "cmp.Or": ('http.ListenAndServe(":"+cmp.Or(os.Getenv("PORT"), "8082"), nil)', 8082),
    "an address variable": (
        'addr := envOr("HTTP_ADDR", "0.0.0.0:8083")\nhttp.ListenAndServe(addr, nil)',
        8083,
    ),
    "flag with a number": ('port := flag.Int("port", 8084, "port")\nlisten(*port)', 8084),
    "flag with an address": ('addr := flag.String("addr", ":8085", "address")\nlisten(*addr)', 8085),
    "flag into a variable": ('flag.StringVar(&c.addr, "listen", ":8086", "address")', 8086),
    "flag from a variable": ('flag.StringVar(&port, "port", getEnv("SHOP_NUMBER", "8099"), "port")', 8099),
    "pflag with a letter": ('cmd.Flags().IntP("port", "p", 8087, "port")', 8087),
    "written out": ('http.ListenAndServe(":8088", nil)', 8088),
    "server struct": ('s := &http.Server{Addr: ":8089"}\ns.ListenAndServe()', 8089),
    "net.Listen": ('l, _ := net.Listen("tcp", ":50051")\ngrpc.NewServer().Serve(l)', 50051),
    "gin": ('r := gin.Default()\nr.Run(":8090")', 8090),
    "struct tag": ('type c struct {\n\tPort int `env:"PORT" envDefault:"8091"`\n}', 8091),
    "a constant": ('const port = 8092\nhttp.ListenAndServe(fmt.Sprintf(":%d", port), nil)', 8092),
    "a literal elsewhere": ('serve := func(a string) { http.ListenAndServe(a, nil) }\nserve(":8093")', 8093),
    "not the database's": ('db := getEnv("DB_PORT", "5432")\nhttp.ListenAndServe(":8094", nil)', 8094),
    "PORT before others": ('m := getEnv("ADMIN_PORT", "9999")\np := getEnv("PORT", "8095")', 8095),
    "the listen call before a mention": (
        'r.RemoteAddr = "127.0.0.1:65535"\nl, _ := net.Listen("tcp", fmt.Sprintf("%s:%d", host, c.Server.Port))\n'
        'type c struct {\n\tPort int `default:"8101"`\n}',
        8101,
    ),
    "a struct tag before a mention": (
        'r.RemoteAddr = "127.0.0.1:65535"\ntype s struct {\n\tPort int `default:"8102"`\n}',
        8102,
    ),
    "an argument before a flag": ('flag.Int("port", 8199, "")\nhttp.ListenAndServe(":8103", nil)', 8103),
    "a flag before a struct tag": (
        'type s struct {\n\tPort int `default:"8198"`\n}\nflag.Int("port", 8104, "")',
        8104,
    ),
    "not the number after it": (
        'p := os.Getenv("PORT")\ntimeout := 30\nif p == "" {\n\tp = "8105"\n}',
        8105,
    ),
    "through a function": (
        'http.ListenAndServe(addr(), nil)\n}\n\nfunc addr() string {\n\treturn ":8106"\n',
        8106,
    ),
    "through a field": ('c := Config{Addr: ":8107"}\nhttp.ListenAndServe(c.Addr, nil)', 8107),
    "not another program's field": (
        'redis.New(redis.Options{Addr: "localhost:6379"})\ns := http.Server{Addr: c.Addr}\nserve(":8108")',
        8108,
    ),
    "not the profiler": (
        'go http.ListenAndServe("localhost:6060", nil)\nhttp.ListenAndServe(":"+getEnv("PORT", "8109"), nil)',
        8109,
    ),
    "not metrics": (
        'http.ListenAndServe(":9090", promhttp.Handler())\naddr := envOr("HTTP_ADDR", ":8110")\nrun(addr)',
        8110,
    ),
    "not what a function for debugging listens to": (
        'run(":8116")\n}\n\nfunc serveDebug() {\n\thttp.ListenAndServe(":6060", nil)\n',
        8116,
    ),
    "kingpin": ('p := kingpin.Flag("port", "port").Default("8111").Int()\nlisten(*p)', 8111),
    "urfave": ('f := &cli.IntFlag{Name: "port", Value: 8112}\nuse(f)', 8112),
    "viper": ('viper.SetDefault("server.port", 8113)', 8113),
    "copied when it is set": (
        'port := "8114"\nif v := os.Getenv("PORT"); v != "" {\n\tport = v\n}',
        8114,
    ),
    "not what a double of the server is given": (
        'fs.Int("port", 8117, "")\nhttp.ListenAndServe(fmt.Sprintf(":%v", c.Port), nil)\n}\n\n'
        "func NewMockServer() *Server {\n\treturn &Server{Config{Port: 9999}}\n",
        8117,
    ),
    "a constant as the default": ('const standard = "8115"\np := getEnv("PORT", standard)', 8115),
}


def test_a_listener_for_metrics_alone_says_nothing_of_the_other() -> None:
    aside = 'http.ListenAndServe(":9090", promhttp.Handler())'
    files, root = sources(aside + '\nl, _ := net.Listen("tcp", c.address)\nhttp.Serve(l, nil)')
    assert port(files, root) is None
    files, root = sources(aside)
    assert (found := port(files, root)) is not None and found.value == 9090


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (("./main", "-bind=0.0.0.0:8080"), 8080),
        (("./main", "--port", "9000"), 9000),
        (("./main", "--listen"), None),
        (("./main", "--level=30", "8080"), None),
    ],
)
def test_the_port_that_arguments_name(start: tuple[str, ...], expected: int | None) -> None:
    found = port_in(start)
    assert (found.value if found else None) == expected


def test_a_time_is_no_port() -> None:
    files, root = sources('now.Format("15:04")\nuse("10:30")')
    assert port(files, root) is None


@pytest.mark.parametrize("case", PORTS)
def test_port(case: str) -> None:
    body, expected = PORTS[case]
    files, root = sources(body)
    found = port(files, root)
    assert found is not None and found.value == expected
    assert found.source.startswith("main.go:")


def test_a_file_of_doubles_says_no_port() -> None:
    files, root = sources(
        'port := flag.Int("port", 9898, "")\nhttp.ListenAndServe(fmt.Sprintf(":%v", c.Port), nil)'
    )
    for name in ("pkg/grpc/mock_grpc.go", "pkg/mocks/server.go", "pkg/fakeServer.go"):
        double = GoFile(root / name, program("c := &Config{Port: 9999}\nuse(c)", ""))
        found = port([double, *files], root)
        assert found is not None and found.value == 9898


def test_where_the_port_was_found() -> None:
    files, root = sources('p := os.Getenv("PORT")\nif p == "" {\n\tp = "3000"\n}')
    found = port(files, root)
    assert found is not None and found.source == 'main.go:9 os.Getenv("PORT"), default 3000'


def test_a_port_variable_without_a_default() -> None:
    files, root = sources('http.ListenAndServe(":"+os.Getenv("PORT"), nil)')
    assert port(files, root) is None
    variable = port_variable(files, root)
    assert variable is not None and variable.value == "PORT"


@pytest.mark.parametrize(
    ("body", "imports", "expected"),
    [
        ('http.ListenAndServe(":80", nil)', "net/http", True),
        ("s := http.Server{}", "net/http", True),
        ("r.Run()", "github.com/gin-gonic/gin", True),
        ('app.Listen(":3000")', "github.com/gofiber/fiber/v2", True),
        ("cmd.Run()", "os/exec", False),  # Run of something else
        ('http.Get("http://example.com")', "net/http", False),
        ('// http.ListenAndServe(":80", nil)\nprintln("tool")', "os", False),
    ],
)
def test_listens(body: str, imports: str, expected: bool) -> None:
    files, _ = sources(body, imports)
    assert listens(files) is expected


def test_loopback_only() -> None:
    files, root = sources('http.ListenAndServe("localhost:8080", nil)')
    assert only_local(files, root) == "main.go:9 localhost:8080"
    files, root = sources('http.ListenAndServe(":8080", nil)\nhttp.Get("http://localhost:9090")')
    assert only_local(files, root) is None


HEALTH = {
    "net/http": ('http.HandleFunc("/healthz", ok)', "/healthz"),
    "with a method": ('mux.HandleFunc("GET /health", ok)', "/health"),
    "gorilla": ('router.HandleFunc("/health", ok).Methods("GET")', "/health"),
    "gin": ('r.GET("/ping", ok)', "/ping"),
    "chi": ('r.Get("/livez", ok)', "/livez"),
    "the likeliest": ('r.GET("/ping", ok)\nr.GET("/status", ok)\nr.GET("/health", ok)', "/health"),
    "in groups": ('api := r.Group("/api")\nv1 := api.Group("/v1")\nv1.GET("/health", ok)', "/api/v1/health"),
    "gin's Match": ('g.Match([]string{"GET", "HEAD"}, "/health", ok)', "/health"),
    "a method before it": ('r.Method(http.MethodGet, "/health", ok)', "/health"),
    "in chi's Route": ('r.Route("/api", func(r chi.Router) {\n\tr.Get("/health", ok)\n})', "/api/health"),
    "in a subrouter": ('s := r.PathPrefix("/sub").Subrouter()\ns.HandleFunc("/health", ok)', "/sub/health"),
}


@pytest.mark.parametrize("case", HEALTH)
def test_health(case: str) -> None:
    body, expected = HEALTH[case]
    files, root = sources(body)
    found = health(files, root)
    assert found is not None and found.value == expected


def test_what_is_no_health_check() -> None:
    files, root = sources(
        'log.Print("/health")\nr.POST("/status", f)\nr.HandleFunc("/ready", f).Methods("POST")\nx := "/ping"'
        '\nr.Match([]string{"POST"}, "/alive", f)\nr.Handle("POST", "/healthz", f)\nhttp.HandleFunc("/debug/health", f)'
    )
    assert health(files, root) is None
