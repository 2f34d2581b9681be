"""Whose time it was: the engine's (builds, the program's starts) or our own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Clock:
    """Wall time from its making on. Intervals spent in the engine may overlap (builds run side by side)."""

    started: float = field(default_factory=time.monotonic)
    _spans: list[tuple[float, float]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def engine(self) -> Iterator[None]:
        """Counts the block as the engine's time."""
        begin = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._spans.append((begin, time.monotonic()))

    def read(self) -> tuple[float, float]:
        """(seconds since the start, seconds of them in which nothing of the engine's ran)."""
        now, busy, reached = time.monotonic(), 0.0, self.started
        for begin, end in sorted(self._spans):
            if end > reached:
                busy += end - max(begin, reached)
                reached = end
        whole = now - self.started
        return whole, max(0.0, whole - busy)
