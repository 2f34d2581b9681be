"""The rungs below a ladder's last: the leanest rung that proved itself, slimmed, as an outcome like the others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from unladen.climb.interface import (
    Climb,
    Failed,
    Judged,
    Measured,
    Options,
    Outcome,
    Proved,
    Reference,
    Skipped,
    Slimming,
    ToSlim,
    kind_of,
)
from unladen.climb.memory import Memory
from unladen.climb.rungs import battery_of, ground_of, read_baseline
from unladen.climb.site import Site, build, discard
from unladen.climb.timing import times
from unladen.errors import BuildFailed, DiskFull, Interrupted, UnladenError
from unladen.keep.keeplist import KeepList
from unladen.keep.ledger import total
from unladen.keep.stages import admitting
from unladen.language.dockerignore import OWN
from unladen.language.interface import Buildable, Proposal
from unladen.measure.interface import Times
from unladen.proof.interface import ProofPlan
from unladen.slimming.interface import Full, Slimmed, SlimOptions
from unladen.slimming.story import slim
from unladen.trial.ground import Ground

FOR_SMALLEST = (
    "used files alone are smaller than used packages, and riskier: --goal smallest climbs this rung"
)
EXAMPLES = 3
"""So many packages that were tried in part are named."""


def with_slimmed(site: Site, climb: Climb, plan: ProofPlan, options: Options, memory: Memory) -> Climb:
    """The climb with the slimmed rungs below its last. What goes wrong in one is how that rung ended."""
    settled = {rung.name: _settled(site, rung, options, memory) for rung in site.ladder.to_slim}
    todo = [rung for rung in site.ladder.to_slim if settled[rung.name] is None]
    if todo:
        ground = ground_for(site, climb, plan, options.cache)
        made = [_slimmed(site, climb, rung, ground, options.slim) for rung in todo]
        timed = times(site, [each for each in made if isinstance(each, Measured)], ground)
        for each in made:
            outcome = replace(each, times=timed[each.rung.name]) if isinstance(each, Measured) else each
            memory.keep(outcome)
            settled[outcome.rung.name] = outcome
    slimmed = tuple(outcome for outcome in settled.values() if outcome is not None)
    return replace(climb, rungs=(*climb.rungs, *slimmed))


def _settled(site: Site, rung: ToSlim, options: Options, memory: Memory) -> Outcome | None:
    """How the rung ends without anything being slimmed. None: it has to be slimmed."""
    if missing := site.foundations.missing.get(rung.name):
        return Skipped(rung, missing)
    if rung.policy == "file" and options.only is None and options.goal != "smallest":
        return Skipped(rung, FOR_SMALLEST)
    known = memory.recall(rung)
    return None if isinstance(known, Reference) else known


def _slimmed(site: Site, climb: Climb, rung: ToSlim, ground: Ground, options: SlimOptions) -> Outcome:
    if options.former is not None and options.former.policy != rung.policy:
        options = replace(options, former=None)
    try:
        full = full_image(site, climb, rung, options.former)
        done = slim(site, full, ground, options)
    except (Interrupted, DiskFull):
        raise
    except UnladenError as error:
        return Failed(rung, str(error), error.detail)
    return _outcome(site, rung, done)


def _outcome(site: Site, rung: ToSlim, done: Slimmed) -> Outcome:
    proposal = done.proposal
    if done.verdict is None:
        return Failed(proposal, done.failure)
    if done.verdict.holds and not done.removed:
        return Skipped(
            rung, f"there is nothing to remove from {done.full.made_from}: every file of it is used"
        )
    return kind_of(done.verdict)(
        rung=proposal,
        image=done.image,
        weight=done.weight,
        times=Times(build_cold_s=_cold(site, proposal, done.image) if site.time == "all" else None),
        verdict=done.verdict,
        bases=site.bases_of(proposal),
        slimming=summary(done),
    )


def summary(done: Slimmed) -> Slimming:
    """What the report says of a slimming beside its figures."""
    return Slimming(
        made_from=done.full.made_from,
        policy=done.keep.policy,
        removed_bytes=total(done.removed),
        held_back=done.held_back,
        held=done.held,
        repairs=len({each.case for each in done.mended}),
        not_tried=tuple(map(str, done.unexercised[:EXAMPLES])),
        problems=(*done.trace_problems, *([done.untraced] if done.untraced else [])),
        declared_gone=done.declared_gone,
    )


def ground_for(site: Site, climb: Climb, plan: ProofPlan, cache: Path) -> Ground:
    """The climb's own ground; where all of it was remembered, the baseline is built from the engine's cache and asked.
    Raises BuildFailed, NotHealthy."""
    if climb.ground is not None:
        return climb.ground
    baseline = build(site, site.ladder.baseline, cache=True)
    with ThreadPoolExecutor(1, "unladen-reading") as beside:
        reading = beside.submit(read_baseline, site, baseline.image)
        try:
            return ground_of(site, baseline.image, plan, battery_of(site, baseline.image, cache), reading)
        except (Interrupted, KeyboardInterrupt, SystemExit):
            site.engine.close()  # ends the reading, so that its thread can end too
            raise


def full_image(site: Site, climb: Climb, rung: ToSlim, former: KeepList | None) -> Full:
    """What is slimmed: the rung that the list which is there was made from, else the leanest that proved itself. The
    baseline is one of them. Rungs that pay for size with comfort are for the policy that does so, too."""
    standing = [climb.baseline, *(each for each in climb.rungs if isinstance(each, Proved))]
    comfortable = [each for each in standing if not isinstance(each, Judged) or each.rung.goal == "balanced"]
    if named := [each for each in standing if former and each.rung.name == former.made_from]:
        standing = named
    elif rung.policy == "package":
        standing = comfortable
    chosen = min(standing, key=lambda each: each.weight.size_bytes)
    source = chosen.rung
    return Full(
        name=rung.name,
        made_from=source.name,
        dockerfile=source.dockerfile,
        bases=source.bases,
        image=build(site, source, cache=True).image if chosen.remembered else chosen.image,
        size_bytes=chosen.weight.size_bytes,
        context=site.ladder.project.root,
        dockerignore=_ignore(site, source),
        policy=rung.policy,
        takes_away=source.takes_away if isinstance(source, Proposal) else (),
        notes=source.notes,
        intends=source.intends if isinstance(source, Proposal) else {},
        rebuilt=source.rebuilt if isinstance(source, Proposal) else {},
        changes=source.changes if isinstance(source, Proposal) else (),
        left_out=(source.dockerignore or site.ladder.ignore) if isinstance(source, Proposal) else "",
        apart=site.apart(source),
        project=site.ladder.project.root,
    )


def _ignore(site: Site, rung: Buildable) -> str:
    """The .dockerignore that the full image was built with, and the list let in."""
    if isinstance(rung, Proposal):
        ignore = rung.dockerignore or site.ladder.ignore
        return admitting(ignore if OWN in ignore else f"{ignore.rstrip()}\n\n{OWN}\n")
    return admitting(site.ladder.project.ignored or "")


def _cold(site: Site, proposal: Proposal, proved: str) -> float | None:
    """Seconds to build it without any cache; `proved`, its image, was built on a full image that stood."""
    try:
        built = build(site, proposal)
    except BuildFailed:
        return None
    discard(site, built, proved)
    return built.seconds
