"""The guide's decision framework, as data: which proved rung to recommend, and why."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev

from unladen.climb.interface import Goal, Judged, Outcome, Proved, Reference
from unladen.language.interface import Details, Lost, Project
from unladen.language.registry import ecosystems

START_TOLERANCE = 1.10
"""A balanced choice may start this much slower than the baseline (the specification's bar)…"""
START_NOISE_S = 0.05
"""…plus what two starts of the same image differ by."""
STUDENT_95 = {2: 6.31, 3: 2.92, 4: 2.35, 5: 2.13}
"""Student's t for a one-sided confidence of 95 %, by the number of measurements; for more of them the last will do."""
WORTH_CLIMBING = 0.05
"""A rung that saves less than this share of the one below, and adds no hardening, is not worth its price."""


@dataclass(frozen=True)
class Decision:
    """`recommended` is a rung's name, or None where no rung is better than the baseline."""

    recommended: str | None
    reasons: tuple[str, ...]


def decide(
    project: Project[Details], baseline: Reference, outcomes: tuple[Outcome, ...], goal: Goal
) -> Decision:
    """Chooses among the rungs that proved themselves. `outcomes` are in climbing order, without the baseline."""
    proved = [
        o for o in outcomes if isinstance(o, Proved) and o.weight.size_bytes < baseline.weight.size_bytes
    ]
    if not proved:
        return Decision(None, ("No rung is both smaller than the baseline and proved to behave the same.",))
    chosen = _CHOICES[goal](proved)
    return Decision(chosen.rung.name, _reasons(project, baseline, chosen, outcomes, goal))


HARDENING = frozenset({Lost.SHELL, Lost.PACKAGE_MANAGER, Lost.ROOT})
"""The tools of an intruder."""


def hardened(outcome: Judged) -> int:
    """How many of an intruder's tools a rung takes away."""
    return len(HARDENING & set(outcome.rung.takes_away))


def starts_slower(outcome: Judged) -> bool:
    """Whether the rung surely starts slower than a balanced choice may: in the turns in which it and the baseline
    started one after the other, the mean excess over the tolerance is above zero with 95 % confidence."""
    turns = zip(outcome.times.starts_s, outcome.times.baseline_starts_s, strict=True)
    excess = [own - (before * START_TOLERANCE + START_NOISE_S) for own, before in turns]
    if len(excess) < 2:
        return False
    return mean(excess) > STUDENT_95.get(len(excess), 2.13) * stdev(excess) / sqrt(len(excess))


def _balanced(proved: list[Proved]) -> Proved:
    comfortable = [o for o in proved if o.rung.goal == "balanced" and not starts_slower(o)]
    ladder = comfortable or [o for o in proved if o.rung.goal == "balanced"] or proved
    chosen = ladder[0]
    for outcome in ladder[1:]:
        saved = 1 - outcome.weight.size_bytes / chosen.weight.size_bytes
        if saved >= WORTH_CLIMBING or (saved >= 0 and hardened(outcome) > hardened(chosen)):
            chosen = outcome
    return chosen


def _smallest(proved: list[Proved]) -> Proved:
    return min(proved, key=lambda outcome: outcome.weight.size_bytes)


def _secure(proved: list[Proved]) -> Proved:
    return min(proved, key=lambda outcome: (-hardened(outcome), outcome.weight.files))


_CHOICES = {"balanced": _balanced, "smallest": _smallest, "secure": _secure}


def _advice(project: Project[Details]) -> str:
    """The row of the guide's framework that the project is in."""
    return ecosystems().advice(project.language, "native" if project.native.value else "light")


def _reasons(
    project: Project[Details], baseline: Reference, chosen: Proved, outcomes: tuple[Outcome, ...], goal: Goal
) -> tuple[str, ...]:
    verdict, share = chosen.verdict, chosen.weight.size_bytes / baseline.weight.size_bytes
    reasons = [
        f"{1 - share:.1%} smaller than the baseline, and all {verdict.cases} cases answered the same.",
    ]
    if advice := _advice(project):
        reasons.append(f"The guide's advice for this project: {advice}.")
    if chosen.rung.takes_away:
        reasons.append(f"Hardening: it does without {', '.join(chosen.rung.takes_away)}.")
    if starts := chosen.times.baseline_starts_s:
        reasons.append(f"Healthy after {chosen.times.start_s:.2f} s (baseline {min(starts):.2f} s).")
    reasons.extend(_passed_over(chosen, outcomes, goal))
    if not verdict.coverage.known:
        reasons.append(
            "Caution: no interface was found, so the proof rests on little; describe requests or commands"
            " in unladen.toml ([[verify.request]], [[verify.command]])."
        )
    return tuple(reasons)


def _passed_over(chosen: Proved, outcomes: tuple[Outcome, ...], goal: Goal) -> list[str]:
    """Why the smaller rungs were not taken."""
    notes = []
    for outcome in outcomes:
        if not isinstance(outcome, Judged) or outcome.weight.size_bytes >= chosen.weight.size_bytes:
            continue
        name = outcome.rung.name
        if not isinstance(outcome, Proved):
            notes.append(f"{name} is smaller but does not behave the same.")
        elif outcome.rung.goal == "smallest" and goal != "smallest":
            more = [each for each in outcome.rung.takes_away if each not in chosen.rung.takes_away]
            notes.append(
                f"{name} is smaller but also takes away {', '.join(more)}: --goal smallest takes it."
            )
        elif starts_slower(outcome):
            notes.append(f"{name} is smaller but starts slower ({outcome.times.start_s:.2f} s).")
    return notes
