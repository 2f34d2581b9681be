"""Go source: comments, literals, imports, build constraints."""

from __future__ import annotations

from pathlib import Path

import pytest
from go_projects import HELLO, write
from hypothesis import example, given, settings
from hypothesis import strategies as some

from unladen.language.go.health import health
from unladen.language.go.listen import listens, only_local
from unladen.language.go.ports import port, port_variable
from unladen.language.go.runtimefiles import Place, runtime_files
from unladen.language.go.source import GoFile, fits_constraint, fits_name
from unladen.language.go.stamp import version_variable
from unladen.language.go.workspace import main_packages, read_workspace

SOURCE = """\
// Package main; "not a literal".
package main

/* import "C" in a comment */
import (
	"fmt" // printing
	web "net/http"
)

import _ "embed"

const url = "http://example.com" // "neither"
var raw, quote = `a "raw" // text`, '"'

func main() { fmt.Println("a\\tb", url) }
"""


def test_comments_say_nothing() -> None:
    file = GoFile(Path("main.go"), SOURCE)
    assert [call.function for call in file.calls] == ["fmt.Println"]
    url = next(literal for literal in file.literals if literal.value == "http://example.com")
    assert file.where(url.node, Path()) == "main.go:12"  # a comment's beginning within a literal is none
    assert file.package == "main" and file.has_main


def test_imports_and_literals() -> None:
    file = GoFile(Path("main.go"), SOURCE)
    assert file.imports == ("fmt", "net/http", "embed")
    assert [each.value for each in file.literals] == ["http://example.com", 'a "raw" // text', "a\tb"]
    assert GoFile(Path("empty.go"), "package x\n\nimport ()\n").imports == ()


def test_broken_source_is_read_as_far_as_it_goes() -> None:
    file = GoFile(Path("main.go"), 'package main\n\nimport "os"\n\nfunc main() {\n\tos.Open("a"\n')
    assert file.imports == ("os",) and [literal.value for literal in file.literals] == ["a"]


def test_a_package_is_read_once(tmp_path: Path) -> None:
    root = write(tmp_path, {"main.go": HELLO})
    workspace = read_workspace(root)
    assert workspace.package(root)[0] is main_packages(workspace)[0].files[0]


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("main.go", True),
        ("linux.go", True),  # no suffix: a bare name says nothing
        ("darwin.go", True),
        ("conn_linux.go", True),
        ("conn_windows.go", False),
        ("conn_amd64.go", True),
        ("conn_arm64.go", False),
        ("conn_linux_amd64.go", True),
        ("conn_darwin_amd64.go", False),
        ("conn_unix.go", True),  # "unix" is a constraint, not a suffix
    ],
)
def test_file_names(name: str, fits: bool) -> None:
    assert fits_name(name) is fits


@pytest.mark.parametrize(
    ("constraint", "fits"),
    [
        ("linux", True),
        ("ignore", False),
        ("!windows", True),
        ("darwin || (linux && !arm64)", True),
        ("linux && cgo", True),
        ("!cgo", False),
        ("go1.21 && unix", True),
        ("integration", False),
    ],
)
def test_build_constraints(constraint: str, fits: bool) -> None:
    assert fits_constraint(f"// Copyright\n\n//go:build {constraint}\n\npackage main\n") is fits


def test_a_constraint_after_the_package_clause_is_none() -> None:
    assert fits_constraint("package main\n\n//go:build ignore\n")


FOLDER = Path(__file__).parent
SERVER = """package main

import "net/http"

var version = "dev"

type config struct { Port int `env:"PORT" default:"8080"` }

func main() {
	c := config{Port: 80}
	f := &cli.IntFlag{Name: "port", Value: 8112}
	p, err := strconv.Atoi(os.Getenv("PORT"))
	if err != nil { p = 8080 }
	api := r.Group("/api")
	api.Match([]string{"GET"}, "/health", ok)
	os.OpenFile(filepath.Join("data", "x"), os.O_CREATE, 0o644)
	s := http.Server{Addr: fmt.Sprintf(":%d", c.Port)}
	sql.Open("sqlite3", "a.db")
	os.ReadFile(path)
	s.ListenAndServe()
	http.ListenAndServe(kingpin.Flag("port", "").Default("80").String(), nil)
}
"""


@settings(deadline=None)
@example([(419, 15, " ")])  # Addr: and nothing after it
@given(
    some.lists(
        some.tuples(some.integers(0, len(SERVER)), some.integers(0, 30), some.sampled_from(' (){}",:.=\n`a'))
    )
)
def test_source_that_does_not_compile_is_read_without_a_mistake_of_ours(
    cuts: list[tuple[int, int, str]],
) -> None:
    source = SERVER
    for at, length, put in cuts:
        source = source[:at] + put + source[at + length :]
    files = [GoFile(Path("/p/main.go"), source)]
    listens(files)
    only_local(files, Path("/p"))
    port(files, Path("/p"))
    port_variable(files, Path("/p"))
    health(files, Path("/p"))
    version_variable(files, Path("/p"))
    runtime_files([GoFile(FOLDER / "main.go", source)], FOLDER, Place("/app", "/app"))
    assert isinstance(files[0].has_main, bool)
