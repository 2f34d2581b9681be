"""A corpus from a list of commands, one a line: what production runs in the container beside its program."""

from __future__ import annotations

import re
import shlex

from unladen.errors import BadConfig
from unladen.proof.corpus import combined
from unladen.proof.interface import CommandCase, Corpus, Coverage

_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.""")
_COMMENT = re.compile(r"(?:^|\s)#")
_OPERATOR = re.compile(r"[|&;<>()`]+")
_EXPANDED = re.compile(r"`|\$[\w({]\w*")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
ID_LENGTH = 60


def corpus_from_commands(text: str, file: str) -> Corpus:
    """Each line's command as a case of its own: a program with its arguments, run instead of the image's own, in a
    container of its own. Lines hold shell words; empty ones and what stands behind # are comments.

    Raises BadConfig, naming the file and the line: no shell runs them, so what only a shell understands is
    refused instead of handed on as a word.
    """
    commands: dict[tuple[str, ...], None] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if argv := _words(line.rstrip("\r"), file, number):
            commands.setdefault(argv)
    if not commands:
        raise BadConfig(
            f"cannot learn from {file}: there is no command in it",
            hint="Write one command a line, such as: python -m pytest -q tests",
        )
    cases = [CommandCase(id=_id(argv), argv=argv, origin="commands", own=True) for argv in commands]
    corpus = combined(Corpus(tuple(cases)))
    names = tuple(case.id for case in corpus.cases)
    note = f"{len(names)} command{'' if len(names) == 1 else 's'} from {file}"
    return Corpus(corpus.cases, Coverage(names, names, note))


def _id(argv: tuple[str, ...]) -> str:
    text = " ".join(shlex.join(argv).split())
    return text if len(text) <= ID_LENGTH else text[: ID_LENGTH - 1] + "…"


def _words(line: str, file: str, number: int) -> tuple[str, ...]:
    bare = _QUOTED.sub(_blank, line)
    if comment := _COMMENT.search(bare):
        line, bare = line[: comment.start()], bare[: comment.start()]
    try:
        words = tuple(shlex.split(line))
    except ValueError as error:
        raise BadConfig(
            f"cannot read {file}: line {number}: {str(error).lower()}: {line.strip()}",
            hint="A command is one line; quotes are closed, and a backslash stands before a character.",
        ) from error
    shell = _OPERATOR.search(bare) or _EXPANDED.search(_QUOTED.sub(_blank_literal, line))
    if shell or (words and _ASSIGNED.match(words[0])):
        what = shell[0] if shell else words[0]
        raise BadConfig(
            f"cannot run {file}: line {number}: {what} is for a shell, and commands run without one",
            hint="Quote what is meant literally; write `env NAME=value command` to set a variable, and "
            "`sh -c '…'` for the rest, where the image has a shell.",
        )
    return words


def _blank(quoted: re.Match[str]) -> str:
    return "x" * len(quoted[0])


def _blank_literal(quoted: re.Match[str]) -> str:
    """A shell looks for $ in double quotes, too (and where a backslash hides it, shlex keeps the backslash)."""
    return quoted[0] if quoted[0].startswith('"') else _blank(quoted)
