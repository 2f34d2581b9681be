"""Go source: comments, literals, imports, build constraints."""

from __future__ import annotations

from pathlib import Path

import pytest
from go_projects import HELLO, write

from unladen.language.go.source import GoFile, fits_constraint, fits_name
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
