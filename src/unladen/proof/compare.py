"""Does a rung behave as the baseline does? Recordings in, a verdict out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unladen.proof.causes import guess_cause
from unladen.proof.environment import environment_differences
from unladen.proof.interface import (
    Answer,
    BatteryDifference,
    BatteryProgram,
    Case,
    CaseState,
    CommandResult,
    Corpus,
    Mismatch,
    Recording,
    RequestCase,
    Response,
    Verdict,
)
from unladen.proof.masks import Volatility, volatility
from unladen.proof.observe import Key, Seen, mask_numbers, observe
from unladen.proof.restarts import stops_better
from unladen.proof.show import answer_text, case_text, clipped, key_text, pair_text
from unladen.proof.worth import fails, failure_text, worth
from unladen.proof.writes import Unwritten, unwritten

__all__ = ["Volatility", "compare", "volatility"]

KILLED = 137
BY_SIGNAL = 143
ABSENT = "absent"
OWN = ("stop", "stderr", "files")
"""The cases that a program with a port has beside its corpus; the last where it writes less than the baseline."""
FAILS_ONLY_THERE = "the baseline fails here, and the rung does not"


@dataclass(frozen=True)
class _Judged:
    state: CaseState
    mismatch: Mismatch | None = None
    note: str = ""
    wavers: bool = False
    """The baseline answers with one status or another: that proves nothing of it."""


def compare(
    baseline: Recording,
    rung: Recording,
    volatile: Volatility,
    corpus: Corpus,
    battery: BatteryProgram | None = None,
) -> Verdict:
    """Judges every case of the corpus, how the program stopped, what it complained of, and the environment.

    A program with a port has two cases more than its corpus: "stop" and "stderr".
    """
    asked = [_judge(case, baseline, rung, volatile) for case in corpus.cases]
    judged = list(asked)
    serves = (
        any(isinstance(case, RequestCase) for case in corpus.cases) or baseline.stop_exit_code is not None
    )
    if serves:
        judged += [_judge_stop(baseline, rung, volatile), _judge_stderr(rung, volatile)]
        if lost := unwritten(baseline.files, rung.files, volatile.files):
            judged.append(_judge_files(lost, rung))
    equal = [
        case
        for case, result in zip(corpus.cases, asked, strict=True)
        if result.state in ("same", "volatile") and not result.wavers
    ]
    environment: tuple[BatteryDifference, ...] = ()
    checks = 0
    if battery is not None:
        environment, checks = environment_differences(baseline, rung, battery, volatile.battery)
    states = [result.state for result in judged]
    return Verdict(
        cases=len(judged),
        same=states.count("same"),
        volatile=states.count("volatile"),
        different=states.count("different"),
        not_run=states.count("not run"),
        mismatches=_telling_first([result.mismatch for result in judged if result.mismatch]),
        environment=environment,
        environment_checks=checks,
        coverage=corpus.coverage,
        warnings=(*baseline_warnings(baseline, corpus), *(result.note for result in judged if result.note)),
        failed_alike=tuple(
            f"{case_text(case)} ({failure_text(baseline.answers.get(case.id))})"
            for case, result in zip(corpus.cases, asked, strict=True)
            if result.state == "failed alike" and not _again(case)
        ),
        states=dict(
            zip((*(case.id for case in corpus.cases), *OWN[: len(judged) - len(asked)]), states, strict=True)
        ),
        worth=worth(equal, corpus, baseline, battery, serves=serves),
    )


def _again(case: Case) -> bool:
    return isinstance(case, RequestCase) and case.when == "restarted"


def _telling_first(mismatches: list[Mismatch]) -> tuple[Mismatch, ...]:
    """One of each kind of difference before those that only repeat it."""
    kinds = {(m.difference, m.cause): m for m in reversed(mismatches)}
    first = [m for m in mismatches if kinds[m.difference, m.cause] is m]
    return (*first, *(m for m in mismatches if kinds[m.difference, m.cause] is not m))


def baseline_warnings(baseline: Recording, corpus: Corpus) -> tuple[str, ...]:
    """What weakens the proof from the start: good requests that the baseline itself fails, and its errors."""
    failed: dict[tuple[str, str], str] = {}
    for case in corpus.cases:
        answer = baseline.answers.get(case.id)
        if answer is not None and fails(case, answer):
            kind = case.route if isinstance(case, RequestCase) else case.id
            failed.setdefault((failure_text(answer), kind), case_text(case))
    lines = [
        f"the baseline itself fails {clipped(text, 80)} ({how}): that the rung fails alike proves nothing"
        for (how, _), text in failed.items()
    ]
    lines += [f"the baseline: {warning}" for warning in baseline.warnings]
    if baseline.battery_error:
        lines.append(f"the environment was not compared: {clipped(baseline.battery_error)}")
    if baseline.tracebacks:
        lines.append(f"the baseline itself logs errors: {clipped('; '.join(baseline.tracebacks))}")
    return tuple(lines)


def _judge(case: Case, baseline: Recording, rung: Recording, volatile: Volatility) -> _Judged:
    before, after = baseline.answers.get(case.id), rung.answers.get(case.id)
    if before is None or after is None:
        return _Judged("not run")
    if isinstance(case, RequestCase) and case.when == "stopping":
        return _judge_in_flight(case, baseline, rung, volatile)
    if volatile.status(case):
        return _Judged("volatile", wavers=True)
    failing = fails(case, before)
    differences, forgiven = _differences(case, observe(before), observe(after), volatile)
    if not differences:
        return _Judged("failed alike" if failing else "volatile" if forgiven else "same")
    if failing and not fails(case, after):
        cause = FAILS_ONLY_THERE
    else:
        cause = guess_cause(_whole_text(after), rung.log.splitlines(), baseline.log.splitlines())
    mismatch = Mismatch(
        case=case.id,
        request=case_text(case),
        baseline=answer_text(before),
        rung=answer_text(after),
        difference=_in_words(differences),
        cause=cause,
    )
    return _Judged("different", mismatch)


_Difference = tuple[Key, object, object]


def _differences(
    case: Case, before: Mapping[Key, Seen], after: Mapping[Key, Seen], volatile: Volatility
) -> tuple[list[_Difference], bool]:
    """What differs and counts (below a difference no other), and whether a difference was forgiven."""
    found: list[_Difference] = []
    forgiven = False
    for key in [*before, *(key for key in after if key not in before)]:
        one, other = before.get(key), after.get(key)
        if (one and one.exact) == (other and other.exact) and one and other:
            continue
        mask = volatile.mask(case, key)
        if mask == "any" or (one and other and _same_kind(one, other, masked=mask == "relaxed")):
            forgiven = True
        elif not any(key[: len(known)] == known for known, _, _ in found):
            found.append((key, one.exact if one else ABSENT, other.exact if other else ABSENT))
            if key in (("status",), ("exit code",)):
                break  # another answer altogether
    return found, forgiven


def _same_kind(one: Seen, other: Seen, *, masked: bool) -> bool:
    return (masked or one.fickle) and one.relaxed == other.relaxed


def _in_words(differences: list[_Difference]) -> str:
    key, before, after = differences[0]
    more = f" (and {len(differences) - 1} more)" if len(differences) > 1 else ""
    shown_before, shown_after = pair_text(before, after)
    return f"{key_text(key)}: {shown_before} became {shown_after}{more}"


def _whole_text(answer: Answer) -> str:
    if isinstance(answer, CommandResult):
        return (answer.stderr + b"\n" + answer.stdout).decode(errors="replace")
    return answer.error if not answer.status else answer.body.decode(errors="replace")


# How it stopped, and what it complained of


def _judge_stop(baseline: Recording, rung: Recording, volatile: Volatility) -> _Judged:
    before, after = baseline.stop_exit_code, rung.stop_exit_code
    if volatile.stop:
        return _Judged("volatile")
    if before == after:
        return _Judged("same")
    if _stop_rank(after) < _stop_rank(before):
        return _Judged(
            "same", note=f"stops better than the baseline: {_stop_text(after)}, not {_stop_text(before)}"
        )
    mismatch = Mismatch(
        case="stop",
        request="stop signal",
        baseline=f"{_stop_text(before)} after {baseline.stop_seconds:.1f} s",
        rung=f"{_stop_text(after)} after {rung.stop_seconds:.1f} s",
        difference=f"{_stop_text(before)} became {_stop_text(after)}",
        cause=_stop_cause(after),
    )
    return _Judged("different", mismatch)


def _stop_rank(code: int | None) -> int:
    """From a clean exit over an end by the signal itself and an error to having to be killed."""
    return {0: 0, BY_SIGNAL: 1, KILLED: 3, None: 3}.get(code, 2)


def _stop_text(code: int | None) -> str:
    match code:
        case None | 137:
            return "had to be killed"
        case 143:
            return "ended by the signal (exit code 143)"
        case _:
            return f"exit code {code}"


def _stop_cause(code: int | None) -> str:
    if code in (None, KILLED):
        return "the signal does not reach the program, or process 1 ignores it"
    return "the program does not handle the signal here" if code == BY_SIGNAL else ""


def _judge_in_flight(
    case: RequestCase, baseline: Recording, rung: Recording, volatile: Volatility
) -> _Judged:
    """A request that is answered where the baseline cuts it off is no loss; so is a better exit code."""
    before, after = baseline.answers[case.id], rung.answers[case.id]
    assert isinstance(before, Response) and isinstance(after, Response)
    codes = baseline.in_flight_exit_code, rung.in_flight_exit_code
    if volatile.status(case) or volatile.in_flight:
        return _Judged("volatile", wavers=True)
    if before.status == after.status and codes[0] == codes[1]:
        return _Judged("same")
    if stops_better(before, after) or (
        before.status == after.status and _stop_rank(codes[1]) < _stop_rank(codes[0])
    ):
        return _Judged("same", note="stops better than the baseline amid a request")
    one, other = (
        f"{answer_text(answer)}, {_stop_text(code)}"
        for answer, code in zip((before, after), codes, strict=True)
    )
    return _Judged("different", Mismatch(case.id, case_text(case), one, other, f"{one} became {other}"))


def _judge_files(lost: tuple[Unwritten, ...], rung: Recording) -> _Judged:
    first = lost[0]
    more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
    mismatch = Mismatch(
        case="files",
        request="files that the program writes",
        baseline=clipped(first.baseline),
        rung=clipped(first.rung),
        difference=f"file {first.path}: {clipped(first.baseline, 80)} became {clipped(first.rung, 80)}{more}",
        cause=guess_cause("", rung.log.splitlines()),
    )
    return _Judged("different", mismatch)


def _judge_stderr(rung: Recording, volatile: Volatility) -> _Judged:
    new = [line for line in rung.tracebacks if mask_numbers(line) not in volatile.tracebacks]
    if not new:
        return _Judged("same")
    mismatch = Mismatch(
        case="stderr",
        request="the whole run",
        baseline="no such error logged",
        rung=clipped("; ".join(new)),
        difference=f"logs {len(new)} kind{'s' * (len(new) > 1)} of error that the baseline does not",
        cause=guess_cause("\n".join(new), ()),
    )
    return _Judged("different", mismatch)
