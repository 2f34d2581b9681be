"""The story of optimize: climb the ladder, slim the leanest rung that stands, recommend one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
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
from unladen.climb.memory import Memory, memory_of
from unladen.climb.rungs import Attempt, Start, battery_of, ground_of, prove, reference, start_builds
from unladen.climb.site import Site, build, open_site
from unladen.climb.slimmed import with_slimmed
from unladen.climb.timing import times
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Engine
from unladen.language.interface import Impossible, Overrides, Proposal
from unladen.progress import Watcher, silent
from unladen.proof.interface import ProofPlan
from unladen.trial.ground import Ground


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
    memory = memory_of(site, plan, options)
    climbed = climb(site, plan, options, memory)
    slimmed = with_slimmed(site, climbed, plan, options, memory)
    site.sizes.save()
    return _recommended(site, slimmed, options.goal)


def climb(site: Site, plan: ProofPlan, options: Options, memory: Memory) -> Climb:
    """The rungs that the language proposes, each built, compared with the baseline, weighed and timed, or recalled."""
    outcomes, proposals = _settled(site, memory)
    known = memory.recall(site.ladder.baseline)
    baseline, ground = known if isinstance(known, Reference) else None, None
    if proposals or baseline is None:
        baseline, fresh, ground = _measured(site, proposals, baseline, plan, options)
        for outcome in (baseline, *fresh):
            memory.keep(outcome)
            if options.keep_images and isinstance(outcome, Measured):
                site.engine.keep(outcome.image)
        outcomes |= {outcome.rung.name: outcome for outcome in fresh}
    engine = site.engine
    return Climb(
        project=site.ladder.project,
        engine=EngineUsed(engine.name, engine.version, engine.builder, engine.command),
        baseline=baseline,
        rungs=tuple(outcomes[rung.name] for rung in site.ladder.rungs),
        host=site.host.names,
        dockerignore=site.ladder.ignore,
        notes=site.ladder.notes,
        ground=ground,
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
    """Builds side by side; proves each rung as soon as it is built; times them when all is quiet."""
    pool = ThreadPoolExecutor(options.jobs, thread_name_prefix="build")
    try:
        base = pool.submit(build, site, site.ladder.baseline, cache=known is not None)
        starts = start_builds(site, proposals, pool, base)
        battery = battery_of(site, options.cache)
        ground = ground_of(site, base.result().image, plan, battery)
        baseline = known or reference(site, base.result(), ground)
        outcomes = [_judged(site, start.result(), ground) for start in starts]
        fresh = [each for each in (baseline, *outcomes) if isinstance(each, Measured) and not each.remembered]
        timed = times(site, fresh, ground)
    except BaseException:
        site.engine.close()  # ends the builds that still run, so that the pool can end too
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    done = tuple(
        replace(each, times=timed[each.rung.name]) if isinstance(each, Judged) else each for each in outcomes
    )
    return replace(baseline, times=timed.get(baseline.rung.name, baseline.times)), done, ground


def _judged(site: Site, start: Start, ground: Ground) -> Outcome:
    return prove(site, start, ground) if isinstance(start, Attempt) else start


def _recommended(site: Site, climb: Climb, goal: Goal) -> Climb:
    decision = decide(climb.project, climb.baseline, climb.rungs, goal)
    seconds, own = site.clock.read()
    return replace(
        climb,
        recommended=decision.recommended,
        reasons=decision.reasons,
        seconds=seconds,
        own_seconds=own,
    )
