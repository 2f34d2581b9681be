"""What long work reports to whoever watches: plain events, rendered elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["running", "done", "failed", "skipped"]


@dataclass(frozen=True)
class Part:
    """A part of an image's weight, with the largest things in it and their bytes."""

    name: str
    size_bytes: int
    largest: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Event:
    """`subject` (a rung or base image) is in `phase` (building, proving…); `detail` is a short plain text. `parts` say
    what the subject's weight is made of. `left_s`, where it is known, is an estimate of the seconds until all the work
    is done."""

    subject: str
    phase: str
    state: State = "running"
    detail: str = ""
    parts: tuple[Part, ...] = ()
    left_s: float | None = None


Watcher = Callable[[Event], None]


def silent(event: Event) -> None:
    """The watcher for those who do not want to watch."""
