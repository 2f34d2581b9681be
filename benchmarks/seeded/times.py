"""How long a proof takes: of a rung of the Python sample, and what it has for an image of 30,000 files."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bars import Bar

from seeded.edits import Edit, Edited, edited
from seeded.grounds import Laid, clean, edited_side
from unladen.engine.interface import Engine
from unladen.proof.has.examine import examine
from unladen.proof.has.interface import Intent

FILES = 30_000
RUNS = 3


def of_rung(engine: Engine, laid: Laid) -> Iterator[Bar]:
    """The fastest of a few: what a machine does beside it is no part of the proof."""
    yield Bar("proof of a rung of the Python sample", min(_proof(engine, laid) for _ in range(RUNS)), 10, "s")


def _proof(engine: Engine, laid: Laid) -> float:
    begun = time.monotonic()
    clean(engine, laid)
    return time.monotonic() - begun


def of_files(laid: Laid) -> Iterator[Bar]:
    """The program's image filled up to 30,000 files, against a copy of itself; both are read anew each time, for what
    is known of an image is remembered with it. Reading is no part of what is timed."""
    tree = laid.image.tree
    there = sum(1 for path in tree if (entry := tree.get(path)) and entry.kind == "file")
    more = {f"/srv/more/{n // 200}/part{n}.py": f"VALUE = {n}\n" for n in range(max(0, FILES - there))}
    made = edited(laid.image, Edit(write=more))
    yield Bar(f"what it has: {FILES:,} files", min(_static(laid, made) for _ in range(RUNS)), 2, "s")


def _static(laid: Laid, made: Edited) -> float:
    baseline, copy = edited_side(laid, made), edited_side(laid, made)
    begun = time.monotonic()
    found = examine(baseline, copy, Intent())
    seconds = time.monotonic() - begun
    if found.unexplained:
        raise RuntimeError(f"an image differs from itself: {found.unexplained[0]}")
    return seconds
