"""A program without a port: its help, its commands' help, wrong arguments, standard input, examples of the README."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unladen.engine.contents import first_there
from unladen.engine.interface import Engine
from unladen.errors import EngineFailed, NotHealthy
from unladen.image.settings import Settings
from unladen.language.registry import ecosystems
from unladen.proof.command import Argv, Invocation, invocation, run_command
from unladen.proof.interface import NO_CASES, CommandCase, CommandResult, Corpus, Coverage
from unladen.proof.sources import prose
from unladen.proof.sources.helptext import commands, is_help
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.readme import documents
from unladen.proof.sources.repository import read

PROBE = 10.0
"""Seconds that the baseline has for a run that only looks whether there is anything to compare."""
EXAMPLES = 20
ENGINES = ("docker", "podman")
HELP: tuple[Argv, ...] = (("--help",), ("-h",), ("help",))
WRONG: tuple[Argv, ...] = (
    ("--unladen-no-such-option",),
    ("unladen-no-such-command",),
    ("/unladen/no-such-file",),
)
LINE, JSON = "Hello, world: grüße.\n".encode(), b'{"a": [1, 2.5, null]}\n'
ID_LENGTH = 80
_FOR_READERS = re.compile(r"[$`*<>\[\]{}]|\.\.\.|…")
"""What an example's words have that a shell or the reader replaces."""


@dataclass(frozen=True)
class Example:
    """A run that a document shows."""

    argv: Argv
    origin: str


@dataclass(frozen=True)
class _Tool:
    """The baseline's program at hand."""

    around: Surroundings
    engine: Engine
    call: Invocation

    def case(self, argv: Argv, origin: str, stdin: bytes = b"", what: str = "") -> CommandCase:
        text = shlex.join((self.call.name, *argv)) + (f" < {what}" if what else "")
        short = text if len(text) <= ID_LENGTH else f"{text[: ID_LENGTH - 1]}…"
        return CommandCase(short, argv, stdin, origin=origin, instead_of=self.call.given)

    def result(self, case: CommandCase) -> CommandResult | None:
        """What the baseline does; None where it does not end in time."""
        program = replace(self.around.program, command_timeout=PROBE)
        result = run_command(self.engine, self.around.facts, program, replace(case, files=None))
        return None if result.exit_code is None else result


def called(around: Surroundings) -> Corpus:
    """Cases of the program that the baseline's image starts. None where it runs until it is stopped. One that does its
    work whatever it is told has no help: it is run as its image starts it, and no more."""
    call = invocation(around.facts)
    if around.program.runs_on or around.engine is None or call is None:
        return NO_CASES
    tool = _Tool(around, around.engine, call)
    try:
        return _called(tool)
    except (EngineFailed, NotHealthy) as error:
        return Corpus((), Coverage(note=f"the program's help was not read: {error}"))


def with_own(around: Surroundings, cases: Sequence[CommandCase]) -> tuple[CommandCase, ...]:
    """The commands that a user describes. Where the image has a command and no entry point, one whose first word is a
    program in the image is that program's, as `docker run IMAGE redis-cli --version` has it, unless the image's own
    program has a command of that name."""
    facts = around.facts
    if facts.entrypoint or not facts.cmd:
        return tuple(cases)
    named = {case.argv[0] for case in cases if case.argv and not case.own and not case.inside}
    there = {name for name in sorted(named) if not name.startswith("-") and is_program(around, name)}
    own = there - _own_commands(around) if there else there
    return tuple(replace(case, own=True) if case.argv[:1] and case.argv[0] in own else case for case in cases)


def is_program(around: Surroundings, name: str) -> bool:
    """Whether the baseline's image has a program of that name."""
    if around.scene is not None:
        return bool(around.scene.program(name))
    if around.engine is None:
        return False
    folders = Settings(env=around.facts.env).search_path
    tried = [name] if name.startswith("/") else [f"{folder}/{name}" for folder in folders if "/" not in name]
    return bool(first_there(around.engine, around.facts.id, tried))


def _own_commands(around: Surroundings) -> set[str]:
    """The commands that the help of the image's program lists. A server's is not asked for."""
    call = invocation(around.facts)
    if around.program.runs_on or around.engine is None or call is None:
        return set()
    found = _asked_for_help(_Tool(around, around.engine, call))
    return set(commands(found[1])) if found else set()


def _called(tool: _Tool) -> Corpus:
    asked = _asked_for_help(tool)
    shown, failing = _examples(tool)
    if asked is None:
        return _corpus(tool, shown, (), failing)
    argv, text = asked
    names = commands(text)
    cases = [
        tool.case(argv, "its help"),
        *_commands_help(tool, names, argv),
        *_versions(tool, names),
        *_inputs(tool),
    ]
    return _corpus(tool, [*cases, *_wrong(tool), *shown], names, failing)


def _corpus(tool: _Tool, cases: list[CommandCase], names: Argv, failing: int) -> Corpus:
    """A command counts as asked for where an example or a described command does its work: its help does not."""
    once = {(case.argv, case.stdin): case for case in reversed(cases)}
    own = [case.argv for case in (*cases, *tool.around.plan.commands) if "help" not in case.origin]
    known = {name: f"{tool.call.name} {name}" for name in names}
    asked = [text for name, text in known.items() if any(name in argv[:1] for argv in own)]
    note = f"{len(once)} runs of {tool.call.name}" if once else ""
    note += f", {len(names)} commands in its help" if names else ""
    if failing:
        note += f"{', ' if note else ''}{failing} of the documents' examples left out (they fail here)"
    found = tuple(reversed(once.values()))
    return Corpus(found, Coverage(tuple(known.values()), tuple(asked), note, interface=bool(names)))


def _asked_for_help(tool: _Tool) -> tuple[Argv, str] | None:
    """The arguments that show its help, and the text."""
    for argv in HELP:
        result = tool.result(tool.case(argv, "its help"))
        if result is None:  # it works on, whatever it is told
            return None
        text = (result.stdout + b"\n" + result.stderr).decode(errors="replace")
        if is_help(text) and result.exit_code == 0:
            return argv, text
    return None


def _commands_help(tool: _Tool, names: Argv, asked: Argv) -> list[CommandCase]:
    """Each command's help, in the way in which the first one gives it."""
    ways: list[tuple[Argv, Argv]] = [((), asked), (("help",), ())]
    if asked == ("help",):
        ways = [(("help",), ())]
    for before, after in ways if names else ():
        result = tool.result(tool.case((*before, names[0], *after), ""))
        if result and result.exit_code == 0:
            return [tool.case((*before, name, *after), "its commands' help") for name in names]
    return []


def _versions(tool: _Tool, names: Argv) -> Iterator[CommandCase]:
    for argv in (("--version",), ("version",)):
        case = tool.case(argv, "its version")
        if (
            (argv[0].startswith("-") or argv[0] in names)
            and (result := tool.result(case))
            and result.exit_code == 0
        ):
            yield case


def _inputs(tool: _Tool) -> Iterator[CommandCase]:
    """A run without arguments, and with standard input where that makes a difference."""
    bare = tool.case((), "image")
    nothing = tool.result(bare)
    if nothing is None:
        return
    yield _expecting(bare, nothing)
    line = tool.case((), "standard input", LINE, "a line of text")
    result = tool.result(line)
    if result and result != nothing:
        yield _expecting(line, result)
        yield replace(_expecting(line, result), id=tool.case((), "", JSON, "JSON").id, stdin=JSON)


def _expecting(case: CommandCase, result: CommandResult) -> CommandCase:
    """A program that shows its usage and fails does as it should."""
    usage = is_help((result.stderr + b"\n" + result.stdout).decode(errors="replace"))
    return replace(case, expects_failure=result.exit_code != 0 and usage)


def _wrong(tool: _Tool) -> Iterator[CommandCase]:
    for argv in WRONG:
        case = replace(tool.case(argv, "wrong arguments"), expects_failure=True)
        if tool.result(case):
            yield case


def _examples(tool: _Tool) -> tuple[list[CommandCase], int]:
    """The examples that the baseline runs well, and how many it does not: of files, terminals and networks that are
    not there nothing is learned."""
    root = tool.around.root
    behind = bool(tool.around.facts.entrypoint)
    examples = list(dict.fromkeys(written_examples(root, tool.call, behind)))[:EXAMPLES] if root else []
    cases = [tool.case(each.argv, each.origin) for each in examples]
    good = [case for case in cases if (result := tool.result(case)) and result.exit_code == 0]
    return good, len(cases) - len(good)


def written_examples(root: Path, call: Invocation, behind: bool) -> Iterator[Example]:
    """The runs of the program that the documents show, each with its arguments, once. `behind`: what stands behind the
    image's name in `docker run` are arguments of the image's entry point."""
    seen: set[Argv] = set()
    stem = call.name.partition(".")[0]
    called = {call.name, stem, stem.replace("_", "-"), root.resolve().name}
    runners = (
        {name for one in ecosystems().each for name in one.interpreters} if len(call.words) > 1 else set()
    )
    for name, path in documents(root):
        for line, command in prose.commands(read(path), sorted({*called, *runners, *ENGINES}), prose=False):
            argv = _arguments(_in_container(command.words, called, behind), call, called)
            plain = not command.redirects and argv is not None and not any(map(_FOR_READERS.search, argv))
            if argv and plain and argv not in seen:
                seen.add(argv)
                yield Example(argv, f"{name}:{line}")


def _in_container(words: Argv, called: set[str], behind: bool) -> Argv:
    """What `docker run --rm IMAGE …` runs, where the image is called like the program."""
    if words[0] not in ENGINES or words[1:2] != ("run",):
        return words
    names = [word.rpartition("/")[2].partition(":")[0] for word in words]
    at = next((at for at, name in enumerate(names) if at > 1 and name in called), None)
    if at is None:
        return words
    return (names[at], *words[at + 1 :]) if behind else words[at + 1 :] or words


def _arguments(words: Argv, call: Invocation, called: set[str]) -> Argv | None:
    """What stands behind the program's name, or behind the words that run it."""
    count = len(call.words)
    rest: Argv | None = None
    if words[0].rpartition("/")[2] in called:
        rest = words[1:]
    elif 1 < count <= len(words) and words[1 : count - 1] == call.words[1:-1]:
        rest = words[count:] if words[count - 1].rpartition("/")[2] in called else None
    if rest is None or rest[: len(call.fixed)] != call.fixed:
        return None
    return rest[len(call.fixed) :]
