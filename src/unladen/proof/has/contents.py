"""Whether two files hold the same, read no further than the first difference."""

from __future__ import annotations

import re

from unladen.image.interface import Entry, FileTree

CHUNK = 1 << 22
TEXT = 1 << 20
"""Bytes: larger files are no texts that a build wrote."""
_VARIES = re.compile(rb"[0-9a-fA-F]{8,}|\d+|[A-Za-z0-9+/_-]{20,}={0,2}")
"""Times, counters, digests and random keys."""
_SAME_SIZE = 1.25


def same(baseline: FileTree, one: Entry, rung: FileTree, other: Entry) -> bool:
    if one.size != other.size:
        return False
    return all(
        baseline.part(one.path, at, CHUNK) == rung.part(other.path, at, CHUNK)
        for at in range(0, one.size, CHUNK)
    )


def as_built(baseline: FileTree, one: Entry, rung: FileTree, other: Entry) -> bool:
    """Whether two builds of the same thing may have made the two: texts that differ in times, numbers and keys alone;
    of what is no text, the same format and about the same size."""
    if max(one.size, other.size) <= TEXT:
        texts = baseline.read(one.path), rung.read(other.path)
        if not any(b"\0" in text for text in texts):
            first, second = (_VARIES.sub(b"0", text) for text in texts)
            return first == second
    smaller, larger = sorted((one.size, other.size))
    return baseline.part(one.path, 0, 8) == rung.part(other.path, 0, 8) and larger <= smaller * _SAME_SIZE
