"""What a program touched, as the selection needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from errno import ENOENT, ENOTDIR

from unladen.tracing.log import MAKES, Trace

OPENS = frozenset(("exec", "open", "truncate", "write"))

WITHOUT_TRACE = -1
"""The phase of what is believed to be used where nothing could be traced."""


@dataclass(frozen=True, slots=True, order=True)
class Touched:
    """One path as the program spelled it. `opened`: its contents were asked for (or it was run), so that it
    counts as using the package it belongs to; phase 0 is the start, later ones answer."""

    path: str
    opened: bool = True
    phase: int = 0


def touched(trace: Trace, phase: int | None = None) -> tuple[Touched, ...]:
    """The paths of a trace; with `phase`, all of them count as of that phase."""
    return tuple(sorted(set(_touched(trace, phase))))


def _touched(trace: Trace, phase: int | None) -> Iterator[Touched]:
    for touch in trace.touches:
        when = touch.phase if phase is None else phase
        if touch.process.startswith("/"):
            yield Touched(touch.process, True, when)
        if touch.call in MAKES and touch.result == 0:
            # The program's own from now on; where it is made must be there.
            yield Touched(touch.path.rstrip("/").rpartition("/")[0] or "/", False, when)
        elif touch.result not in (ENOENT, ENOTDIR):
            yield Touched(touch.path, touch.call in OPENS and touch.result == 0, when)


def merged(*parts: Iterable[Touched]) -> tuple[Touched, ...]:
    """Each path once: opened if any opened it, of the earliest phase."""
    best: dict[str, Touched] = {}
    for touch in (touch for part in parts for touch in part):
        known = best.get(touch.path)
        if known is None:
            best[touch.path] = touch
        else:
            opened = known.opened or touch.opened
            phases = [each.phase for each in (known, touch) if each.opened == opened]
            best[touch.path] = Touched(touch.path, opened, min(phases))
    return tuple(sorted(best.values()))
