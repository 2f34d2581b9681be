"""Go source: comments, literals, imports, build constraints."""

from __future__ import annotations

from pathlib import Path

import pytest

from unladen.language.go.source import GoFile, fits_constraint, fits_name

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


def test_comments_are_blanked_and_offsets_stay() -> None:
    file = GoFile(Path("main.go"), SOURCE)
    assert len(file.code) == len(SOURCE)
    assert "neither" not in file.code and "comment" not in file.code
    assert "http://example.com" in file.code  # a comment's beginning within a literal is none
    assert file.line(SOURCE.index("const url")) == 12


def test_imports_and_literals() -> None:
    file = GoFile(Path("main.go"), SOURCE)
    assert file.imports == ("fmt", "net/http", "embed")
    after = [literal.value for literal in file.literals if literal.start > file.import_end]
    assert after == ["http://example.com", 'a "raw" // text', "a\tb"]
    assert GoFile(Path("empty.go"), "package x\n\nimport ()\n").imports == ()


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
