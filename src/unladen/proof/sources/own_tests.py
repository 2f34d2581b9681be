"""The project's own tests: those that pass in the baseline's image, without a network, must pass in every rung's."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from unladen.engine.interface import Engine
from unladen.errors import EngineFailed, NotHealthy
from unladen.language.tests import Tests, Untested
from unladen.proof.command import run_command
from unladen.proof.interface import NO_CASES, OWN_TESTS, CommandCase, CommandResult, Corpus, Coverage
from unladen.proof.sources.interface import Surroundings

SECONDS = 60.0
"""For all tests of a project, in one container."""


def tested(around: Surroundings) -> Corpus:
    """One case that runs all of them. What fails, is skipped or hangs in the baseline is no evidence, and counted; so
    is what passes only once."""
    match around.tests:
        case Untested(why):
            return _nothing(why)
        case Tests() as tests if around.engine is not None:
            case = CommandCase(
                OWN_TESTS,
                tests.argv,
                files=None,
                origin=OWN_TESTS,
                own=True,
                copies=tests.copies,
                apart=True,
                sums=tests.is_command,
            )
            return (
                _by_command(around, around.engine, case)
                if tests.is_command
                else _each(around, around.engine, case)
            )
    return NO_CASES


def _by_command(around: Surroundings, engine: Engine, case: CommandCase) -> Corpus:
    """Its exit code is all that there is, where its output names no test."""
    shown, passed = shlex.join(case.argv), 0
    for _ in range(2):
        result = _run(around, engine, case)
        if isinstance(result, str):
            return _nothing(f"{shown}: {result}")
        if result.exit_code != 0:
            how = _how_it_fails(result)
            return _nothing(f"{shown} {how} in the baseline, and failing alike is no evidence")
        passed = len(_passed(outcomes_of(result)[0]))
    return Corpus(
        (case,), Coverage(note=f"{OWN_TESTS} by {shown}" + (f": {passed} passed" if passed else ""))
    )


def _each(around: Surroundings, engine: Engine, case: CommandCase) -> Corpus:
    outcomes, why = _outcomes(around, engine, case)
    counts = Counter(outcome for outcome in outcomes.values() if outcome != "passed")
    passed = _passed(outcomes)
    if passed:
        again = _passed(_outcomes(around, engine, _wanting(case, passed))[0])
        counts["passed once"] = len(passed) - len(again)
        passed = again
    told = [f"{count} {outcome} in the baseline" for outcome, count in sorted(counts.items()) if count]
    if not passed:
        return _nothing(why or ", ".join(told) or "none was found")
    rest = f" ({', '.join(told)}: no evidence)" if told else ""
    note = f"{len(passed)} of {OWN_TESTS}{rest}" + (f"; {why}" if why else "")
    return Corpus((_wanting(case, passed),), Coverage(note=note))


def _wanting(case: CommandCase, names: list[str]) -> CommandCase:
    return replace(case, stdin=json.dumps(names).encode())


def _passed(outcomes: Mapping[str, str]) -> list[str]:
    return sorted(name for name, outcome in outcomes.items() if outcome == "passed")


def _outcomes(around: Surroundings, engine: Engine, case: CommandCase) -> tuple[Mapping[str, str], str]:
    result = _run(around, engine, case)
    return ({}, result) if isinstance(result, str) else outcomes_of(result)


def _run(around: Surroundings, engine: Engine, case: CommandCase) -> CommandResult | str:
    """Or why it could not be run."""
    try:
        return run_command(engine, around.facts, replace(around.program, command_timeout=SECONDS), case)
    except (EngineFailed, NotHealthy) as error:
        return str(error)


def _nothing(why: str) -> Corpus:
    return Corpus((), Coverage(note=f"{OWN_TESTS} say nothing: {why}"))


def outcomes_of(result: CommandResult) -> tuple[Mapping[str, str], str]:
    """Each test's outcome, and why there are none, or not all."""
    if result.exit_code is None:
        return {}, f"they {_how_it_fails(result)}"
    try:
        told = json.loads(result.stdout)
        outcomes = {str(name): str(outcome) for name, outcome in told["tests"].items()}
        return outcomes, str(told.get("note") or "")
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}, f"they cannot be run here ({_last(result) or f'exit code {result.exit_code}'})"


def _how_it_fails(result: CommandResult) -> str:
    if result.exit_code is None:
        return f"did not end within {SECONDS:g} s"
    said = _last(result)
    return f"ends with exit code {result.exit_code}" + (f" ({said})" if said else "")


def _last(result: CommandResult) -> str:
    said = (result.stderr or result.stdout).decode(errors="replace").strip().splitlines()
    return said[-1][:200] if said else ""
