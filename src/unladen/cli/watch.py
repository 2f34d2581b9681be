"""Live progress: one line a subject on a terminal, plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from unladen.progress import Event, Watcher

_MARKS = {"done": ("✓", "green"), "failed": ("✗", "red"), "skipped": ("–", "dim")}


@dataclass
class _Line:
    event: Event
    since: float
    spinner: Spinner = field(default_factory=lambda: Spinner("dots"))


class _Board:
    """The lines as they stand, redrawn by rich several times a second."""

    def __init__(self) -> None:
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()

    def watch(self, event: Event) -> None:
        with self._lock:
            line = self._lines.get(event.subject)
            if line is None or line.event.phase != event.phase or event.state != "running":
                self._lines[event.subject] = _Line(event, time.monotonic())
            else:
                line.event = event

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=2)
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        with self._lock:
            lines = list(self._lines.values())
        for line in lines:
            event = line.event
            mark, style = _MARKS.get(event.state, ("", ""))
            seconds = f" {time.monotonic() - line.since:.0f} s" if event.state == "running" else ""
            grid.add_row(
                Text(mark, style=style) if mark else line.spinner,
                Text(event.subject, style="bold"),
                Text(event.phase + seconds),
                Text(" ".join(event.detail.split()), style="dim"),
            )
        yield grid


@contextmanager
def watching(console: Console, *, quiet: bool = False) -> Iterator[Watcher]:
    """A watcher that shows events on `console` while the block runs."""
    if quiet:
        yield lambda event: None
    elif console.is_terminal:
        board = _Board()
        with Live(board, console=console, refresh_per_second=8, transient=True):
            yield board.watch
    else:
        yield _Lines(console).watch


class _Lines:
    """Plain lines: one when a subject enters a phase and one when it ends; no redrawing, no spam."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()

    def watch(self, event: Event) -> None:
        with self._lock:
            if self._last.get(event.subject) == (event.phase, event.state):
                return
            self._last[event.subject] = (event.phase, event.state)
            mark = _MARKS.get(event.state, ("…", ""))[0]
            detail = f": {event.detail}" if event.detail and event.state != "running" else ""
            self._console.print(Text(f"{mark} {event.subject}: {event.phase}{detail}"), soft_wrap=True)
