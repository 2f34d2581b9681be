"""Tracebacks, panics and fatal errors in what a program logged."""

from __future__ import annotations

from collections.abc import Iterator

from unladen.language.registry import ecosystems
from unladen.proof.observe import mask_numbers

LIMIT = 20
LINE_LIMIT = 500
"""Characters of a line that are looked at: an access log holds whatever a client sends."""

_SIGNS = (
    "Segmentation fault",
    "Illegal instruction",
    "Bus error",
    "error while loading shared libraries: ",
)
"""What says, anywhere in a line and whatever the language, that a program failed."""


def tracebacks(stderr: bytes, stdout: bytes = b"") -> tuple[str, ...]:
    """One line for each kind of failure, in the order of their first appearance (at most 20)."""
    found: dict[str, str] = {}
    for stream in (stderr, stdout):
        lines = [line[:LINE_LIMIT] for line in stream.decode(errors="replace").splitlines()]
        for line in _failures(lines):
            found.setdefault(mask_numbers(line), line)
    return tuple(found.values())[:LIMIT]


def _failures(lines: list[str]) -> Iterator[str]:
    known = ecosystems()
    for number, line in enumerate(lines):
        if failure := known.failure(lines, number):
            yield failure
        elif any(sign in line for sign in _SIGNS):
            yield line.strip()
