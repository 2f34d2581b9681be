"""The guide's decision framework, as data: which proved rung to recommend, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import mean, stdev
from typing import Literal

from unladen.climb.interface import Different, Goal, Judged, Outcome, Proved, Reference, Unproved
from unladen.language.interface import Details, Lost, Project
from unladen.language.registry import ecosystems
from unladen.measure.interface import Times
from unladen.proof.level import MEANING, in_words
from unladen.slimming.interface import UNKNOWN

START_TOLERANCE = 1.10
"""A balanced choice may start this much slower than the baseline (the specification's bar)…"""
START_NOISE_S = 0.05
"""…plus what two starts of the same image differ by."""
STUDENT_99 = {2: 31.82, 3: 6.96, 4: 4.54, 5: 3.75, 10: 2.82, 15: 2.62, 20: 2.54}
"""Student's t for a one-sided confidence of 99 %, by the number of measurements; others take 3.75."""
SURE_TURNS, MOST_TURNS = 10, 20
"""A rung is slower only after so many turns; where its turns do not agree, there are at most so many."""
SAME_SIZE = 0.001
"""Sizes and numbers of files that differ by a smaller share are the same: two builds of one Dockerfile do."""
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
    """Chooses among the rungs that proved themselves. `outcomes` are in climbing order, without the baseline. What is
    below the ladder (a slimmed rung) is what no case used: only a goal that asks for it gets it."""
    smaller = [
        o
        for o in outcomes
        if isinstance(o, Judged) and o.weight.size_bytes < baseline.weight.size_bytes * (1 - SAME_SIZE)
    ]
    proved = [o for o in smaller if isinstance(o, Proved) and _is_for(o, goal)]
    if not proved:
        return Decision(None, (_NOTHING, *_nearest(smaller), *_why_nothing(smaller)))
    chosen = _CHOICES[goal](proved)
    return Decision(chosen.rung.name, _reasons(project, baseline, chosen, outcomes, goal))


def _is_for(outcome: Proved, goal: Goal) -> bool:
    """Whether a goal may choose a rung. Below the ladder, what no case used is gone: on thin evidence that is nearly
    everything, and whoever wants the smallest image has to want that."""
    if outcome.slimming is None or goal == "smallest":
        return True
    return goal == "secure" and outcome.evidence.level != "thin"


_NOTHING = "No rung is both smaller than the baseline and proved to behave the same."


def _nearest(smaller: Sequence[Judged]) -> list[str]:
    """The smallest rung that does not behave the same, with what it does otherwise: the user may not mind."""
    different = [each for each in smaller if isinstance(each, Different)]
    if not different:
        return []
    nearest = min(different, key=lambda each: each.weight.size_bytes)
    verdict = nearest.verdict
    said = [f"{each.request}: {each.difference}" for each in verdict.mismatches]
    said += [f"{each.subject}: {each.difference}" for each in verdict.static.unexplained]
    said += [f"{each.check}: {each.meaning}" for each in verdict.environment if each.fatal]
    size = f"{nearest.weight.size_bytes / 1e6:.1f} MB"
    return [f"{nearest.rung.name} would be {size}, but differs. {said[0]}."] if said else []


def _why_nothing(smaller: Sequence[Judged]) -> list[str]:
    reasons = []
    for outcome in smaller:
        name, said = outcome.rung.name, outcome.evidence
        if isinstance(outcome, Unproved):
            reasons.append(f"{name} is not proved: {MEANING[said.level]}. Next: {said.next_step}.")
        elif isinstance(outcome, Proved) and outcome.slimming is not None:
            reasons.append(
                f"{name} is proved (the evidence is {said.level}) but does without what no case used: {_TAKES_IT}."
            )
    return reasons


_TAKES_IT = "--goal smallest takes it"


HARDENING = frozenset({Lost.SHELL, Lost.PACKAGE_MANAGER, Lost.ROOT})
"""The tools of an intruder."""


def hardened(outcome: Judged) -> int:
    """How many of an intruder's tools a rung takes away."""
    return len(HARDENING & set(outcome.rung.takes_away))


def starts_slower(outcome: Judged) -> bool:
    """Whether the rung surely starts slower than a balanced choice may. In the turns in which it and the baseline
    started one after the other, the mean excess over the tolerance is above zero with 99 % confidence; and so is that
    of the fastest starts, since noise only ever adds. All else is a tie."""
    return all(_signs_of_slowness(outcome.times))


def wants_more_turns(times: Times) -> bool:
    """Whether starts have to be measured again before they decide: where anything looks slow, a few turns on a busy
    machine are not enough."""
    signs, turns = _signs_of_slowness(times), len(times.starts_s)
    if not any(signs) or turns >= MOST_TURNS:
        return False
    return turns < SURE_TURNS or not all(signs)


def _signs_of_slowness(times: Times) -> tuple[bool, bool]:
    """Whether the mean excess is surely above zero, and whether the fastest starts differ by more than is tolerated."""
    own, baseline = times.starts_s, times.baseline_starts_s
    if min(len(own), len(baseline)) < 2:
        return False, False
    excess = [one - _tolerated(before) for one, before in zip(own, baseline, strict=True)]
    return _surely_above_zero(excess), min(own) > _tolerated(min(baseline))


def start_against(outcome: Judged) -> Literal["slower", "faster", "alike"]:
    """Its starts against the baseline's, turn by turn: alike where the difference is within the noise."""
    more = [own - before for own, before in _turns(outcome)]
    if len(more) < 2:
        return "alike"
    if _surely_above_zero(more):
        return "slower"
    return "faster" if _surely_above_zero([-each for each in more]) else "alike"


def _turns(outcome: Judged) -> Iterable[tuple[float, float]]:
    return zip(outcome.times.starts_s, outcome.times.baseline_starts_s, strict=True)


def _tolerated(baseline: float) -> float:
    return baseline * START_TOLERANCE + START_NOISE_S


def _surely_above_zero(values: Sequence[float]) -> bool:
    """Whether the confidence interval of the mean lies above zero."""
    return mean(values) > STUDENT_99.get(len(values), 3.75) * stdev(values) / sqrt(len(values))


def _balanced(proved: list[Proved]) -> Proved:
    comfortable = [o for o in proved if o.rung.goal == "balanced" and not starts_slower(o)]
    ladder = (
        comfortable or [o for o in proved if o.rung.goal == "balanced"] or proved
    )  # none is a slimmed one
    chosen = ladder[0]
    for outcome in ladder[1:]:
        saved = 1 - outcome.weight.size_bytes / chosen.weight.size_bytes
        if saved >= WORTH_CLIMBING or (saved >= -SAME_SIZE and hardened(outcome) > hardened(chosen)):
            chosen = outcome
    return chosen


def _smallest(proved: list[Proved]) -> Proved:
    return _least(proved, lambda outcome: outcome.weight.size_bytes)


def _secure(proved: list[Proved]) -> Proved:
    most = max(map(hardened, proved))
    return _least([each for each in proved if hardened(each) == most], lambda outcome: outcome.weight.files)


def _least(proved: list[Proved], measure: Callable[[Proved], int]) -> Proved:
    """The first in climbing order of those that are as good as the least."""
    least = min(map(measure, proved))
    return next(each for each in proved if measure(each) <= least * (1 + SAME_SIZE))


_CHOICES = {"balanced": _balanced, "smallest": _smallest, "secure": _secure}


def _advice(project: Project[Details]) -> str:
    """The row of the guide's framework that the project is in."""
    return ecosystems().advice(project.language, "native" if project.native.value else "light")


def _reasons(
    project: Project[Details], baseline: Reference, chosen: Proved, outcomes: tuple[Outcome, ...], goal: Goal
) -> tuple[str, ...]:
    share, said = chosen.weight.size_bytes / baseline.weight.size_bytes, chosen.evidence
    reasons = [
        f"{1 - share:.1%} smaller than the baseline, and nothing that was compared differs: {in_words(said)}.",
    ]
    if advice := _advice(project):
        reasons.append(f"The guide's advice for this project: {advice}.")
    if chosen.rung.takes_away:
        reasons.append(f"Hardening: it does without {', '.join(chosen.rung.takes_away)}.")
    if starts := chosen.times.baseline_starts_s:
        against = start_against(chosen)
        word = "alike within the noise" if against == "alike" else against
        reasons.append(f"Healthy after {chosen.times.start_s:.2f} s (baseline {min(starts):.2f} s: {word}).")
    reasons.extend(_passed_over(chosen, outcomes, goal))
    if said.level != "strong":
        caution = (
            f"Caution: the proof is {said.level}: {MEANING[said.level]}." if said.level == "thin" else ""
        )
        reasons.append(f"{caution} For a stronger proof: {said.next_step}.".lstrip())
    if said.level == "thin" and chosen.slimming is not None:
        reasons.insert(0, f"On thin evidence: {UNKNOWN}.")
    return tuple(reasons)


def _passed_over(chosen: Proved, outcomes: tuple[Outcome, ...], goal: Goal) -> list[str]:
    """Why the smaller rungs were not taken."""
    notes = []
    for outcome in outcomes:
        if not isinstance(outcome, Judged) or outcome.weight.size_bytes >= chosen.weight.size_bytes:
            continue
        name = outcome.rung.name
        if isinstance(outcome, Unproved):
            notes.append(f"{name} is smaller but not proved: {MEANING['none']}.")
        elif not isinstance(outcome, Proved):
            notes.append(f"{name} is smaller but does not behave the same.")
        elif outcome.rung.goal == "smallest" and goal != "smallest":
            more = [each for each in outcome.rung.takes_away if each not in chosen.rung.takes_away]
            notes.append(f"{name} is smaller but also takes away {', '.join(more)}: {_TAKES_IT}.")
        elif starts_slower(outcome):
            notes.append(f"{name} is smaller but starts slower ({outcome.times.start_s:.2f} s).")
    return notes
