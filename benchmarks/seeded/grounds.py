"""A program made ready: its baseline surveyed once, its candidate built and read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from seeded.edits import Edited, read
from seeded.faults import Fault, Seeded
from unladen import session, temporary
from unladen.climb.interface import Options
from unladen.climb.rungs import Attempt, Standing, battery_of, below, ground_of, read_baseline, start_builds
from unladen.climb.site import Site, build, open_site
from unladen.config import load
from unladen.engine.interface import BuildRequest, Engine
from unladen.image.stored import StoredImage
from unladen.language.interface import Buildable, Proposal
from unladen.language.scene import scene
from unladen.progress import silent
from unladen.proof.has.examine import side
from unladen.proof.has.interface import Intent, Side
from unladen.proof.interface import Verdict
from unladen.trial.contexts import linked_copy
from unladen.trial.ground import Ground, intent_of, judge, survey
from unladen.trial.image import ImageRun, battery_for, image_program
from unladen.trial.own_tests import own_tests
from unladen.trial.workplace import workplace


@dataclass(frozen=True)
class Laid:
    """`candidate` is the image that faults are put into, `read` the same as static evidence sees it; `intent` what it
    changes on purpose, `base` the image below it. `site` is None for a program whose language is not known."""

    seeded: Seeded
    ground: Ground
    candidate: str
    read: Side
    intent: Intent
    base: str
    site: Site | None
    rung: Buildable | None

    @property
    def image(self) -> StoredImage:
        assert isinstance(self.read.image, StoredImage)
        return self.read.image


def lay(engine: Engine, seeded: Seeded) -> Laid:
    """Builds and surveys the baseline, and builds the candidate. Raises the errors of unladen.errors."""
    return _of_project(engine, seeded) if seeded.language else _of_image(engine, seeded)


def _of_project(engine: Engine, seeded: Seeded) -> Laid:
    config = load(seeded.root)
    only = (seeded.candidate.removeprefix("rung "),) if seeded.candidate.startswith("rung ") else ()
    options = Options(cache=session.cache_folder(), only=only)
    site = open_site(seeded.root, engine, session.host_settings(), config.overrides(), options)
    built = build(site, site.ladder.baseline, cache=True)
    baseline = built.image
    plan, project = config.plan(), site.ladder.project
    tests = own_tests(site, plan, project.root, project, options.cache)
    battery = battery_of(site, baseline, options.cache)
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(read_baseline, site, baseline)
        ground = ground_of(site, baseline, plan, battery, reading, tests)
        standing = Standing(beside.submit(lambda: built), reading)
    rung: Buildable = site.ladder.baseline
    candidate, intent, base = baseline, Intent(), below(site, rung)
    if only:
        [proposal] = site.ladder.rungs
        if not isinstance(proposal, Proposal):
            raise ValueError(f"{seeded.name} has no rung {only[0]}: {proposal.reason}")
        with ThreadPoolExecutor(1) as pool:
            [start] = start_builds(site, [proposal], pool, standing)
            made = start.result()
        if not isinstance(made, Attempt):
            raise ValueError(f"{seeded.name} has no rung {only[0]}: {made.reason}")
        rung, candidate = made.proposal, made.built.image
        intent, base = intent_of(made.proposal, site.ladder.ignore), below(site, made.proposal)
    return Laid(seeded, ground, candidate, side(engine, candidate, base), intent, base, site, rung)


def _of_image(engine: Engine, seeded: Seeded) -> Laid:
    """Its battery is that of the language that its command line tells, as `unladen prove` does it."""
    plan, host = load(seeded.root).plan(), session.host_settings()
    image = built(engine, seeded.root, seeded.root)
    facts = engine.inspect(image)
    battery = battery_for(engine, facts, host, session.cache_folder())
    program = image_program(facts, ImageRun(), plan)
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(side, engine, image)
        place = workplace(engine, host, session.cache_folder(), silent)
        tests = own_tests(place, plan, seeded.root, None, session.cache_folder())
        ground = survey(engine, image, program, plan, battery, reading, seeded.root, tests)
    return Laid(seeded, ground, image, reading.result(), Intent(), "", None, None)


def built(engine: Engine, root: Path, context: Path, *, cache: bool = True) -> str:
    """The image of the Dockerfile in `root`, from the files in `context`."""
    text = (root / "Dockerfile").read_text(encoding="utf-8")
    return engine.build(BuildRequest(context, text, cache=cache, host=session.host_settings() or None)).image


def edited_side(laid: Laid, made: Edited) -> Side:
    """An edit of the candidate as static evidence sees it, without any engine."""
    image = read(laid.image, made)
    return replace(laid.read, image=image, scene=scene(image.tree, image.config))


def rebuilt(engine: Engine, laid: Laid) -> str:
    """The baseline built again from the same files without any cache."""
    if laid.site is None:
        return built(engine, laid.seeded.root, laid.seeded.root, cache=False)
    return build(laid.site, laid.site.ladder.baseline).image


def built_wrong(engine: Engine, laid: Laid, fault: Fault) -> str:
    """The candidate built from a copy of the project in which the fault is. Raises ValueError where it changes
    nothing."""
    with ExitStack() as stack:
        copy = linked_copy(laid.seeded.root, stack.enter_context(temporary.folder()) / "context")
        for name, (old, new) in fault.source.items():
            text = (copy / name).read_text(encoding="utf-8")
            if old not in text:
                raise ValueError(f"{name} does not hold {old!r}")
            mode = (copy / name).stat().st_mode
            (copy / name).unlink()  # the link, not the project's file
            (copy / name).write_text(text.replace(old, new), encoding="utf-8")
            (copy / name).chmod(mode)
        if laid.site is None or laid.rung is None:
            return built(engine, copy, copy)
        return build(laid.site, laid.rung, cache=True, root=copy).image


def clean(engine: Engine, laid: Laid) -> Verdict:
    """The verdict on the candidate without any fault. Raises NotHealthy."""
    return judge(engine, laid.candidate, laid.ground, laid.intent, laid.base)
