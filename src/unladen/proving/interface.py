"""A proof's values: what is compared with what, and how each candidate did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from unladen.proof.interface import Corpus, Program, Verdict
from unladen.proof.level import LEVELS, Level, level, proves

Status = Literal["same", "identical", "unproved", "different", "failed"]
Required = Literal["fair", "strong"]

SAME, DIFFERENT, TOO_THIN = 0, 1, 3
"""Exit codes; 2 is bad input."""


@dataclass(frozen=True)
class Subject:
    """An image that takes part: `name` as the user named it (an image, a Dockerfile), `image` its id, `base` the id of
    the image below it ("" where that is not known), `left_out` the .dockerignore of its own that it was built with."""

    name: str
    image: str
    size_bytes: int
    base: str = ""
    left_out: str = ""


@dataclass(frozen=True)
class Candidate:
    """How one did. `verdict` is None where it is the baseline itself, or never answered: then `failure` says why, and
    `detail` holds its last log lines."""

    subject: Subject
    verdict: Verdict | None = None
    failure: str = ""
    detail: str = ""

    @property
    def status(self) -> Status:
        if self.verdict is None:
            return "failed" if self.failure else "identical"
        if not self.verdict.holds:
            return "different"
        return "same" if proves(self.verdict) else "unproved"

    @property
    def level(self) -> Level | None:
        """How much the proof says; None where there is none to weigh."""
        return level(self.verdict) if self.verdict and self.verdict.holds else None

    def is_thinner_than(self, require: Required | None) -> bool:
        """Whether nothing differs, and the proof is weaker than required (None: proves nothing at all)."""
        return self.level is not None and LEVELS.index(self.level) < LEVELS.index(require or "thin")


@dataclass(frozen=True)
class Proof:
    """All candidates against one baseline. `corpus` is empty where nothing had to be asked; `notes` say what else is to
    be known of it."""

    baseline: Subject
    program: Program
    corpus: Corpus
    candidates: tuple[Candidate, ...]
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def exit_code(self, require: Required | None = None) -> int:
        """0: all behave the same; 1: one does not; 3: nothing differs, and the proof of one is weaker than required (or
        proves nothing at all)."""
        if any(each.status in ("different", "failed") for each in self.candidates):
            return DIFFERENT
        return TOO_THIN if any(each.is_thinner_than(require) for each in self.candidates) else SAME
