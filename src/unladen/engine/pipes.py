"""Reading from and writing to a running call."""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
import time
from collections.abc import Callable
from typing import IO

CHUNK = 1 << 16


def read_lines(source: IO[bytes], on_line: Callable[[str], None]) -> str:
    """Every line as it comes, and the whole text at the end."""
    lines: list[str] = []
    for raw in source:
        line = raw.decode(errors="replace").rstrip("\r\n")
        lines.append(line)
        on_line(line)
    return "\n".join(lines)


def read_until(
    source: IO[bytes], deadline: float, answered: Callable[[str], bool], first: float
) -> tuple[str, bool]:
    """Reads to the end: the text, and whether it came in time. `deadline` and `first` (for the first line
    that `answered` accepts) are moments of time.monotonic()."""
    text = b""
    heard = False
    with selectors.DefaultSelector() as selector:
        selector.register(source, selectors.EVENT_READ)
        while True:
            left = (deadline if heard else first) - time.monotonic()
            if left <= 0 or not selector.select(left):
                return text.decode(errors="replace"), False
            chunk = os.read(source.fileno(), CHUNK)
            if not chunk:
                return text.decode(errors="replace"), True
            text += chunk
            heard = heard or any(answered(line) for line in text.decode(errors="replace").splitlines())


class Feeder(threading.Thread):
    """Writes to a pipe from a thread of its own; a reader that goes away early ends it. `error` is what kept
    it from writing all."""

    def __init__(self, target: IO[bytes], write: Callable[[IO[bytes]], None]) -> None:
        super().__init__(daemon=True)
        self._target = target
        self._write = write
        self.error: OSError | None = None
        self.start()

    def run(self) -> None:
        try:
            self._write(self._target)
        except BrokenPipeError:
            pass
        except OSError as error:
            self.error = error
        finally:
            with contextlib.suppress(OSError):
                self._target.close()
