"""Tracebacks, panics and fatal errors in what a program logged."""

from __future__ import annotations

import re
from collections.abc import Iterator

LIMIT = 20

_PYTHON = "Traceback (most recent call last):"
_LINES = (
    re.compile(r"^Fatal Python error: .*"),
    re.compile(r"^panic: .*"),  # Go
    re.compile(r"http: panic serving .*?: (?P<what>.*)"),  # Go's net/http recovers them
    re.compile(r"^fatal error: .*"),  # Go's runtime
    re.compile(r"^thread '.*' panicked at .*"),  # Rust
    re.compile(r"^Exception in thread .*"),  # Java
    re.compile(r"\bUnhandledPromiseRejection.*"),  # Node
    re.compile(r".*\b(Segmentation fault|Illegal instruction|Bus error)\b.*"),
    re.compile(r"^.*error while loading shared libraries: .*"),
)
_NODE = re.compile(r"^(Uncaught )?(?:[A-Z]\w*)?Error(?: \[\w+\])?: .*")


def tracebacks(stderr: bytes, stdout: bytes = b"") -> tuple[str, ...]:
    """One line for each kind of failure, in the order of their first appearance (at most 20)."""
    found: dict[str, None] = {}
    for stream in (stderr, stdout):
        for line in _failures(stream.decode(errors="replace").splitlines()):
            found.setdefault(line)
    return tuple(found)[:LIMIT]


def _failures(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if line.strip().endswith(_PYTHON):
            yield _python_error(lines, number, indent=len(line) - len(line.lstrip()))
        elif _NODE.match(line) and number + 1 < len(lines) and lines[number + 1].startswith("    at "):
            yield line
        else:
            for pattern in _LINES:
                if match := pattern.search(line):
                    yield match.groupdict().get("what") or match.group().strip()
                    break


def _python_error(lines: list[str], start: int, indent: int) -> str:
    """The exception's own line: the first one below not indented further than the traceback's head."""
    for line in lines[start + 1 :]:
        if line.strip() and len(line) - len(line.lstrip()) <= indent:
            return line.strip()
    return "a traceback that breaks off"
