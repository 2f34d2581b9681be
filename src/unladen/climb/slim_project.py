"""A project slimmed: its ladder is climbed, the leanest rung that proved itself is what is slimmed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from unladen.climb.ladder import SLIMMED
from unladen.climb.story import Options, optimize
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Engine
from unladen.errors import BaseMissing
from unladen.keep.keeplist import Policy
from unladen.language.interface import Overrides
from unladen.progress import Watcher, silent
from unladen.slimming.story import Slimmed
from unladen.trial.ground import ProofPlan
from unladen.trial.outcome import Climb, Skipped


@dataclass(frozen=True)
class ProjectSlimmed:
    """The climb that chose the full image, and what became of it."""

    climb: Climb
    slimmed: Slimmed


def slim_project(
    root: Path,
    engine: Engine,
    host: HostSettings,
    overrides: Overrides,
    plan: ProofPlan,
    options: Options,
    policy: Policy,
    watch: Watcher = silent,
) -> ProjectSlimmed:
    """Writes nothing into the project. `options.only` None climbs the rung that a former list was made from, else the
    leanest ones. Raises what `optimize` and `slim` raise, and BaseMissing where the image that packs cannot be had."""
    name = next(rung for rung, its in SLIMMED.items() if its == policy)
    told: list[Slimmed] = []
    only = (*(options.only or ()), name)
    climb = optimize(root, engine, host, overrides, plan, replace(options, only=only), watch, told.append)
    if not told:
        skipped = next(each for each in climb.rungs if each.rung.name == name)
        raise BaseMissing(skipped.reason if isinstance(skipped, Skipped) else "there is nothing to slim")
    return ProjectSlimmed(climb, told[0])
