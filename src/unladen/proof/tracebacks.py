"""Tracebacks, panics and fatal errors in what a program logged."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unladen.proof.observe import mask_numbers

LIMIT = 20
LINE_LIMIT = 500
"""Characters of a line that are looked at: an access log holds whatever a client sends."""

_PYTHON = "Traceback (most recent call last):"
_BEGINNINGS = (
    "Fatal Python error: ",
    "panic: ",  # Go
    "fatal error: ",  # Go's runtime
    "Exception in thread ",  # Java
)
_INSIDE = (
    "Segmentation fault",
    "Illegal instruction",
    "Bus error",
    "UnhandledPromiseRejection",  # Node
    "error while loading shared libraries: ",
)
TRACEBACK_LIMIT = 3000
"""Lines: a traceback of Python's deepest recursion has two thousand."""
_GROUP = re.compile(r"^\s*[|+] ")
"""What lines of exception groups begin with."""
_RUST = re.compile(r"^thread '[^']*' (\(\d+\) )?panicked at")
_RECOVERED = re.compile(r"http: panic serving \S+: (.*)")  # Go's net/http goes on after one
_NODE = re.compile(r"^(Uncaught )?(?:[A-Z]\w*)?Error(?: \[\w+\])?: .*")


def tracebacks(stderr: bytes, stdout: bytes = b"") -> tuple[str, ...]:
    """One line for each kind of failure, in the order of their first appearance (at most 20)."""
    found: dict[str, str] = {}
    for stream in (stderr, stdout):
        lines = [line[:LINE_LIMIT] for line in stream.decode(errors="replace").splitlines()]
        for line in _failures(lines):
            found.setdefault(mask_numbers(line), line)
    return tuple(found.values())[:LIMIT]


def _failures(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if line.endswith(_PYTHON):
            yield _python_error(lines[number:])
        elif _NODE.match(line) and number + 1 < len(lines) and lines[number + 1].startswith("    at "):
            yield line
        elif match := _RECOVERED.search(line):
            yield f"panic: {match[1]}"
        elif line.startswith(_BEGINNINGS) or _RUST.match(line) or any(sign in line for sign in _INSIDE):
            yield line.strip()


def _python_error(lines: list[str]) -> str:
    """The exception's own line: the first one below not indented further than the traceback's head."""
    head, *below = (_GROUP.sub("", line) for line in lines[:TRACEBACK_LIMIT])
    for line in below:
        if line.strip() and _indent(line) <= _indent(head):
            return line.strip()
    return "a traceback that breaks off"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
