"""What a case is worth, by what the baseline answers: two sides that fail alike prove nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal

from unladen.language.tests import AT
from unladen.proof.accepts import ASKED_OTHERWISE
from unladen.proof.interface import (
    OWN_TESTS,
    STARTING,
    Answer,
    BatteryProgram,
    Case,
    CommandCase,
    CommandResult,
    Corpus,
    Recording,
    RequestCase,
    Response,
    Worth,
)
from unladen.proof.spelling import known_route

Kind = Literal["counts", "fails", "turned away", "starts"]

CANNOT_RUN = 126
"""Exit codes from here on are a shell's: the program was not found, not executable, or ended by a signal."""
NOT_IMPLEMENTED = 501
TURNED_AWAY = frozenset({401, 403, 405, 407})
NOT_THERE = frozenset({404, 410})
REFUSED = frozenset({400, 411, 413, 415, 422})
"""What is sent is not what the route wants: the program answers for its input alone, not for what it does."""
_PARAMETER = re.compile(r"[{<*]|/:")
_WANTED = (
    re.compile(r"KeyError: ['\"]([A-Z][A-Z0-9_]{2,})['\"]"),
    re.compile(r"(?i:environment variable|env(?:ironment)? var|variable)s? [`'\"$]*([A-Z][A-Z0-9_]{2,})\b"),
    re.compile(
        r"\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)[`'\"]? (?i:is |was |must be |has to be )?"
        r"(?i:not set|unset|required|missing|set\b)"
    ),
)


def kind_of(case: Case, answer: Answer) -> Kind:
    """What the baseline's answer makes of a case. Expected to fail are requests of kind "invalid" with 4xx, and
    commands that are marked so."""
    if fails(case, answer):
        return "fails"
    if case.origin in STARTING:
        return "starts"
    if isinstance(case, RequestCase) and isinstance(answer, Response) and case.kind != "invalid":
        there = case.rpc or _PARAMETER.search(case.route) or answer.status not in NOT_THERE
        if answer.status in TURNED_AWAY or not there:
            return "turned away"
    return "counts"


def fails(case: Case, answer: Answer) -> bool:
    """Whether the baseline fails a case, unexpectedly."""
    match case, answer:
        case RequestCase(when="stopping"), _:
            return False  # to be cut off is what it is asked for
        case RequestCase(), Response(status=status):
            expected = case.kind == "invalid" and status == NOT_IMPLEMENTED
            return bool(answer.error) or (status >= 500 and not expected)
        case CommandCase(), CommandResult(exit_code=code):
            return code != 0 and not (case.expects_failure and code is not None and code < CANNOT_RUN)
    return False


def failure_text(answer: Answer | None) -> str:
    """How it fails: "answers 500", "exit code 1"."""
    match answer:
        case Response(error=error) if error:
            return error
        case Response(status=status):
            return f"answers {answer.code or status}"
        case CommandResult(exit_code=None):
            return "not done in time"
        case CommandResult(exit_code=code):
            return f"exit code {code}"
    return "not run"


def worth(
    equal: Sequence[Case],
    corpus: Corpus,
    baseline: Recording,
    battery: BatteryProgram | None,
    *,
    serves: bool,
) -> Worth:
    """`equal` are the corpus's cases that the rung answers as the baseline does."""
    stands = [(case, kind_of(case, baseline.answers[case.id])) for case in equal]
    kinds = [kind for _, kind in stands]
    counting = [case for case, kind in stands if kind == "counts"]
    return Worth(
        counting=len(counting),
        starting=kinds.count("starts"),
        turned_away=kinds.count("turned away"),
        answered=_answered(
            corpus, _names((each for each in counting if not _refused(each, baseline)), corpus)
        ),
        serves=serves,
        asked=serves and baseline.speaks not in ASKED_OTHERWISE,
        tests=any(_is_run_by_the_image(case) for case in counting),
        wants=_wants(baseline),
        modules=_listed(baseline, battery),
    )


def _refused(case: Case, baseline: Recording) -> bool:
    """An HTTP request. Of a gRPC method, whose messages are sent empty, a refusal is what there is to see."""
    answer = baseline.answers[case.id]
    return isinstance(answer, Response) and not answer.code and answer.status in REFUSED


def _is_run_by_the_image(case: Case) -> bool:
    """Whether it runs the project's own tests by a program of the image: those that were compiled elsewhere bring all
    of their code along, and say little of an image."""
    return (
        isinstance(case, CommandCase) and case.origin == OWN_TESTS and not case.argv[0].startswith(f"{AT}/")
    )


def _names(cases: Iterable[Case], corpus: Corpus) -> set[str]:
    """The routes and commands that the cases are of."""
    found = set[str]()
    for case in cases:
        if isinstance(case, RequestCase):
            found |= {case.route, known_route(case, corpus.coverage.known)}
        else:
            found.add(case.id)
    return found


def _answered(corpus: Corpus, told: set[str]) -> tuple[str, ...]:
    """The asked routes that a case of `told` is of; what no case can be found of stays as it is said."""
    of_cases = _names(corpus.cases, corpus)
    return tuple(route for route in corpus.coverage.asked if route in told or route not in of_cases)


def _wants(baseline: Recording) -> tuple[str, ...]:
    """Variables that are said to be missing, where something failed."""
    failing = (answer for answer in baseline.answers.values() if _failing(answer))
    return tuple(dict.fromkeys(found for text in (*_texts(failing), baseline.log) for found in _wanted(text)))


def _failing(answer: Answer) -> bool:
    return answer.status >= 500 if isinstance(answer, Response) else answer.exit_code != 0


def _texts(answers: Iterable[Answer]) -> Iterable[str]:
    for answer in answers:
        said = answer.body if isinstance(answer, Response) else answer.stderr + b"\n" + answer.stdout
        yield said.decode(errors="replace")


def _wanted(text: str) -> Iterable[str]:
    found = (match[1] for pattern in _WANTED for match in pattern.finditer(text))
    return (name for name in found if not name.startswith("HTTP_"))  # CGI's name of a request's header


def _listed(baseline: Recording, battery: BatteryProgram | None) -> int:
    """How many names the checks hold that list what is installed."""
    values = (baseline.battery.get(check) for check in battery.inventory) if battery else ()
    return sum(len(value) for value in values if isinstance(value, dict | list))
