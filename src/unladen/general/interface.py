"""The value of the general ladder: a Dockerfile after edits, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from unladen.dockerfile.edit import Change


@dataclass(frozen=True)
class Edited:
    """`text` is the whole Dockerfile after all `changes`, whose edits count the characters of the file before them."""

    text: str
    changes: tuple[Change, ...]
