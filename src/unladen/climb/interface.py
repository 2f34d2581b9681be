"""A climb's values: how to climb, how each rung ended (types to match on), and the whole ladder climbed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from unladen.bases.sources import BaseChoice
from unladen.engine.interface import BuilderName
from unladen.keep.keeplist import Policy
from unladen.language.interface import Baseline, Buildable, Details, Impossible, Project, Proposal, Rung
from unladen.measure.interface import Times, Timing, Weight
from unladen.proof.interface import Verdict
from unladen.proof.level import Evidence, evidence, proves
from unladen.slimming.interface import SlimOptions
from unladen.trial.ground import Ground

Goal = Literal["balanced", "smallest", "secure"]
ALSO: Mapping[str, str] = MappingProxyType({"slim": "lighter-base", "multi-stage": "split"})
"""The guide's words for rungs that, of a user's own Dockerfile, are edits."""


@dataclass(frozen=True)
class Options:
    """How to climb. `only` names the rungs to climb (None: all); `cache` is the folder for what is remembered;
    `jobs` builds run side by side; `fresh` measures again what an earlier run measured; `slim` is for the rungs
    below the ladder's last; `time` says which figures of time are worth waiting for."""

    cache: Path
    goal: Goal = "balanced"
    only: tuple[str, ...] | None = None
    bases: BaseChoice = "auto"
    keep_images: bool = False
    kept_as: str = ""
    """What stands for the project in the names of kept images; "" is its name."""
    fresh: bool = False
    slim: SlimOptions = field(default_factory=SlimOptions)
    jobs: int = min(4, os.cpu_count() or 1)
    time: Timing = "recommended"


@dataclass(frozen=True)
class ToSlim(Rung):
    """A rung below the ladder's last: the leanest rung that stands, slimmed. What it is made of is known only then."""

    policy: Policy


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
    number of cases that needed one, `not_tried` what no case reached, `problems` what the trace may lack,
    `declared_gone` the dependencies that the project declares and the rung has not.
    """

    made_from: str
    policy: str
    removed_bytes: int
    held_back: int | None
    held: int
    repairs: int
    not_tried: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    declared_gone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measured:
    """An image that was built, ran, and was weighed and timed."""

    rung: Buildable
    image: str
    weight: Weight
    times: Times
    verdict: Verdict
    bases: tuple[Base, ...]
    remembered: bool = field(default=False, kw_only=True)
    """True where the figures come from an earlier run on the very same inputs."""


@dataclass(frozen=True)
class Reference(Measured):
    """The baseline. Its verdict is the one of its second run against its first."""

    rung: Baseline
    layers: str = field(default="", kw_only=True)
    """The word of its build's layers (see `Site`)."""


@dataclass(frozen=True)
class Judged(Measured):
    """A rung that was compared with the baseline."""

    rung: Proposal
    slimming: Slimming | None = None

    @property
    def evidence(self) -> Evidence:
        """What its verdict rests on."""
        return evidence(self.verdict)


@dataclass(frozen=True)
class Proved(Judged):
    """Everything the same as the baseline; how much that is, its `evidence` says."""


@dataclass(frozen=True)
class Unproved(Judged):
    """Nothing differs, and nothing was compared that counts: never recommended."""


@dataclass(frozen=True)
class Different(Judged):
    """Built and ran, but does not behave as the baseline does: never recommended."""


def kind_of(verdict: Verdict) -> type[Proved] | type[Unproved] | type[Different]:
    """How a rung with this verdict ended."""
    if not verdict.holds:
        return Different
    return Proved if proves(verdict) else Unproved


@dataclass(frozen=True)
class Failed:
    """Did not build, or never became healthy. `detail`: last lines of the failing step or the program."""

    rung: Proposal | ToSlim
    reason: str
    detail: str = ""
    bases: tuple[Base, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """Was not tried."""

    rung: Proposal | Impossible | ToSlim
    reason: str


Outcome = Proved | Unproved | Different | Failed | Skipped


@dataclass(frozen=True)
class EngineUsed:
    """The engine and the builder that a climb was made with; `command` is the client as people type it."""

    name: str
    version: str
    builder: BuilderName
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Climb:
    """A whole ladder climbed: what every report shows.

    `rungs` are in climbing order, without the baseline. `host` names what the builds were given of the host
    ("CA bundle", "HTTPS_PROXY", "pip.conf"), never a value of it. `recommended` is a rung's name. `written`
    are paths relative to the project's root. `seconds` is the wall time of the whole, `own_seconds` what of
    it was neither an engine's build nor the program's start-up.
    """

    project: Project[Details]
    engine: EngineUsed
    baseline: Reference
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
    kept: Mapping[str, str] = field(default_factory=dict)
    """The rungs whose images stay (--keep-images) → what these are called."""
    ground: Ground | None = None
    """What the baseline answered; None where nothing had to be compared with it: all was remembered."""

    def target_of(self, rung: str) -> str:
        """The stage of a rung's Dockerfile that is the image; "" is the last one."""
        found = self._buildable(rung)
        return found.target if found else ""

    def text_of(self, rung: str) -> str:
        """A rung's Dockerfile; "" where it has none."""
        found = self._buildable(rung)
        return found.dockerfile if found else ""

    def _buildable(self, rung: str) -> Buildable | None:
        chosen = (each.rung for each in self.rungs if each.rung.name == rung)
        return next((each for each in chosen if isinstance(each, Buildable)), None)

    @property
    def all_failed(self) -> bool:
        """Whether rungs were tried, and none of them could be built and run."""
        tried = [each for each in self.rungs if not isinstance(each, Skipped)]
        return bool(tried) and all(isinstance(each, Failed) for each in tried)
