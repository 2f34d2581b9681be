"""Which files of the project a program reads and writes while it runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from go_projects import program, write

from unladen.language.go.runtimefiles import Place, RuntimeFiles, runtime_files
from unladen.language.go.source import read_package

DATA = {
    "templates/index.html": "<p>",
    "static/js/app.js": "x",
    "config.yaml": "a: 1",
    "migrations/001.sql": "select 1",
    "handlers/handlers.go": "package handlers\n",
    ".env": "SECRET=1",
    "data/.keep": "",
}
APP = Place("/app", "/app")


def look(root: Path, body: str, place: Place = APP, **options: object) -> RuntimeFiles:
    write(root, {**DATA, "main.go": program(body, "net/http os static")})
    return runtime_files(read_package(root), root, place, **options)  # type: ignore[arg-type]


READS = {
    "a pattern": ('template.ParseGlob("templates/*.html")', "templates"),
    "a pattern in the root": ('filepath.Glob("*.yaml")', "*.yaml"),
    "files by name": ('template.ParseFiles("templates/index.html")', "templates/index.html"),
    "a folder that is served": ('http.FileServer(http.Dir("./static"))', "static"),
    "a constant used elsewhere": ('const path = "config.yaml"\nload(path)', "config.yaml"),
    "a flag's default": ('flag.String("config", "./config.yaml", "path")', "config.yaml"),
    "a URL": ('migrate.New("file://migrations", db)', "migrations"),
    "joined": ('os.ReadFile(filepath.Join("static", "js/app.js"))', "static"),
    "the absolute path of the image": ('os.ReadFile("/app/config.yaml")', "config.yaml"),
    "everything": ('http.FileServer(http.Dir("."))', "."),
}


@pytest.mark.parametrize("case", READS)
def test_reads(tmp_path: Path, case: str) -> None:
    body, expected = READS[case]
    assert [path for path, _ in look(tmp_path, body).reads] == [expected]


@pytest.mark.parametrize(
    "body",
    [
        'log.Print("handlers")',  # a folder of Go source
        'os.ReadFile("/etc/hosts")',
        'os.ReadFile("missing.txt")',
        'log.Print(".")',
        'x := "../secret"',
        'read("go.mod")',
    ],
)
def test_what_is_no_file_of_the_project(tmp_path: Path, body: str) -> None:
    assert look(tmp_path, body).reads == ()


def test_a_package_with_data_in_it_counts_only_where_it_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"http/server.go": "package http\n", "http/assets/app.css": "x"})
    assert look(tmp_path, 'u.Scheme = "http"').reads == ()
    assert [path for path, _ in look(tmp_path, 'h(http.Dir("http"))').reads] == ["http"]
    assert look(tmp_path, 'os.ReadDir("handlers")').reads == ()  # nothing but Go source


@pytest.mark.parametrize(
    "arguments", [("-config", "config.yaml"), ("--config=/app/config.yaml",), ("config.yaml",)]
)
def test_a_file_that_the_start_names(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    found = look(tmp_path, "", start=("unladen.toml", arguments))
    assert [path for path, _ in found.reads] == ["config.yaml"]
    assert found.reads[0][1].startswith("unladen.toml ")


def test_a_subcommand_that_is_called_like_a_package_names_no_file(tmp_path: Path) -> None:
    write(tmp_path, {"http/server.go": "package http\n", "http/assets/app.css": "x"})
    assert look(tmp_path, "", start=("Dockerfile:3", ("http", "-v"))).reads == ()


def test_the_import_of_a_package_is_no_read(tmp_path: Path) -> None:
    assert look(tmp_path, "").reads == ()  # program() imports "static"


def test_what_lies_in_a_folder_that_is_taken_is_not_taken_twice(tmp_path: Path) -> None:
    found = look(tmp_path, 'os.ReadFile("static/js/app.js")\nhttp.Dir("static")')
    assert [path for path, _ in found.reads] == ["static"]


def test_the_working_directory_decides(tmp_path: Path) -> None:
    body = 'os.ReadFile("app.js")\nos.ReadFile("../../config.yaml")'
    found = look(tmp_path, body, Place("/srv/static/js", "/srv"))
    assert [path for path, _ in found.reads] == ["config.yaml", "static/js/app.js"]
    assert look(tmp_path, body, Place("/srv", None)).reads == ()


def test_secrets_are_left_out_and_named(tmp_path: Path) -> None:
    found = look(tmp_path, 'godotenv.Load(".env")', excluded=lambda path: path == ".env")
    assert found.reads == () and found.left_out == ("main.go:10 .env",)


def test_writes(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        """\
        os.WriteFile("./out.txt", b, 0o644)
        os.MkdirAll("uploads", 0o755)
        os.Create("/tmp/x")
        os.Create("/app/state.json")
        os.WriteFile("/var/lib/shop/db", b, 0o600)
        sql.Open("sqlite3", "file:data/shop.db?cache=shared")
        sql.Open("sqlite3", ":memory:")
        os.OpenFile("app.log", os.O_APPEND|os.O_CREATE, 0o644)
        os.OpenFile(filepath.Join("data", "visits"), os.O_CREATE, 0o644)
        os.OpenFile("in.txt", os.O_RDONLY, 0)
        """,
    )
    assert [path for path, _ in found.writes] == [
        "out.txt",
        "uploads/",
        "state.json",
        "/var/lib/shop/db",
        "data/shop.db",
        "app.log",
        "data/",
    ]


def test_paths_that_only_a_run_would_tell(tmp_path: Path) -> None:
    found = look(tmp_path, 'os.ReadFile(path)\nos.Open(cfg.File)\nos.ReadFile("config.yaml")\nx.Open(path)')
    assert found.unclear == ("main.go:10 os.ReadFile(path)", "main.go:11 os.Open(cfg.File)")
