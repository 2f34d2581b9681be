"""A project slimmed: its ladder is climbed, the leanest rung that proved itself is what is slimmed."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from unladen import _battery
from unladen._climb import Site, build
from unladen._ground import ProofPlan, survey
from unladen._mend import SlimOptions
from unladen._optimize import Options, open_site, optimize
from unladen._slim import Slimmed, slim
from unladen._start import ladder_for
from unladen.bases.sources import resolve
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Engine
from unladen.errors import BaseMissing
from unladen.keep.stages import PACKER
from unladen.language.interface import Overrides, Rung
from unladen.outcome import Climb, Climbed, Proved
from unladen.progress import Watcher, silent

LEANEST = 2
"""So many of the ladder's last rungs are climbed: they are the smallest."""


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
    wanted: SlimOptions,
    watch: Watcher = silent,
) -> ProjectSlimmed:
    """Writes nothing into the project. `options.only` None climbs the rung that a former list was made from, else the
    leanest ones. Raises what `optimize` and `slim` raise, and BaseMissing where the image that packs cannot be had."""
    if options.only is None:
        rungs = ladder_for(root, overrides, engine, host, None).rungs
        options = replace(options, only=_worth_climbing(rungs, wanted))
    climb = optimize(root, engine, host, overrides, plan, options, watch)
    full = leanest(climb)
    site, ladder, _ = open_site(root, engine, host, overrides, options, watch)
    _lay_packer(site, options)
    with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
        battery = _battery.prepare(
            ladder.language.battery(ladder.project), engine, host, Path(folder), options.cache / "batteries"
        )
        baseline = build(site, ladder.baseline, cache=True)
        image = build(site, full, cache=True).image
        site.say(full.name, "recording the baseline")
        ground = survey(engine, baseline.image, ladder.project, plan, battery)
        slimmed = slim(site, full, image, ground, wanted)
    site.sizes.save()
    return ProjectSlimmed(climb, slimmed)


def leanest(climb: Climb) -> Rung:
    """The smallest rung that proved itself; the baseline where none did."""
    proved = [each for each in climb.rungs if isinstance(each, Proved)]
    assert isinstance(climb.baseline, Climbed)  # a baseline that fails has raised
    return min([*proved, climb.baseline], key=lambda each: each.weight.size_bytes).rung


def _worth_climbing(rungs: tuple[Rung, ...], wanted: SlimOptions) -> tuple[str, ...]:
    """Rungs that pay for size with comfort are for the policy that does so, too."""
    if wanted.former is not None and wanted.former.made_from in {rung.name for rung in rungs}:
        return (wanted.former.made_from,)
    goals = ("balanced", "smallest") if wanted.policy == "file" else ("balanced",)
    return tuple(rung.name for rung in rungs if rung.goal in goals and rung.dockerfile)[-LEANEST:]


def _lay_packer(site: Site, options: Options) -> None:
    """The pack stage's base, too, has to be there."""
    found = resolve(
        site.engine, [PACKER], choice=options.bases, cache=options.cache / "bases", watcher=site.watch
    )[PACKER]
    if isinstance(found, BaseMissing):
        raise found
