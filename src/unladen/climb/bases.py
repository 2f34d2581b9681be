"""Brings every base image of a ladder into the engine, or says which rung has to be skipped for want of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from unladen.bases.sources import BaseChoice, Provided, resolve
from unladen.climb.instead import hint
from unladen.climb.interface import Base
from unladen.climb.ladder import Ladder
from unladen.engine.interface import Engine
from unladen.errors import BaseMissing
from unladen.keep.stages import PACKER
from unladen.language.interface import Buildable
from unladen.progress import Watcher


@dataclass(frozen=True)
class Foundations:
    """`bases` and `images` (ids) by reference; `missing` maps a rung's name to why it cannot be climbed."""

    bases: Mapping[str, Base]
    images: Mapping[str, str]
    missing: Mapping[str, str]


def lay(engine: Engine, ladder: Ladder, choice: BaseChoice, cache: Path, watch: Watcher) -> Foundations:
    """Raises BaseMissing when the baseline itself has no base."""
    needed = {rung.name: rung.bases for rung in ladder.rungs if isinstance(rung, Buildable)}
    needed |= {rung.name: (PACKER,) for rung in ladder.to_slim}
    wanted = [*ladder.baseline.bases, *(base for bases in needed.values() for base in bases)]
    found = resolve(engine, wanted, choice=choice, cache=cache / "bases", watcher=watch)
    for name in ladder.baseline.bases:
        if isinstance(missing := found[name], BaseMissing):
            missing.hint = hint(name, ladder.project.root, ladder.project.users) or missing.hint
            raise missing
    provided = {name: base for name, base in found.items() if isinstance(base, Provided)}
    lacking = {
        rung: f"{base}. {more}" if (more := hint(name, ladder.project.root, None)) else str(base)
        for rung, bases in needed.items()
        for name in reversed(bases)  # the first that is missing is the one that is told
        if isinstance(base := found[name], BaseMissing)
    }
    return Foundations(
        bases={name: Base(base.name, base.origin) for name, base in provided.items()},
        images={name: base.image for name, base in provided.items()},
        missing=lacking,
    )
