"""A ladder's rungs: built side by side, each then run, compared with the baseline and weighed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache as once
from pathlib import Path

from unladen.climb.interface import Failed, Outcome, Reference, Skipped, kind_of
from unladen.climb.site import Site, build, discard
from unladen.dockerfile.stages import parse
from unladen.engine.contents import read_file
from unladen.engine.interface import Built
from unladen.errors import BuildFailed, NotHealthy
from unladen.general.elsewhere import elsewhere
from unladen.general.missing import packages_for
from unladen.general.rungs import NAMES, Wished, again
from unladen.general.split import refined
from unladen.language.interface import Buildable, Impossible, Proposal
from unladen.language.tests import Tests, Untested
from unladen.language.unknown import UNKNOWN
from unladen.measure.interface import Times, Weight
from unladen.measure.size import weigh_image
from unladen.progress import Event
from unladen.proof.has.examine import NOTHING, examine, side
from unladen.proof.has.interface import Pair, Side
from unladen.proof.interface import BatteryProgram, ProofPlan
from unladen.trial.battery import prepare
from unladen.trial.ground import Ground, intent_of, judge, program_of, survey
from unladen.trial.image import ImageRun, battery_for, image_program

ROUNDS = 3
"""Times that a rung is built again with packages that it lacked: what these bring may need more."""


@dataclass(frozen=True)
class Attempt:
    """A proposal that was built, and is not compared yet. It may have been refined on the way."""

    proposal: Proposal
    built: Built


Start = Attempt | Failed | Skipped


@dataclass(frozen=True)
class Standing:
    """The baseline as far as it stands: its build, and its image, read once for all that look at it."""

    built: Future[Built]
    read: Future[Side]


def start_builds(
    site: Site, proposals: Iterable[Proposal], pool: ThreadPoolExecutor, baseline: Standing
) -> list[Future[Start]]:
    """Builds side by side, in order; a rung that reads another's image waits for it."""
    futures: dict[str, Future[Start]] = {}
    for each in proposals:
        futures[each.name] = pool.submit(_attempt, site, each, futures.get(each.after or ""), baseline)
    return list(futures.values())


def _attempt(site: Site, proposal: Proposal, before: Future[Start] | None, baseline: Standing) -> Start:
    """`before` is the rung that this one wants to read; where that has no image, it reads the baseline's."""
    if proposal.after is not None or proposal.onto:
        lower = before.result() if before is not None else None
        refined = _refined(site, proposal, lower.built.image if isinstance(lower, Attempt) else "", baseline)
        if isinstance(refined, Impossible):
            return Skipped(refined, refined.reason)
        proposal = refined
    if site.shares and (why := _heavier(site, proposal, baseline.built.result())):
        return Skipped(proposal, why)
    try:
        return Attempt(proposal, build(site, proposal, cache=site.shares))
    except BuildFailed as error:
        easier = again(site.ladder.general, proposal, Wished(recommends=True))
        if easier is not None:
            return _attempt(site, easier, None, baseline)
        site.watch(Event(proposal.name, "build failed", "failed", error.step))
        return Failed(proposal, str(error), error.detail, site.bases_of(proposal))


def _heavier(site: Site, proposal: Proposal, baseline: Built) -> str:
    """Why a rung need not be built whose base alone weighs more than the whole baseline; "" where that is not so."""
    base = below(site, proposal)
    whole = site.engine.inspect(baseline.image).size_bytes
    alone = site.engine.inspect(base).size_bytes if base else 0
    if alone <= whole:
        return ""
    return f"its base alone ({alone / 1e6:.1f} MB) is larger than your whole image ({whole / 1e6:.1f} MB)"


def _refined(site: Site, proposal: Proposal, lower: str, baseline: Standing) -> Proposal | Impossible:
    """`lower` is the image of the rung that it comes after; "" where there is none."""

    def read(path: str) -> bytes | None:
        return read_file(site.engine, lower or baseline.built.result().image, path)

    ladder = site.ladder
    if proposal.onto:
        return _onto(site, proposal, baseline.read.result())
    return ladder.language.refine(proposal, ladder.project, ladder.dialect, read)


def _onto(
    site: Site, proposal: Proposal, full: Side, packages: tuple[str, ...] = ()
) -> Proposal | Impossible:
    """A rung with one more stage, by the baseline's image (`full`) and with these packages."""
    ladder, base = site.ladder, site.foundations.images.get(proposal.onto, "")
    light = side(site.engine, base, base) if base else NOTHING
    known = ladder.language.leaner(proposal, ladder.project, full.scene, light.scene)
    if isinstance(known, Impossible):
        return known
    return refined(ladder.general, proposal, full, light, known, packages)


def _with(site: Site, proposal: Proposal, packages: tuple[str, ...], full: Side) -> Proposal | None:
    """A rung with packages that it lacks; None where nothing would change."""
    general = site.ladder.general
    if proposal.instead is None and not proposal.onto:
        return again(general, proposal, Wished(packages))
    if proposal.instead is not None:
        made = elsewhere(general, proposal, packages)
    else:
        made = _onto(site, proposal, full, packages)
    return made if isinstance(made, Proposal) and made.dockerfile != proposal.dockerfile else None


def battery_of(site: Site, baseline: str, cache: Path) -> BatteryProgram:
    """The environment battery of the project's language, ready to run; where that is not known, of the interpreter that
    the `baseline` (an image's id) starts. `cache` is the folder of what is remembered."""
    made = site.ladder.language.battery(site.ladder.project)
    if not made.script:
        return battery_for(site.engine, site.engine.inspect(baseline), site.host, cache)
    return prepare(made, site.engine, site.host, cache / "batteries")


def ground_of(
    site: Site,
    baseline: str,
    plan: ProofPlan,
    battery: BatteryProgram,
    reading: Future[Side],
    tests: Tests | Untested | None = None,
) -> Ground:
    """What the baseline (an image's id, `reading` gives it read) answers, twice. Raises NotHealthy."""
    site.say(site.ladder.baseline.name, "proving", "running the baseline twice")
    project, engine = site.ladder.project, site.engine
    program = program_of(project, plan)
    if program.port is None and project.language == UNKNOWN.name:  # the base image may expose one
        run = ImageRun(health=program.health, env=project.env)
        program = image_program(engine.inspect(baseline), run, plan)
    return survey(engine, baseline, program, plan, battery, reading, project.root, tests)


def read_baseline(site: Site, image: str) -> Side:
    """The baseline's image, read."""
    return side(site.engine, image, below(site, site.ladder.baseline), site.ladder.project.named)


def below(site: Site, rung: Buildable) -> str:
    """The id of the image that a rung's last stage starts from; "" where that is not known."""
    users = site.ladder.project.users
    staged = parse(
        rung.dockerfile,
        target=rung.target,
        build_args=users.staged.build_args if users else {},
    )
    return site.foundations.images.get(staged.final_base, "")


def reference(site: Site, built: Built, weight: Weight, ground: Ground) -> Reference:
    """The baseline, weighed."""
    rung = site.ladder.baseline
    return Reference(
        rung=rung,
        image=built.image,
        weight=weight,
        times=Times(build_cold_s=built.seconds),
        verdict=ground.own,
        bases=site.bases_of(rung),
        layers=site.layers,
    )


def prove(site: Site, attempt: Attempt, ground: Ground) -> Outcome:
    """An attempt's image, built again where it lacks something, is run, compared and weighed. It is read once. Of its
    times only a cold build is known then."""
    attempt, known = _mended(site, attempt, ground)
    proposal, image = attempt.proposal, attempt.built.image

    @once
    def read() -> Side:
        return known or side(site.engine, image, below(site, proposal))

    site.say(proposal.name, "proving")
    try:
        verdict = judge(site.engine, image, ground, intent_of(proposal, site.ladder.ignore), read=read)
    except NotHealthy as error:
        site.watch(Event(proposal.name, "not healthy", "failed", str(error)))
        return Failed(proposal, str(error), error.detail, site.bases_of(proposal))
    return kind_of(verdict)(
        rung=proposal,
        image=image,
        weight=weighed(site, proposal.name, image, read()),
        times=Times(build_cold_s=None if site.shares else attempt.built.seconds),
        verdict=verdict,
        bases=site.bases_of(proposal),
    )


def _mended(site: Site, attempt: Attempt, ground: Ground) -> tuple[Attempt, Side | None]:
    """A rung that edits the user's file, and lacks what packages of the baseline's have, is built again with them. What
    else it lacks shows when it is proved. The second value is its image, where that has been read."""
    packages: tuple[str, ...] = ()
    rung: Side | None = None
    proposed = attempt.proposal
    is_edit = proposed.name in NAMES or proposed.onto or proposed.instead is not None
    for _ in range(ROUNDS if ground.held and is_edit else 0):
        assert ground.held is not None
        site.say(attempt.proposal.name, "comparing what the images have")
        rung = side(site.engine, attempt.built.image, below(site, attempt.proposal))
        intent = intent_of(attempt.proposal, site.ladder.ignore)
        if not rung.scene.program("apt-get") and proposed.instead is None:
            break
        found = packages_for(examine(ground.held, rung, intent).losses, Pair(ground.held, rung, intent))
        packages = tuple(sorted({*packages, *found}))
        better = _with(site, attempt.proposal, packages, ground.held) if found else None
        if better is None:
            break
        try:
            built = build(site, better, cache=site.shares)
        except BuildFailed:
            break
        discard(site, attempt.built, built.image)
        attempt, rung = Attempt(better, built), None
    return attempt, rung


def weighed(
    site: Site, name: str, image: str, read: Side, ended: Callable[[], bool] = lambda: False
) -> Weight:
    """What an image that has been read weighs. `name` is its rung's. Raises Interrupted as soon as `ended`."""
    site.say(name, "weighing")
    facts = site.engine.inspect(image)
    return weigh_image(read.image, facts, compressed_by_layer=site.sizes, ended=ended)
