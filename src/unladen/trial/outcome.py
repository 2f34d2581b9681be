"""How a rung ended, types to match on; and the whole ladder climbed."""

from __future__ import annotations

from dataclasses import dataclass

from unladen.engine.interface import BuilderName
from unladen.language.interface import Project, Rung
from unladen.measure.interface import Times, Weight
from unladen.proof.interface import Verdict


@dataclass(frozen=True)
class Base:
    """A base image and where it comes from: "registry", "local image", "assembled from Debian packages"."""

    name: str
    origin: str


@dataclass(frozen=True)
class Slimming:
    """What a slimmed rung's figures do not say: its risk.

    `made_from` is the rung that was slimmed, `removed_bytes` what it lost, `held_back` the number of cases that were
    not traced (None where nothing was traced), `held` how many of these held before any repair, `repairs` the
    number of cases that needed one, `not_tried` what no case reached, `problems` what the trace may lack.
    """

    made_from: str
    policy: str
    removed_bytes: int
    held_back: int | None
    held: int
    repairs: int
    not_tried: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Climbed:
    """A rung that was built, ran and was compared."""

    rung: Rung
    image: str
    weight: Weight
    times: Times
    verdict: Verdict
    bases: tuple[Base, ...]
    remembered: bool = False
    """True where the figures come from an earlier run on the very same inputs."""
    slimming: Slimming | None = None


@dataclass(frozen=True)
class Proved(Climbed):
    """Everything the same as the baseline."""


@dataclass(frozen=True)
class Different(Climbed):
    """Built and ran, but does not behave as the baseline does: never recommended."""


@dataclass(frozen=True)
class Failed:
    """Did not build, or never became healthy. `detail`: last lines of the failing step or the program."""

    rung: Rung
    reason: str
    detail: str = ""
    bases: tuple[Base, ...] = ()


@dataclass(frozen=True)
class Skipped:
    rung: Rung
    reason: str


Outcome = Proved | Different | Failed | Skipped


@dataclass(frozen=True)
class EngineUsed:
    """The engine and the builder that a climb was made with."""

    name: str
    version: str
    builder: BuilderName


@dataclass(frozen=True)
class Climb:
    """A whole ladder climbed: what every report shows.

    `rungs` are in climbing order, without the baseline. `host` names what the builds were given of the host
    ("CA bundle", "HTTPS_PROXY", "pip.conf"), never a value of it. `recommended` is a rung's name. `written`
    are paths relative to the project's root. `seconds` is the wall time of the whole, `own_seconds` what of
    it was neither an engine's build nor the program's start-up.
    """

    project: Project
    engine: EngineUsed
    baseline: Outcome
    rungs: tuple[Outcome, ...]
    host: tuple[str, ...] = ()
    recommended: str | None = None
    reasons: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
    dockerignore: str = ""
    """The proposed .dockerignore, which every rung was built with."""
    seconds: float = 0.0
    own_seconds: float = 0.0
    notes: tuple[str, ...] = ()
