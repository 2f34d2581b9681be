"""The work on one full image: what every round shares, and one attempt to build from a list and to prove the result."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache as once
from functools import cached_property

from unladen.engine.interface import BuildRequest
from unladen.errors import NotHealthy
from unladen.image.interface import Image
from unladen.image.packages import Package
from unladen.image.scene import Scene
from unladen.image.settings import SHELL_FORM
from unladen.keep.declared import declared
from unladen.keep.expand import keeps_times
from unladen.keep.keeplist import FILE_NAME, KeepList, render
from unladen.keep.stages import slim_dockerfile
from unladen.language.interface import Lost
from unladen.language.named import Named
from unladen.language.scene import scene
from unladen.proof.has.examine import side
from unladen.proof.has.interface import Intent, Side
from unladen.proof.interface import LossKind, Verdict
from unladen.slimming.interface import Full, SlimOptions, without_symbols
from unladen.tracing.log import Trace
from unladen.trial.contexts import with_files
from unladen.trial.ground import Ground, judge
from unladen.trial.workplace import Workplace

START, ENVIRONMENT, IMAGE = "the start", "the environment: ", "the image: "
"""Stand for a case where the program does not come up, or (with the check's name behind it) its environment lost
something, or (with a path behind it) the image."""
KEEPABLE = frozenset[LossKind](("file", "link", "program", "writable"))
"""Losses for which it helps to keep a path."""


@dataclass(frozen=True)
class Bench:
    """What all rounds share: the full image, opened, and the traces of single cases, each made once."""

    place: Workplace
    ground: Ground
    full: Full
    opened: Image
    options: SlimOptions
    traces: dict[str, Trace] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """What each phase took, all rounds together."""

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        begin = time.monotonic()
        try:
            yield
        finally:
            self.seconds[phase] += time.monotonic() - begin

    @cached_property
    def scene(self) -> Scene:
        """What is known about the full image; whose files are whose takes a second to find out."""
        return scene(self.opened.tree, self.opened.config)

    @property
    def run_by(self) -> Mapping[str, str]:
        """Programs of the image that something else than its own code runs, and what: no trace shows them."""
        held = self.ground.held
        return {each.name: each.where for each in held.named if each.outside} if held else {}

    @property
    def health_check(self) -> tuple[tuple[str, ...], ...]:
        """The command of HEALTHCHECK, which the engine runs inside the container; () where there is none."""
        kind, *words = self.scene.settings.healthcheck.get("Test") or ("NONE",)
        if kind == "CMD-SHELL":
            return ((*SHELL_FORM, *words[:1]),)
        return (tuple(words),) if kind == "CMD" and words else ()

    @property
    def named(self) -> tuple[Named, ...]:
        """What the program's code names, and that of its dependencies."""
        return self.ground.held.named if self.ground.held else ()

    @property
    def stripper(self) -> str:
        """The full image's own strip(1), "" where it has none."""
        return self.scene.program("strip")

    @cached_property
    def declared(self) -> Mapping[str, tuple[Package, str]]:
        """The dependencies that the project asks for at run time."""
        return declared(self.scene, self.full.project)

    def intent(self, keep: KeepList) -> Intent:
        """What slimming by a list takes away on purpose: what no case used, the symbols of what it strips, and what
        the full image already does without."""
        full = self.full
        symbols = (Lost.SYMBOLS,) if keep.strip else ()
        takes_away = frozenset({*full.takes_away, *symbols, Lost.UNUSED})
        intends = {**full.intends, **without_symbols(keep)}
        return Intent(takes_away, intends, f"{full.left_out}\n{FILE_NAME}\n", full.rebuilt)

    def say(self, phase: str, detail: str = "") -> None:
        self.place.say(self.full.name, phase, detail)


@dataclass(frozen=True)
class Attempt:
    """A list, the image built from it, what reads that once, and what the proof says."""

    keep: KeepList
    dockerfile: str
    image: str
    verdict: Verdict | None
    read: Callable[[], Side] = field(compare=False, repr=False)
    failure: str = ""

    @property
    def failing(self) -> dict[str, str]:
        """What differs, by the id of its case."""
        if self.verdict is None:
            return {START: self.failure.partition("\n")[0]}
        found = {each.case: each.difference for each in self.verdict.mismatches}
        lost = (each for each in self.verdict.environment if each.fatal)
        environment = {ENVIRONMENT + each.check: each.meaning or each.check for each in lost}
        gone = (each for each in self.verdict.static.unexplained if each.kind in KEEPABLE)
        image = {IMAGE + each.subject: each.difference for each in gone if each.subject.startswith("/")}
        return found | environment | image


def attempt(bench: Bench, keep: KeepList) -> Attempt:
    """Builds from the list, as the user will, and proves the result."""
    place, full, tree = bench.place, bench.full, bench.opened.tree
    clamp = not keeps_times(keep, tree)
    dockerfile = slim_dockerfile(
        full.dockerfile,
        bench.opened.config,
        keep,
        clamp=clamp,
        stripper=bench.stripper,
        mounted=place.engine.builder == "buildkit",
    )
    bench.say("building the slim image")
    request = BuildRequest(
        context=full.context,
        dockerfile=dockerfile,
        host=place.host or None,
        apart=full.apart,
        dockerignore=full.dockerignore,
    )
    with (
        with_files(request, {FILE_NAME: render(keep)}) as whole,
        place.clock.engine(),
        bench.timed("building"),
    ):
        built = place.engine.build(whole, lambda line: bench.say("building the slim image", line))
    bench.say("proving the slim image")

    @once
    def read() -> Side:
        return side(place.engine, built.image)

    try:
        with bench.timed("proving"):
            verdict = judge(place.engine, built.image, bench.ground, bench.intent(keep), read=read)
    except NotHealthy as error:
        return Attempt(keep, dockerfile, built.image, None, read, f"{error}\n{error.detail}".strip())
    return Attempt(keep, dockerfile, built.image, verdict, read)
