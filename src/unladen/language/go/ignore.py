"""The .dockerignore proposed for a Go project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from unladen.engine.ignore import parse_ignore
from unladen.language.dockerignore import COMMON, dockerignore
from unladen.language.go.details import Details
from unladen.language.go.source import folders
from unladen.language.interface import Project

GO = {"Go": ["**/*_test.go", "**/testdata", "**/*.test", "**/*.prof", "**/coverage.out"]}
_SECRETS = frozenset(COMMON["Settings and secrets of one machine"])


def proposed(project: Project[Details]) -> str:
    """What a build needs stays in: files that are embedded, and files read at run time (but no .env)."""
    reads = (project.root / path for path, _ in project.details.files.reads)
    needed = {
        *project.details.embedded,
        *(each for path in reads for each in _with_contents(project.root, path)),
    }
    patterns = [pattern for patterns in (*COMMON.values(), *GO.values()) for pattern in patterns]
    keep = [
        pattern
        for pattern in patterns
        if pattern not in _SECRETS and any(parse_ignore(pattern).excludes(path) for path in needed)
    ]
    return dockerignore(project.ignore_file, GO, keep)


def embedded(root: Path) -> Iterator[str]:
    """Paths that `//go:embed` lines name (https://pkg.go.dev/embed), whatever tags and machine their files are for."""
    for file in (each for folder in folders(root) for each in folder.glob("*.go")):
        text = file.read_text(encoding="utf-8", errors="replace")
        for line in re.findall(r"^\s*//go:embed[ \t]+(.+)$", text, re.MULTILINE):
            for pattern in re.findall(r"\"[^\"]+\"|`[^`]+`|\S+", line):
                pattern = pattern.strip('"`').removeprefix("all:")
                for path in file.parent.glob(pattern) if not pattern.startswith("/") else ():
                    yield from _with_contents(root, path)


def _with_contents(root: Path, path: Path) -> Iterator[str]:
    yield path.relative_to(root).as_posix()
    if path.is_dir() and path != root:
        yield from (each.relative_to(root).as_posix() for each in path.rglob("*"))
