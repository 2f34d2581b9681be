"""The story of optimize: climb the ladder, prove every rung, decide."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from unladen import _battery
from unladen._bases import Foundations, lay
from unladen._climb import (
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
from unladen._clock import Clock
from unladen._ground import Ground, ProofPlan, survey
from unladen._remember import Memory, content_digest, key
from unladen._start import Ladder, ladder_for
from unladen.bases.sources import BaseChoice
from unladen.decide import Goal, decide
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Built, Engine
from unladen.language.interface import Overrides, Rung
from unladen.measure.interface import Times
from unladen.measure.layersizes import LayerSizes
from unladen.outcome import Climb, Climbed, Different, EngineUsed, Outcome, Proved, Skipped
from unladen.progress import Event, Watcher, silent


@dataclass(frozen=True)
class Options:
    """How to climb. `only` names the rungs to climb (None: all); `cache` is the folder for what is remembered;
    `jobs` builds run side by side; `fresh` measures again what an earlier run measured."""

    cache: Path
    goal: Goal = "balanced"
    only: tuple[str, ...] | None = None
    bases: BaseChoice = "auto"
    keep_images: bool = False
    fresh: bool = False
    jobs: int = min(4, os.cpu_count() or 1)


def optimize(
    root: Path,
    engine: Engine,
    host: HostSettings,
    overrides: Overrides,
    plan: ProofPlan,
    options: Options,
    watch: Watcher = silent,
) -> Climb:
    """Climbs the ladder of the project in `root`; writes nothing into it.

    Raises BadProject, BadDockerfile, BuildFailed and NotHealthy (the baseline's), BaseMissing, DiskFull,
    EngineFailed. The caller closes the engine.
    """
    site, ladder, ground = open_site(root, engine, host, overrides, options, watch)
    memory = Memory(None if options.keep_images else options.cache / "outcomes")
    keys = _keys(site, ladder, ground, plan)
    known = {} if options.fresh else _recall(memory, keys)
    standing = tuple(rung for rung in ladder.rungs if rung.name not in ground.missing)
    outcomes: dict[str, Outcome] = {
        **{
            rung.name: Skipped(rung, ground.missing[rung.name])
            for rung in ladder.rungs
            if rung not in standing
        },
        **known,
    }
    todo = tuple(rung for rung in standing if rung.name not in known)
    if todo or ladder.baseline.name not in known:
        found = _climb(site, ladder, todo, known.get(ladder.baseline.name), plan, options)
        for name, outcome in found.items():
            if isinstance(outcome, Proved | Different):
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
    ladder = ladder_for(root, overrides, engine, host, options.only)
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


def _climb(
    site: Site,
    ladder: Ladder,
    rungs: tuple[Rung, ...],
    known: Proved | Different | None,
    plan: ProofPlan,
    options: Options,
) -> dict[str, Outcome]:
    """Builds side by side; proves each rung as soon as its image stands; times them when all is quiet."""
    pool = ThreadPoolExecutor(options.jobs, thread_name_prefix="build")
    try:
        with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
            base = pool.submit(_build_baseline, site, ladder, known)
            lifts = raise_rungs(site, rungs, pool, base)
            battery = _battery.prepare(
                ladder.language.battery(ladder.project),
                site.engine,
                site.host,
                Path(folder),
                options.cache / "batteries",
            )
            built = base.result()
            site.say(ladder.baseline.name, "proving", "running the baseline twice")
            ground = survey(site.engine, built.image, ladder.project, plan, battery)
            baseline = known or _baseline(site, ladder.baseline, built, ground)
            outcomes = {outcome.rung.name: outcome for outcome in _proved(site, lifts, ground)}
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


def _keys(site: Site, ladder: Ladder, ground: Foundations, plan: ProofPlan) -> dict[str, str]:
    """What each rung's figures depend on. A base that cannot be had has no image and so no key worth keeping."""
    engine, project = site.engine, ladder.project
    shared = (
        content_digest(project.root),
        ladder.baseline.dockerfile,
        [ground.images.get(name) for name in ladder.baseline.bases],
        [engine.name, engine.version, engine.builder],
        [project.start.value, project.port.value, project.health.value, dict(project.env)],
        repr(plan),
        ladder.ignore,
    )
    return {
        rung.name: key(*shared, rung.name, rung.dockerfile, [ground.images.get(name) for name in rung.bases])
        for rung in ladder.all
    }


def _recall(memory: Memory, keys: Mapping[str, str]) -> dict[str, Proved | Different]:
    found = {name: memory.recall(each) for name, each in keys.items()}
    return {name: replace(outcome, remembered=True) for name, outcome in found.items() if outcome}


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
