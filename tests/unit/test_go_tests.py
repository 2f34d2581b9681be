"""How a Go project's own tests are compiled."""

from __future__ import annotations

import re
from pathlib import Path

from go_projects import HELLO, write

from unladen.dockerfile.stages import parse
from unladen.language import tests as own
from unladen.language.go import ECOSYSTEM, LANGUAGE
from unladen.language.interface import Overrides

TEST = "package a\n"


def compiled(root: Path) -> own.Tests | None:
    found = ECOSYSTEM.tests(root, LANGUAGE.detect(root, Overrides()))
    assert found is None or isinstance(found, own.Tests)
    return found


def test_tests_are_compiled_in_the_image_that_the_ladder_builds_with(tmp_path: Path) -> None:
    dockerfile = (
        "FROM golang:1.25-alpine AS b\nWORKDIR /src\nCOPY . .\nRUN go build -tags sqlite,fts -o /app .\n"
    )
    dockerfile += 'FROM scratch\nCOPY --from=b /app /app\nCMD ["/app"]\n'
    found = compiled(write(tmp_path, {"main.go": HELLO, "a/a_test.go": TEST, "Dockerfile": dockerfile}))
    assert found is not None and found.argv == ("/unladen-tests/run",)
    assert parse(found.dockerfile).bases == ("golang:1.25",)
    assert re.search(
        r"^RUN timeout \d+ sh \S+ sqlite,fts,timetzdata \. \|\| true$", found.dockerfile, re.MULTILINE
    )
    assert all(name.startswith(".") for name in found.files)  # or they would be of the root's package


def test_the_modules_of_a_workspace_that_have_tests(tmp_path: Path) -> None:
    files = {
        "go.work": "go 1.24\n\nuse (\n\t./api\n\t./lib\n\t./plain\n)\n",
        "api/go.mod": "module example.com/api\n",
        "api/main.go": HELLO,
        "api/in/in_test.go": TEST,
        "lib/go.mod": "module example.com/lib\n",
        "lib/lib_test.go": TEST,
        "plain/go.mod": "module example.com/plain\n",
        "plain/plain.go": TEST,
    }
    found = compiled(write(tmp_path, files))
    assert found is not None and " timetzdata api lib || true" in found.dockerfile


def test_a_project_without_tests(tmp_path: Path) -> None:
    assert compiled(write(tmp_path, {"main.go": HELLO, "vendor/x/x_test.go": TEST})) is None
    assert ECOSYSTEM.tests(tmp_path, None) is None
