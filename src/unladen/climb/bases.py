"""Brings every base image of a ladder into the engine, or says which rung has to be skipped for want of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from unladen.bases.sources import BaseChoice, Provided, resolve
from unladen.climb.ladder import SLIMMED, Ladder
from unladen.engine.interface import Engine
from unladen.errors import BaseMissing
from unladen.language.interface import Rung
from unladen.progress import Watcher
from unladen.trial.outcome import Base


@dataclass(frozen=True)
class Foundations:
    """`bases` and `images` (ids) by reference; `missing` maps a rung's name to why it cannot be climbed."""

    bases: Mapping[str, Base]
    images: Mapping[str, str]
    missing: Mapping[str, str]


def lay(engine: Engine, ladder: Ladder, choice: BaseChoice, cache: Path, watch: Watcher) -> Foundations:
    """Raises BaseMissing when the baseline itself has no base."""
    wanted = [name for rung in ladder.all if _applies(rung) for name in rung.bases]
    found = resolve(engine, wanted, choice=choice, cache=cache / "bases", watcher=watch)
    for name in ladder.baseline.bases:
        if isinstance(missing := found[name], BaseMissing):
            raise missing
    provided = {name: base for name, base in found.items() if isinstance(base, Provided)}
    reasons = {rung.name: _reason(rung, found) for rung in ladder.rungs}
    return Foundations(
        bases={name: Base(base.name, base.origin) for name, base in provided.items()},
        images={name: base.image for name, base in provided.items()},
        missing={name: reason for name, reason in reasons.items() if reason},
    )


def _applies(rung: Rung) -> bool:
    """A rung of a language that has nothing to build does not apply to the project."""
    return bool(rung.dockerfile) or rung.name in SLIMMED


def _reason(rung: Rung, found: Mapping[str, Provided | BaseMissing]) -> str:
    """Why the rung has to be skipped; empty when nothing is in its way."""
    if not _applies(rung):
        return rung.notes[0] if rung.notes else "it does not apply to this project"
    lacking = (base for name in rung.bases if isinstance(base := found[name], BaseMissing))
    return next((str(base) for base in lacking), "")
