"""The only place that prints and exits."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from unladen.errors import Interrupted, UnladenError

out = Console(highlight=False, soft_wrap=False)
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


def run(command: Callable[[], None]) -> None:
    """Runs the command line; every UnladenError becomes a message and its exit code."""
    try:
        with interruptible():
            command()
    except UnladenError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(Interrupted.exit_code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has gone (| head): nothing more to say, and no complaint at shutdown
        sys.exit(1)
