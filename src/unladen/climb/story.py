"""The story of optimize: climb the ladder, prove every rung, decide."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from unladen.bases.sources import BaseChoice
from unladen.climb.bases import Foundations, lay
from unladen.climb.decide import Goal, decide
from unladen.climb.ladder import SLIMMED, Ladder, ladder_for
from unladen.climb.slimmed import Told, slimmed_rung, to_slim
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Built, Engine
from unladen.keep.keeplist import render as keep_text
from unladen.language.interface import Overrides, Rung
from unladen.measure.interface import Times
from unladen.measure.layersizes import LayerSizes
from unladen.progress import Event, Watcher, silent
from unladen.slimming.mend import SlimOptions
from unladen.trial import battery as _battery
from unladen.trial.building import (
    Lift,
    Raised,
    Site,
    build,
    prove,
    raise_rungs,
    time_rebuild,
    time_starts,
    touched_copy,
    weight,
)
from unladen.trial.clock import Clock
from unladen.trial.ground import Ground, ProofPlan, program_of, survey
from unladen.trial.memory import Memorable, Memory, content_digest, key
from unladen.trial.outcome import Climb, Climbed, Different, EngineUsed, Outcome, Proved, Skipped

FOR_SMALLEST = (
    "used files alone are smaller than used packages, and riskier: --goal smallest climbs this rung"
)


@dataclass(frozen=True)
class Options:
    """How to climb. `only` names the rungs to climb (None: all); `cache` is the folder for what is remembered;
    `jobs` builds run side by side; `fresh` measures again what an earlier run measured; `slim` is for the rungs
    below the ladder's last."""

    cache: Path
    goal: Goal = "balanced"
    only: tuple[str, ...] | None = None
    bases: BaseChoice = "auto"
    keep_images: bool = False
    fresh: bool = False
    slim: SlimOptions = field(default_factory=SlimOptions)
    jobs: int = min(4, os.cpu_count() or 1)


def optimize(
    root: Path,
    engine: Engine,
    host: HostSettings,
    overrides: Overrides,
    plan: ProofPlan,
    options: Options,
    watch: Watcher = silent,
    told: Told | None = None,
) -> Climb:
    """Climbs the ladder of the project in `root`; writes nothing into it. Whoever wants to be `told` all about the
    slimming gets it anew, never remembered, and what goes wrong in it is raised.

    Raises BadProject, BadDockerfile, BuildFailed and NotHealthy (the baseline's), BaseMissing, DiskFull,
    EngineFailed. The caller closes the engine.
    """
    site, ladder, ground = open_site(root, engine, host, overrides, options, watch)
    memory = Memory(None if options.keep_images else options.cache / "outcomes")
    keys = _keys(site, ladder, ground, plan, options)
    known = {} if options.fresh else _recall(memory, keys)
    known = {name: each for name, each in known.items() if not (told and name in SLIMMED)}
    skipped = {**ground.missing, **_not_asked_for(ladder, options)}
    standing = tuple(rung for rung in ladder.rungs if rung.name not in skipped)
    outcomes: dict[str, Outcome] = {
        rung.name: Skipped(rung, skipped[rung.name]) for rung in ladder.rungs if rung.name in skipped
    }
    outcomes |= {name: each for name, each in known.items() if name not in skipped}
    todo = tuple(rung for rung in standing if rung.name not in known)
    if todo or ladder.baseline.name not in known:
        found = _climb(site, ladder, todo, known, plan, options, told)
        for name, outcome in found.items():
            if isinstance(outcome, Memorable) and not (told and name in SLIMMED):
                memory.keep(keys[name], outcome)
        outcomes |= found
    site.sizes.save()
    return _concluded(site, ladder, outcomes, options.goal)


def open_site(
    root: Path,
    engine: Engine,
    host: HostSettings,
    overrides: Overrides,
    options: Options,
    watch: Watcher = silent,
) -> tuple[Site, Ladder, Foundations]:
    """All that the work on a project needs: its ladder, and its bases in the engine. Raises as `optimize` does."""
    clock = Clock()
    former = options.slim.former
    ladder = ladder_for(root, overrides, engine, host, options.only, former.made_from if former else "")
    with clock.engine():
        ground = lay(engine, ladder, options.bases, options.cache, watch)
    site = Site(
        engine=engine,
        language=ladder.language,
        project=ladder.project,
        host=host,
        dialect=ladder.dialect,
        ignore=ladder.ignore,
        bases=ground.bases,
        sizes=LayerSizes(options.cache / "layers.json"),
        clock=clock,
        watch=watch,
    )
    return site, ladder, ground


def _not_asked_for(ladder: Ladder, options: Options) -> dict[str, str]:
    """The rungs that are not climbed unless they are named, or the goal is theirs."""
    if options.only is not None or options.goal == "smallest":
        return {}
    names = [name for name, policy in SLIMMED.items() if policy == "file"]
    return {rung.name: FOR_SMALLEST for rung in ladder.rungs if rung.name in names}


def _climb(
    site: Site,
    ladder: Ladder,
    rungs: tuple[Rung, ...],
    known: Mapping[str, Memorable],
    plan: ProofPlan,
    options: Options,
    told: Told | None,
) -> dict[str, Outcome]:
    """Builds side by side; proves each rung as soon as its image stands; slims the leanest; times them when all is
    quiet."""
    known_baseline = known.get(ladder.baseline.name)
    before = known_baseline if isinstance(known_baseline, Proved | Different) else None
    pool = ThreadPoolExecutor(options.jobs, thread_name_prefix="build")
    try:
        with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
            base = pool.submit(_build_baseline, site, ladder, before)
            lifts = raise_rungs(site, tuple(rung for rung in rungs if rung.name not in SLIMMED), pool, base)
            battery = _battery.prepare(
                ladder.language.battery(ladder.project),
                site.engine,
                site.host,
                Path(folder),
                options.cache / "batteries",
            )
            built = base.result()
            site.say(ladder.baseline.name, "proving", "running the baseline twice")
            program = program_of(ladder.project, plan)
            ground = survey(site.engine, built.image, program, plan, battery)
            baseline = before or _baseline(site, ladder.baseline, built, ground)
            outcomes = {outcome.rung.name: outcome for outcome in _proved(site, lifts, ground)}
            full = to_slim([replace(baseline, image=built.image), *known.values(), *outcomes.values()])
            for rung in rungs:
                if rung.name in SLIMMED:
                    outcomes[rung.name] = slimmed_rung(site, rung, full, ground, options.slim, told)
            climbed = {o.rung.name: o for o in outcomes.values() if isinstance(o, Proved | Different)}
            timed = _timed(site, ladder, {ladder.baseline.name: baseline, **climbed}, built, ground)
    except BaseException:
        site.engine.close()  # ends the builds that still run, so that the pool can end too
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    if options.keep_images:
        for outcome in timed.values():
            site.engine.keep(outcome.image)
    return {**outcomes, **timed}


def _build_baseline(site: Site, ladder: Ladder, known: Outcome | None) -> Built:
    return build(site, ladder.baseline, cache=known is not None)


def _baseline(site: Site, rung: Rung, built: Built, ground: Ground) -> Proved:
    return Proved(
        rung=rung,
        image=built.image,
        weight=weight(site, rung, built.image),
        times=Times(build_cold_s=built.seconds),
        verdict=ground.own,
        bases=site.bases_of(rung),
    )


def _proved(site: Site, lifts: list[Future[Lift]], ground: Ground) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for lift in lifts:
        raised = lift.result()
        outcomes.append(prove(site, raised, ground) if isinstance(raised, Raised) else raised)
    return outcomes


def _timed(
    site: Site, ladder: Ladder, climbed: Mapping[str, Proved | Different], built: Built, ground: Ground
) -> dict[str, Proved | Different]:
    """Starts and rebuilds, one after the other: nothing else of ours runs meanwhile."""
    fresh = {name: outcome for name, outcome in climbed.items() if not outcome.remembered}
    baseline = ladder.baseline.name
    starts = time_starts(
        site, {name: built.image if name == baseline else o.image for name, o in climbed.items()}, ground
    )
    timed: dict[str, Proved | Different] = {}
    with touched_copy(ladder.project, ladder.language.sources) as copy:
        for name, outcome in fresh.items():
            rebuild = time_rebuild(site, outcome.rung, copy) if copy else None
            times = replace(outcome.times, build_warm_s=rebuild, start_s=starts.get(name))
            timed[name] = replace(outcome, times=times)
            _say_done(site, timed[name])
    return timed


def _say_done(site: Site, outcome: Climbed) -> None:
    verdict, size = outcome.verdict, outcome.weight.size_bytes
    if isinstance(outcome, Proved):
        site.watch(Event(outcome.rung.name, "proved", "done", f"{size / 1e6:.1f} MB, {verdict.cases} cases"))
    else:
        site.watch(Event(outcome.rung.name, "different", "failed", f"{size / 1e6:.1f} MB"))


def _keys(
    site: Site, ladder: Ladder, ground: Foundations, plan: ProofPlan, options: Options
) -> dict[str, str]:
    """What each rung's figures depend on. A base that cannot be had has no image and so no key worth keeping."""
    engine, project = site.engine, ladder.project
    slim = options.slim
    kept = keep_text(slim.former) if slim.former else ""
    shared = (
        content_digest(project.root),
        ladder.baseline.dockerfile,
        [ground.images.get(name) for name in ladder.baseline.bases],
        [engine.name, engine.version, engine.builder],
        [project.start.value, project.port.value, project.health.value, dict(project.env)],
        repr(plan),
        ladder.ignore,
    )
    keys = {
        rung.name: key(*shared, rung.name, rung.dockerfile, [ground.images.get(name) for name in rung.bases])
        for rung in ladder.all
    }
    others = sorted(each for name, each in keys.items() if name not in SLIMMED)
    asked = (slim.include, slim.exclude, slim.rounds, kept)
    return {name: key(each, others, asked) if name in SLIMMED else each for name, each in keys.items()}


def _recall(memory: Memory, keys: Mapping[str, str]) -> dict[str, Memorable]:
    """What earlier runs found on the very same inputs, marked as such."""
    found = {name: outcome for name, each in keys.items() if (outcome := memory.recall(each))}
    return {
        name: outcome if isinstance(outcome, Skipped) else replace(outcome, remembered=True)
        for name, outcome in found.items()
    }


def _concluded(site: Site, ladder: Ladder, outcomes: Mapping[str, Outcome], goal: Goal) -> Climb:
    baseline = outcomes[ladder.baseline.name]
    assert isinstance(baseline, Climbed)  # a baseline that fails has raised
    rungs = tuple(outcomes[rung.name] for rung in ladder.rungs)
    decision = decide(ladder.project, baseline, rungs, goal)
    seconds, own = site.clock.read()
    return Climb(
        project=ladder.project,
        engine=EngineUsed(site.engine.name, site.engine.version, site.engine.builder),
        baseline=baseline,
        rungs=rungs,
        host=site.host.names,
        recommended=decision.recommended,
        reasons=decision.reasons,
        dockerignore=ladder.ignore,
        seconds=seconds,
        own_seconds=own,
        notes=ladder.notes,
    )
