"""How a rung ended: types to match on."""

from __future__ import annotations

from dataclasses import dataclass

from unladen.language.interface import Rung
from unladen.measure.interface import Times, Weight
from unladen.proof.interface import Verdict


@dataclass(frozen=True)
class Base:
    """A base image and where it comes from: "registry", "local image", "assembled from Debian packages"."""

    name: str
    origin: str


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


@dataclass(frozen=True)
class Proved(Climbed):
    """Everything the same as the baseline."""


@dataclass(frozen=True)
class Different(Climbed):
    """Built and ran, but does not behave as the baseline does: never recommended."""


@dataclass(frozen=True)
class Failed:
    """Did not build, or never became healthy. `detail` holds the failing step's or the program's last lines."""

    rung: Rung
    reason: str
    detail: str = ""
    bases: tuple[Base, ...] = ()


@dataclass(frozen=True)
class Skipped:
    rung: Rung
    reason: str


Outcome = Proved | Different | Failed | Skipped
