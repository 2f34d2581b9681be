"""What a session starts, written down before it is started: the only ledger of what unladen may remove.

Labels are no ledger: a container inherits those of its image. Each session has a folder of the user's, held by a
lock while its process lives; the next run cleans up after those whose lock is free, by the names written there.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Literal, get_args

import platformdirs

from unladen.held import Held, abandoned, hold

HINT = "Make it writable, or choose another folder: XDG_STATE_HOME=/a/folder unladen …"
PREFIX = "unladen-"
REPOSITORY = "unladen/session"

Kind = Literal["container", "image", "step", "network"]


@dataclass(frozen=True)
class Written:
    """A session's names. `engine` tells whose store they are in; `steps` are ids of images that a build's steps
    leave."""

    engine: str
    containers: frozenset[str]
    images: frozenset[str]
    steps: frozenset[str]
    networks: frozenset[str]


class Session:
    """Names what an engine starts, and writes each name down first. `engine` is asked for its store's identity
    once, when the first is written. Threads may share it."""

    def __init__(self, state: Path, engine: Callable[[], str]) -> None:
        self.state = state
        self.id = f"{os.getpid()}-{secrets.token_hex(6)}"
        self._engine = engine
        self._held: Held | None = None
        self._numbers = count(1)
        self._turn = threading.Lock()

    def container(self) -> str:
        """A name for a container. Raises CannotWrite."""
        return self._named("container")

    def network(self) -> str:
        """A name for a network. Raises CannotWrite."""
        return self._named("network")

    def _named(self, kind: Kind) -> str:
        name = f"{PREFIX}{self.id}-{next(self._numbers)}"
        self.write(kind, name)
        return name

    def image(self) -> str:
        """A name for an image. Raises CannotWrite."""
        name = f"{REPOSITORY}:{self.id}-{next(self._numbers)}"
        self.write("image", name)
        return name

    def write(self, kind: Kind, value: str) -> None:
        with self._turn:
            if self._held is None:
                self._held = hold(sessions(self.state), HINT)
                _append(self._held.path / "ledger", f"engine {self._engine()}")
            _append(self._held.path / "ledger", f"{kind} {value}")

    def read(self) -> Written | None:
        """None where nothing was started."""
        return None if self._held is None else _read(self._held.path)

    def end(self, *, clean: bool) -> None:
        """`clean`: nothing is left. What is left is the next run's to try again."""
        with self._turn:
            if self._held is not None:
                self._held.remove() if clean else self._held.release()
                self._held = None


def state_folder() -> Path:
    """Where it is written down: the user's state folder ($XDG_STATE_HOME)."""
    return Path(platformdirs.user_state_dir("unladen"))


def sessions(state: Path) -> Path:
    return state / "sessions"


def left(state: Path) -> Iterator[tuple[Held, Written]]:
    """The sessions of this user whose process is gone. The caller holds each, and removes or releases it."""
    for held in abandoned(sessions(state)):
        yield held, _read(held.path)


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def _read(folder: Path) -> Written:
    found: dict[str, list[str]] = {}
    ledger = folder / "ledger"
    for line in ledger.read_text(encoding="utf-8").splitlines() if ledger.exists() else ():
        kind, _, value = line.partition(" ")
        found.setdefault(kind, []).append(value)
    names = (frozenset(found.get(kind, ())) for kind in get_args(Kind))
    return Written("".join(found.get("engine", ())), *names)
