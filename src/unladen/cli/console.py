"""The only place that prints and exits."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.text import Text

from unladen import output
from unladen.errors import Interrupted, UnladenError
from unladen.report.diff import Change, hunks, render
from unladen.write import Written

WHOLE_LINES = 10_000
"""Columns of an output that is no terminal: a program that reads it wants whole lines."""
out = Console(
    highlight=False,
    soft_wrap=False,
    width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else WHOLE_LINES,
)
"""Results go to stdout…"""
err = Console(stderr=True, highlight=False)
"""…progress and errors to stderr, so that `--json -` stays clean."""


def show_error(error: UnladenError) -> None:
    """One clear message: what happened, the lines that show it, what to try."""
    err.print(Text.assemble(("error: ", "bold red"), str(error)), soft_wrap=True)
    if error.detail:
        for line in error.detail.rstrip().splitlines():
            err.print(Text("  │ " + line, style="dim"), soft_wrap=True)
    if error.hint:
        err.print(f"[bold]hint:[/] {escape(error.hint)}", soft_wrap=True)


@contextmanager
def interruptible() -> Iterator[None]:
    """Turns Ctrl-C and SIGTERM into Interrupted, so that every `finally` on the way out cleans up.

    Further signals while cleaning up are ignored: half a clean-up would leave containers behind.
    """

    def on_signal(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(f"interrupted ({signal.Signals(number).name}): cleaning up what was started")

    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    for each in before:
        signal.signal(each, on_signal)
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def picture(shown: RenderableType, title: str) -> str:
    """What a terminal of 100 columns would show, as an SVG."""
    recorder = Console(record=True, width=100, file=io.StringIO(), force_terminal=True, highlight=False)
    recorder.print(shown)
    return recorder.export_svg(title=title)


def show_changes(folder: Path, written: Iterable[Written]) -> None:
    """What was changed in files that were there before."""
    for change in changes_in(folder, (each for each in written if each.before is not None)):
        if hunks(change):
            out.print(render(change), soft_wrap=True)


def changes_in(folder: Path, written: Iterable[Written]) -> tuple[Change, ...]:
    """The files by their paths from `folder`; what a link leads to has its own."""
    return tuple(
        Change(os.path.relpath(each.path.resolve(), folder.resolve()), each.before, each.text, each.reasons)
        for each in written
    )


def emit(text: str, file: Path) -> None:
    """Writes a result to a file, or to stdout for "-". Raises CannotWrite."""
    if file == output.STDOUT:
        sys.stdout.write(text)
        return
    output.write(file, text)


def writable(file: Path | None) -> Path | None:
    """For options that name a file to write: what cannot be written is refused at once, not after the work.

    Raises CannotWrite.
    """
    if file is not None and file != output.STDOUT:
        output.check(file)
    return file


def run(command: Callable[[], object]) -> int:
    """Runs the command line; every UnladenError becomes a message. Returns the exit code."""
    try:
        with interruptible():
            command()
    except UnladenError as error:
        show_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return Interrupted.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone (| head): nothing more to say, and no complaint at shutdown
        return 1
    except SystemExit as ended:  # typer's own: --help, usage errors
        return ended.code if isinstance(ended.code, int) else 1
    return 0
