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

from unladen.progress import Event, Part, Watcher
from unladen.report.figures import bar, clean, size

_MARKS = {"done": ("✓", "green"), "failed": ("✗", "red"), "skipped": ("–", "dim")}
_BAR = 24
"""Cells of the bar of a whole image."""


@dataclass
class _Line:
    event: Event
    since: float
    spinner: Spinner = field(default_factory=lambda: Spinner("dots"))

    @property
    def time(self) -> str:
        passed = time.monotonic() - self.since
        if self.event.left_s is not None:
            return _left(self.event.left_s - passed)
        return f"{passed:.0f} s" if self.event.state == "running" else ""


class _Board:
    """The lines as they stand, redrawn by rich several times a second."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()

    def watch(self, event: Event) -> None:
        if event.parts:
            self._console.print(picture(event), no_wrap=True, overflow="ellipsis")
        with self._lock:
            line = self._lines.get(event.subject)
            if line is None or line.event.phase != event.phase or event.state != "running" or event.left_s:
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
            grid.add_row(
                Text(mark, style=style) if mark else line.spinner,
                Text(event.subject, style="bold"),
                Text(f"{event.phase} {line.time}".rstrip()),
                Text(" ".join(event.detail.split()), style="dim"),
            )
        yield grid


@contextmanager
def watching(console: Console, *, quiet: bool = False) -> Iterator[Watcher]:
    """A watcher that shows events on `console` while the block runs."""
    if quiet:
        yield lambda event: None
    elif console.is_terminal:
        board = _Board(console)
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
            detail += f", {_left(event.left_s)}" if event.left_s is not None else ""
            self._console.print(Text(f"{mark} {event.subject}: {event.phase}{detail}"), soft_wrap=True)
            if event.parts:
                self._console.print(picture(event), soft_wrap=True)


def picture(event: Event) -> Text:
    """What the weight of an event's subject is made of, a bar for each part."""
    whole = sum(part.size_bytes for part in event.parts)
    lines = [Text.assemble((event.subject, "bold"), f": {size(whole)}, and where it is:")]
    lines += [_part(part, whole) for part in event.parts]
    return Text("\n").join(lines)


def _part(part: Part, whole: int) -> Text:
    share = part.size_bytes / whole if whole else 0.0
    things = ", ".join(f"{clean(name)} {size(bytes_)}" for name, bytes_ in part.largest)
    return Text.assemble(
        f"  {part.name:<16}",
        (f"{bar(share, _BAR):<{_BAR}}", "yellow" if part.name == "waste" else "green"),
        f" {size(part.size_bytes):>8} {share:>4.0%}",
        (f"  {things}" if things else "", "dim"),
    )


def _left(seconds: float) -> str:
    if seconds < 10:
        return "nearly done"
    rounded = f"{round(seconds, -1):.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
    return f"about {rounded} left"
