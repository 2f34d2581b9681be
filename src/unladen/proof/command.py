"""One run of an image's program, or of another one of the image's, in a container of its own."""

from __future__ import annotations

import posixpath
import re
import shlex
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from unladen import temporary
from unladen.engine.interface import Container, Engine, ImageFacts, RunRequest
from unladen.errors import EngineFailed, Interrupted, NotHealthy
from unladen.image.settings import SHELL_FORM, without_a_shell
from unladen.language.registry import ecosystems
from unladen.proof.files import written
from unladen.proof.interface import CommandCase, CommandResult, Program
from unladen.proof.outcomes import summed

REFUSED_TO_EXECUTE = "OCI runtime"
"""What every runtime's complaint has when there is nothing to execute: no such file, no such interpreter."""
AT_ONCE = 3
NOT_FOUND = 127
"""A shell's exit code for a program that is not there."""
_NOT_THERE = re.compile(r"executable file .*not found|no such file or directory", re.IGNORECASE)
_WRAPPER = re.compile(
    r"tini|dumb-init|catatonit|.*entry-?point[\w.-]*|.*\.sh|env|exec|gosu|su-exec", re.IGNORECASE
)

Argv = tuple[str, ...]


@dataclass(frozen=True)
class Invocation:
    """How an image's program is called: by the `name` that people know it by, with the arguments that are always
    `fixed` (an entry point's own), and with those that are `given` when the image is started without any."""

    words: Argv
    """What runs it: ("python", "-m", "tool")."""
    name: str
    fixed: Argv
    given: Argv


def invocation(facts: ImageFacts) -> Invocation | None:
    """None where the image starts nothing, or more than one command in a shell."""
    entrypoint, cmd = facts.entrypoint, facts.cmd
    if cmd and entrypoint and _WRAPPER.fullmatch(entrypoint[0].rpartition("/")[2]):
        entrypoint = ()
    argv = _plain((*entrypoint, *cmd))
    if not argv:
        return None
    name, length = argv[0].rpartition("/")[2], 1
    if any(each.runs(name) for each in ecosystems().each):
        length = (
            next((at for at, word in enumerate(argv) if at and not word.startswith("-")), len(argv) - 1) + 1
        )
        name = argv[length - 1].rpartition("/")[2]
    end = max(length, len(entrypoint) if argv == (*entrypoint, *cmd) else 0)
    return Invocation(argv[:length], name, argv[length:end], argv[end:])


def _plain(argv: Argv) -> Argv:
    """The words of the one command that a shell form runs."""
    return argv if argv[:2] != SHELL_FORM else without_a_shell(argv) or ()


def argv_for(facts: ImageFacts, case: CommandCase) -> tuple[Argv | None, Argv | None]:
    """(entry point, command) that run the case's program, or the image's with its arguments; None leaves the
    image's own.

    A shell form (`/bin/sh -c "tool run"`) ignores arguments, so they are handed on with "$@".
    """
    argv, given = case.argv, case.instead_of
    if case.own:
        return argv, ()
    if not argv and not given:
        return None, None
    program = (*facts.entrypoint, *facts.cmd) if given is not None else facts.entrypoint or facts.cmd
    if program[:2] == SHELL_FORM and len(program) == 3:
        text = program[2].removesuffix(f" {shlex.join(given)}") if given else program[2]
        return SHELL_FORM, (f'{text} "$@"', "sh", *argv)
    if given is None:
        return None, argv if facts.entrypoint else (*facts.cmd, *argv)
    bare = program[: -len(given)] if given and program[-len(given) :] == given else program
    return bare[:1], (*bare[1:], *argv)


def command_words(text: str) -> Argv:
    """The words of a command as it is typed, or those of a shell that runs it where it needs one. Raises ValueError
    where a quotation does not end."""
    typed = (*SHELL_FORM, text)
    return (without_a_shell(typed) or typed) if shlex.split(text) else ()


def run_commands(
    engine: Engine, image: str, program: Program, cases: Sequence[CommandCase]
) -> dict[str, CommandResult]:
    """The results by case id. Some run at a time: most of it is waiting for containers. With services, which keep what
    they are told, they run one after the other.

    Raises NotHealthy where the image's own program is not there, EngineFailed.
    """
    if not cases:
        return {}
    facts = engine.inspect(image)
    pool = ThreadPoolExecutor(1 if program.network else AT_ONCE, "unladen-commands")
    try:
        running = {case.id: pool.submit(run_command, engine, facts, program, case) for case in cases}
        return {id: one.result() for id, one in running.items()}
    except (Interrupted, KeyboardInterrupt):
        engine.close()  # ends what still runs, so that the pool can end too
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def run_command(engine: Engine, facts: ImageFacts, program: Program, case: CommandCase) -> CommandResult:
    entrypoint, command = argv_for(facts, case)
    told = program.told.items() if case.apart else ()
    request = RunRequest(
        image=facts.id,
        entrypoint=entrypoint,
        command=command,
        env={name: value for name, value in program.env.items() if (name, value) not in told},
        stdin=case.stdin or None,
        network=not case.apart,
        joins=program.network,
        user="0" if case.apart else "",
    )
    container = engine.create(request)
    try:
        for target, source in case.copies:
            copy_in(container, source, posixpath.join(facts.workdir or "/", target))
        start_program(container)
        finished = container.wait(program.command_timeout)
        files = {} if case.files is None else written(container, case.files)
    except (EngineFailed, NotHealthy) as error:
        if case.own and _NOT_THERE.search(f"{error}\n{error.detail}"):
            return CommandResult(
                NOT_FOUND, b"", f"cannot run {case.argv[0]}: there is no such program\n".encode()
            )
        raise
    finally:
        container.remove()
    result = CommandResult(finished.exit_code, finished.stdout, finished.stderr, files)
    return summed(result) if case.sums else result


def copy_in(container: Container, source: Path, target: str) -> None:
    """Puts a copy into it that whoever runs the program may read: an engine keeps the modes that it finds."""
    with temporary.folder() as folder:
        copy = folder / "copy"
        if source.is_dir():
            shutil.copytree(source, copy, symlinks=True, ignore=shutil.ignore_patterns(".*"))
        else:
            shutil.copyfile(source, copy)
        for each in (copy, *copy.rglob("*")):
            if not each.is_symlink():
                each.chmod(0o755 if each.is_dir() or each.stat().st_mode & 0o100 else 0o644)
        container.copy_in(copy, target)


def start_program(container: Container) -> None:
    """Raises NotHealthy where the image has no program to start: that is the image's fault, not the engine's."""
    try:
        container.start()
    except EngineFailed as error:
        if REFUSED_TO_EXECUTE not in str(error):
            raise
        told = f"the program cannot be started: {error}"
        raise NotHealthy(told, hint=error.hint, detail=error.detail) from error
