"""What long work reports to whoever watches: plain events, rendered elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

State = Literal["running", "done", "failed", "skipped"]


@dataclass(frozen=True)
class Event:
    """`subject` (a rung or base image) is in `phase` (building, proving…); `detail` is a short plain text."""

    subject: str
    phase: str
    state: State = "running"
    detail: str = ""


Watcher = Callable[[Event], None]


def silent(event: Event) -> None:
    """The watcher for those who do not want to watch."""
