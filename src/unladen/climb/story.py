"""The story of optimize: climb the ladder, slim the leanest rung that stands, recommend one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from unladen.climb.decide import decide
from unladen.climb.interface import (
    Climb,
    EngineUsed,
    Goal,
    Judged,
    Measured,
    Options,
    Outcome,
    Reference,
    Skipped,
)
from unladen.climb.makeup import makeup
from unladen.climb.memory import Memory, memory_of, on_remembered_layers
from unladen.climb.pace import left_s
from unladen.climb.rungs import (
    Attempt,
    Standing,
    Start,
    battery_of,
    ground_of,
    prove,
    read_baseline,
    reference,
    start_builds,
    weighed,
)
from unladen.climb.site import Site, build, open_site, quiet
from unladen.climb.slimmed import with_slimmed
from unladen.climb.timing import times, with_cold_build
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Built, Engine
from unladen.engine.kept import name_for
from unladen.language.interface import Impossible, Overrides, Proposal
from unladen.measure.interface import Weight
from unladen.progress import Event, Watcher, silent
from unladen.proof.has.interface import Side
from unladen.proof.interface import ProofPlan
from unladen.trial.ground import Ground
from unladen.trial.own_tests import own_tests
from unladen.trial.services import with_services


def optimize(
    root: Path,
    engine: Engine,
    host: HostSettings,
    overrides: Overrides,
    plan: ProofPlan,
    options: Options,
    watch: Watcher = silent,
) -> Climb:
    """The whole ladder of the project in `root`, with the slimmed rungs and a recommendation; nothing is written into
    the project. The caller closes the engine.

    Raises BadProject, BadConfig, BadDockerfile, BuildFailed and NotHealthy (the baseline's), BaseMissing, DiskFull,
    EngineFailed.
    """
    site = open_site(root, engine, host, overrides, options, watch)
    plan = with_services(site, plan, root, options.bases, options.cache)
    memory = memory_of(site, plan, options)
    site = on_remembered_layers(site, memory)
    climbed = climb(site, plan, options, memory)
    slimmed = with_slimmed(site, climbed, plan, options, memory)
    site.sizes.save()
    if options.keep_images:
        slimmed = _kept(site, slimmed, options.kept_as or slimmed.project.name)
    recommended = _recommended(slimmed, options.goal)
    timed = _with_cold_build(site, recommended, memory) if options.time == "recommended" else recommended
    seconds, own = site.clock.read()
    return replace(timed, seconds=seconds, own_seconds=own)


def climb(site: Site, plan: ProofPlan, options: Options, memory: Memory) -> Climb:
    """The rungs that the language proposes, each built, compared with the baseline, weighed and timed, or recalled."""
    outcomes, proposals = _settled(site, memory)
    known = memory.recall(site.ladder.baseline)
    baseline, ground = known if isinstance(known, Reference) else None, None
    if proposals or baseline is None:
        baseline, fresh, ground = _measured(site, proposals, baseline, plan, options)
        for outcome in (baseline, *fresh):
            memory.keep(outcome)
        outcomes |= {outcome.rung.name: outcome for outcome in fresh}
    engine = site.engine
    return Climb(
        project=site.ladder.project,
        engine=EngineUsed(engine.name, engine.version, engine.builder, engine.command),
        baseline=baseline,
        rungs=tuple(outcomes[rung.name] for rung in site.ladder.rungs),
        host=site.host.names,
        dockerignore=site.ladder.ignore,
        notes=(*site.ladder.notes, *plan.notes),
        ground=ground,
    )


def _kept(site: Site, climb: Climb, project: str) -> Climb:
    """All images that were measured stay, called after project and rung."""
    measured = [each for each in (climb.baseline, *climb.rungs) if isinstance(each, Measured)]
    names = {each.rung.name: name_for(project, each.rung.name) for each in measured}
    return replace(
        climb, kept={each.rung.name: site.engine.keep(each.image, names[each.rung.name]) for each in measured}
    )


def _settled(site: Site, memory: Memory) -> tuple[dict[str, Outcome], tuple[Proposal, ...]]:
    """What is known without building anything, by name; and what has to be built."""
    outcomes: dict[str, Outcome] = {}
    proposals: list[Proposal] = []
    for rung in site.ladder.rungs:
        if isinstance(rung, Impossible):
            outcomes[rung.name] = Skipped(rung, rung.reason)
        elif missing := site.foundations.missing.get(rung.name):
            outcomes[rung.name] = Skipped(rung, missing)
        elif (known := memory.recall(rung)) and not isinstance(known, Reference):
            outcomes[rung.name] = known
        else:
            proposals.append(rung)
    return outcomes, tuple(proposals)


def _measured(
    site: Site, proposals: tuple[Proposal, ...], known: Reference | None, plan: ProofPlan, options: Options
) -> tuple[Reference, tuple[Outcome, ...], Ground]:
    """Builds side by side; proves each rung as soon as it is built; times them when all is quiet. Where rungs share
    layers, the baseline is built and read first, alone: its time is its own, its layers are there for the rungs, and
    the first picture does not wait for them."""
    pool = ThreadPoolExecutor(options.jobs, thread_name_prefix="build")
    reader = ThreadPoolExecutor(1, "unladen-reading")
    ended = threading.Event()
    try:
        base = pool.submit(build, site, site.ladder.baseline, cache=known is not None)
        reading = reader.submit(_first_picture, site, base)
        weighing = reader.submit(_weight, site, base, reading, ended.is_set)
        if site.shares:
            reading.result()
        starts = start_builds(site, proposals, pool, Standing(base, reading))
        battery = battery_of(site, base.result().image, options.cache)
        tests = own_tests(site, plan, site.ladder.project.root, site.ladder.project, options.cache)
        begun = time.monotonic()
        ground = ground_of(site, base.result().image, plan, battery, reading, tests)
        ground_s = time.monotonic() - begun
        baseline = known or reference(site, base.result(), weighing.result(), ground)
        then_s = base.result().seconds if options.time == "recommended" else 0.0
        outcomes = _judged(site, starts, ground, ground_s, then_s)
        fresh = [each for each in (baseline, *outcomes) if isinstance(each, Measured) and not each.remembered]
        timed = times(site, fresh, ground)
    except BaseException:
        ended.set()
        site.engine.close()  # ends the builds that still run, so that the pool can end too
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        reader.shutdown(cancel_futures=True)
    done = tuple(
        replace(each, times=timed[each.rung.name]) if isinstance(each, Judged) else each for each in outcomes
    )
    return replace(baseline, times=timed.get(baseline.rung.name, baseline.times)), done, ground


def _first_picture(site: Site, base: Future[Built]) -> Side:
    """The baseline's image, read; and what its weight is made of, at once."""
    name, built = site.ladder.baseline.name, base.result()
    site.watch(Event(name, "built", "done", f"in {built.seconds:.1f} s"))
    read = read_baseline(site, built.image)
    site.watch(Event(name, "read", "done", parts=makeup(read)))
    return read


def _weight(site: Site, base: Future[Built], reading: Future[Side], ended: Callable[[], bool]) -> Weight:
    """The baseline's weight: its layers are compressed while it is proved, which is mostly waiting."""
    return weighed(quiet(site), site.ladder.baseline.name, base.result().image, reading.result(), ended)


def _judged(
    site: Site, starts: Sequence[Future[Start]], ground: Ground, ground_s: float, then_s: float
) -> list[Outcome]:
    """How the rungs ended, one after the other; the watcher is told how long the rest takes (see `left_s`)."""
    outcomes: list[Outcome] = []
    begun = time.monotonic()
    for done, each in enumerate(starts):
        to_do = len(starts) - done + len(site.ladder.to_slim)
        left = left_s(ground_s, time.monotonic() - begun, done, to_do, then_s)
        site.watch(Event("rungs", f"{done} of {len(starts)}", left_s=left))
        start = each.result()
        outcomes.append(prove(site, start, ground) if isinstance(start, Attempt) else start)
    site.watch(Event("rungs", f"{len(starts)} of {len(starts)}", "done"))
    return outcomes


def _recommended(climb: Climb, goal: Goal) -> Climb:
    decision = decide(climb.project, climb.baseline, climb.rungs, goal)
    return replace(climb, recommended=decision.recommended, reasons=decision.reasons)


def _with_cold_build(site: Site, climb: Climb, memory: Memory) -> Climb:
    """The recommended rung's build, timed without cache as the baseline's was."""
    rungs = list(climb.rungs)
    for number, each in enumerate(rungs):
        if isinstance(each, Measured) and each.rung.name == climb.recommended:
            rungs[number] = with_cold_build(site, each)
            memory.keep(rungs[number])
    return replace(climb, rungs=tuple(rungs))
