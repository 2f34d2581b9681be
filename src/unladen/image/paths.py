"""Paths of an image's files."""

from __future__ import annotations

from collections.abc import Iterator


def above(path: str) -> Iterator[str]:
    """The directories above a path, the nearest first, without "/"."""
    while path := path.rpartition("/")[0]:
        yield path
