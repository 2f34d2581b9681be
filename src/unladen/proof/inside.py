"""Programs of an image that are run inside its running container: a client of the server's own, a reload."""

from __future__ import annotations

from collections.abc import Sequence

from unladen.engine.interface import Container
from unladen.errors import EngineFailed
from unladen.proof.command import NOT_FOUND, REFUSED_TO_EXECUTE
from unladen.proof.interface import CommandCase, CommandResult, Corpus, Inside

ENDED = b"the program has ended\n"


def cases_inside(corpus: Corpus, when: Inside) -> list[CommandCase]:
    return [case for case in corpus.cases if isinstance(case, CommandCase) and case.inside == when]


def run_inside(
    container: Container, cases: Sequence[CommandCase], timeout: float
) -> dict[str, CommandResult]:
    """The results by case id, one after the other: each may see what the one before did. `timeout` is in seconds, for
    each. Raises EngineFailed."""
    return {case.id: _run(container, case, timeout) for case in cases}


def _run(container: Container, case: CommandCase, timeout: float) -> CommandResult:
    try:
        done = container.exec(case.argv, stdin=case.stdin, timeout=timeout)
    except EngineFailed:
        if container.running():
            raise
        return CommandResult(None, b"", ENDED)
    if done.exit_code and REFUSED_TO_EXECUTE.encode() in done.stdout + done.stderr:
        return CommandResult(
            NOT_FOUND, b"", f"cannot run {case.argv[0]}: there is no such program\n".encode()
        )
    return CommandResult(done.exit_code, done.stdout, done.stderr)
