"""What every format shows of a climb, derived once. A format is a file with a function of one `Climb`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from unladen.climb.interface import (
    Base,
    Climb,
    Different,
    Failed,
    Judged,
    Measured,
    Outcome,
    Proved,
    Reference,
    Skipped,
    Slimming,
    ToSlim,
    Unproved,
)
from unladen.dockerfile.stages import parse
from unladen.errors import BadDockerfile
from unladen.language.interface import Buildable, Lost, Proposal
from unladen.proof.interface import Loss, Verdict
from unladen.proof.level import MEANING, evidence

Status = Literal["proved", "unproved", "different", "failed", "skipped"]


@dataclass(frozen=True)
class Row:
    """One outcome as a row of the report.

    `reduction` is against the rung before that was measured (of a slimmed one: against the rung that it was made
    from), `cumulative` against the baseline; both are
    fractions (0.64: 64 % smaller; negative: larger) and None where there is nothing to compare.
    `base` is the image that the last stage stands on.
    """

    outcome: Reference | Outcome
    status: Status
    reason: str
    base: Base | None
    reduction: float | None = None
    cumulative: float | None = None
    is_baseline: bool = False
    recommended: bool = False

    @property
    def name(self) -> str:
        return self.outcome.rung.name

    @property
    def measured(self) -> Measured | None:
        return self.outcome if isinstance(self.outcome, Measured) else None

    @property
    def slimming(self) -> Slimming | None:
        return self.outcome.slimming if isinstance(self.outcome, Judged) else None

    @property
    def buildable(self) -> Buildable | None:
        return self.outcome.rung if isinstance(self.outcome.rung, Buildable) else None

    @property
    def proposal(self) -> Proposal | None:
        return self.outcome.rung if isinstance(self.outcome.rung, Proposal) else None

    @property
    def takes_away(self) -> tuple[Lost, ...]:
        return self.proposal.takes_away if self.proposal else ()

    @property
    def goal(self) -> str:
        """The goal that the rung serves."""
        if isinstance(self.outcome.rung, ToSlim):
            return "smallest"
        return self.proposal.goal if self.proposal else "balanced"


def rows(climb: Climb) -> tuple[Row, ...]:
    """Every outcome of a climb in climbing order, the baseline first."""
    first = _size(climb.baseline)
    made = [Row(climb.baseline, *_fate(climb.baseline), is_baseline=True)]
    before = first
    sizes = {each.rung.name: _size(each) for each in (climb.baseline, *climb.rungs)}
    for outcome in climb.rungs:
        size = _size(outcome)
        slimmed = outcome.slimming if isinstance(outcome, Judged) else None
        made.append(
            Row(
                outcome,
                *_fate(outcome),
                reduction=_saved(sizes.get(slimmed.made_from) if slimmed else before, size),
                cumulative=_saved(first, size),
                recommended=outcome.rung.name == climb.recommended,
            )
        )
        before = before if size is None else size
    return tuple(made)


def difference(verdict: Verdict) -> str:
    """Why a rung that ran is not proved, in one phrase."""
    lost = [d.check for d in verdict.environment if d.fatal]
    parts = []
    if verdict.different:
        parts.append(f"{verdict.different} of {verdict.cases} cases differ")
    if verdict.not_run:
        parts.append(f"{verdict.not_run} of {verdict.cases} cases could not be run")
    if losses := verdict.static.unexplained:
        more = f", and {len(losses) - 1} more" if len(losses) > 1 else ""
        parts.append(f"the image differs: {loss_text(losses[0])}{more}")
    if lost:
        parts.append(f"the environment lost {', '.join(lost)}")
    return "; ".join(parts) or "does not behave as the baseline does"


def loss_text(loss: Loss) -> str:
    """What was lost, and with which instruction or package it came: "/data: owner web became root (RUN chown web)"."""
    said = f"{loss.subject}: {loss.difference}" if loss.difference else loss.subject
    about = [f"{loss.count:,} files"] if loss.count > 1 else []
    about += [f"from {loss.origin}"] if loss.origin else []
    return said + (f" ({', '.join(about)})" if about else "")


def unproved(verdict: Verdict) -> str:
    """Why a rung without a difference is not proved."""
    said = evidence(verdict)
    return f"{MEANING[said.level]}; next: {said.next_step}"


def runtime_base(dockerfile: str, bases: tuple[str, ...]) -> str | None:
    """The image the last stage of a Dockerfile stands on, the last of `bases` where that cannot be told."""
    try:
        return parse(dockerfile).final_base
    except BadDockerfile:
        return bases[-1] if bases else None


def _fate(outcome: Reference | Outcome) -> tuple[Status, str, Base | None]:
    """Status, reason and runtime base."""
    base = _base(outcome)
    match outcome:
        case Reference() | Proved():
            return "proved", "", base
        case Unproved():
            return "unproved", unproved(outcome.verdict), base
        case Different():
            return "different", difference(outcome.verdict), base
        case Failed():
            return "failed", outcome.reason, base
        case Skipped():
            return "skipped", outcome.reason, base


def _base(outcome: Reference | Outcome) -> Base | None:
    if not isinstance(outcome.rung, Buildable):
        return None
    name = runtime_base(outcome.rung.dockerfile, outcome.rung.bases)
    if name is None:
        return None
    known = () if isinstance(outcome, Skipped) else outcome.bases
    for base in known:
        if base.name == name:
            return base
    return Base(name, "the empty image" if name == "scratch" else "")


def _size(outcome: Reference | Outcome) -> int | None:
    return outcome.weight.size_bytes if isinstance(outcome, Measured) else None


def _saved(before: int | None, after: int | None) -> float | None:
    return 1 - after / before if before and after is not None else None
