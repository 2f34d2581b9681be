"""A ladder's rungs: built side by side, each then run, compared with the baseline and weighed."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from unladen.climb.interface import Different, Failed, Outcome, Proved, Reference, Skipped
from unladen.climb.site import Site, build
from unladen.engine.contents import read_file
from unladen.engine.interface import Built
from unladen.errors import BuildFailed, NotHealthy
from unladen.language.interface import Impossible, Proposal
from unladen.measure.interface import Times, Weight
from unladen.measure.size import weigh
from unladen.progress import Event
from unladen.proof.interface import BatteryProgram, ProofPlan
from unladen.trial.battery import prepare
from unladen.trial.ground import Ground, judge, program_of, survey


@dataclass(frozen=True)
class Attempt:
    """A proposal that was built, and is not compared yet. It may have been refined on the way."""

    proposal: Proposal
    built: Built


Start = Attempt | Failed | Skipped


def start_builds(
    site: Site, proposals: Iterable[Proposal], pool: ThreadPoolExecutor, baseline: Future[Built]
) -> list[Future[Start]]:
    """Builds side by side, in order; a rung that reads another's image waits for it."""
    futures: dict[str, Future[Start]] = {}
    for each in proposals:
        futures[each.name] = pool.submit(_attempt, site, each, futures.get(each.after or ""), baseline)
    return list(futures.values())


def _attempt(site: Site, proposal: Proposal, before: Future[Start] | None, baseline: Future[Built]) -> Start:
    """`before` is the rung that this one wants to read; where that has no image, it reads the baseline's."""
    if proposal.after is not None:
        lower = before.result() if before is not None else None
        image = lower.built.image if isinstance(lower, Attempt) else baseline.result().image
        refined = _refined(site, proposal, image)
        if isinstance(refined, Impossible):
            return Skipped(refined, refined.reason)
        proposal = refined
    try:
        return Attempt(proposal, build(site, proposal))
    except BuildFailed as error:
        site.watch(Event(proposal.name, "build failed", "failed", error.step))
        return Failed(proposal, str(error), error.detail, site.bases_of(proposal))


def _refined(site: Site, proposal: Proposal, image: str) -> Proposal | Impossible:
    def read(path: str) -> bytes | None:
        return read_file(site.engine, image, path)

    ladder = site.ladder
    return ladder.language.refine(proposal, ladder.project, ladder.dialect, read)


def battery_of(site: Site, cache: Path) -> BatteryProgram:
    """The environment battery of the project's language, ready to run; `cache` is the folder of what is remembered."""
    made = site.ladder.language.battery(site.ladder.project)
    return prepare(made, site.engine, site.host, cache / "batteries")


def ground_of(site: Site, baseline: str, plan: ProofPlan, battery: BatteryProgram) -> Ground:
    """What the baseline (an image's id) answers, twice. Raises NotHealthy."""
    site.say(site.ladder.baseline.name, "proving", "running the baseline twice")
    return survey(site.engine, baseline, program_of(site.ladder.project, plan), plan, battery)


def reference(site: Site, built: Built, ground: Ground) -> Reference:
    """The baseline, weighed."""
    rung = site.ladder.baseline
    return Reference(
        rung=rung,
        image=built.image,
        weight=_weight(site, rung.name, built.image),
        times=Times(build_cold_s=built.seconds),
        verdict=ground.own,
        bases=site.bases_of(rung),
    )


def prove(site: Site, attempt: Attempt, ground: Ground) -> Outcome:
    """Runs an attempt's image, compares and weighs it. Of its times only the cold build is known then."""
    proposal, image = attempt.proposal, attempt.built.image
    site.say(proposal.name, "proving")
    try:
        verdict = judge(site.engine, image, ground)
    except NotHealthy as error:
        site.watch(Event(proposal.name, "not healthy", "failed", str(error)))
        return Failed(proposal, str(error), error.detail, site.bases_of(proposal))
    kind = Proved if verdict.holds else Different
    return kind(
        rung=proposal,
        image=image,
        weight=_weight(site, proposal.name, image),
        times=Times(build_cold_s=attempt.built.seconds),
        verdict=verdict,
        bases=site.bases_of(proposal),
    )


def _weight(site: Site, name: str, image: str) -> Weight:
    site.say(name, "weighing")
    return weigh(site.engine, image, compressed_by_layer=site.sizes)
