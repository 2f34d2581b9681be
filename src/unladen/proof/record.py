"""Everything one image shows: a container of it is started, asked, looked at and stopped."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from unladen import temporary
from unladen.engine.interface import Container, Engine, Finished, ImageFacts, RunRequest
from unladen.errors import EngineFailed, NotHealthy
from unladen.proof.files import written
from unladen.proof.interface import (
    Answer,
    BatteryProgram,
    CommandCase,
    CommandResult,
    Corpus,
    Program,
    Recording,
    RequestCase,
    Response,
)
from unladen.proof.replay import Healthy, ended, first_answer, getter, last_lines, replay
from unladen.proof.tracebacks import tracebacks

HOST = "127.0.0.1"
BATTERY_PATH = "/unladen-battery"
BATTERY_TIMEOUT = 60.0
LOG_LINES = 200
SHELL = ("/bin/sh", "-c")
REFUSED_TO_EXECUTE = "OCI runtime"
"""What every runtime's complaint has when there is nothing to execute: no such file, no such interpreter."""
NOT_FOUND = 127
"""A shell's exit code for a program that is not there."""
_NOT_THERE = re.compile(r"executable file .*not found|no such file or directory", re.IGNORECASE)


def record(
    engine: Engine, image: str, program: Program, corpus: Corpus, battery: BatteryProgram | None = None
) -> tuple[Recording, float | None]:
    """Replays the corpus to one fresh container of `image` (commands: a fresh one each) and runs the battery.

    The second value is the seconds from start to healthy, None for a program without a port.
    Raises NotHealthy when the program ends early or never answers, EngineFailed when the engine does.
    """
    commands = [case for case in corpus.cases if isinstance(case, CommandCase)]
    requests = [case for case in corpus.cases if isinstance(case, RequestCase)]
    answers: dict[str, Answer] = dict(_run_commands(engine, image, program, commands))
    if program.port is None:
        values, error = _battery_alone(engine, image, program, battery) if battery else ({}, "")
        return _of_commands(answers, values, error), None

    with _container(engine, image, program, battery) as container:
        healthy = _start(container, program, program.port)
        values, error = _battery_beside(container, battery) if battery else ({}, "")
        answers |= replay(requests, f"http://{HOST}:{container.host_port(program.port)}")
        alive = container.running()
        stopped = container.stop(program.grace)
        logs = container.logs()
        recording = Recording(
            answers=answers,
            battery=values,
            battery_error=error,
            stop_exit_code=stopped.exit_code,
            stop_seconds=stopped.seconds,
            tracebacks=tracebacks(logs[1], logs[0]),
            log=last_lines(logs, LOG_LINES),
            warnings=_warnings(healthy, program, alive),
        )
    return recording, healthy.seconds


@contextmanager
def running(engine: Engine, image: str, program: Program) -> Iterator[Callable[[str], Response]]:
    """A function that GETs a path of the program in a fresh container, while the block lasts.

    Raises NotHealthy when it never answers.
    """
    if program.port is None:
        raise ValueError("a program without a port answers nothing")
    with _container(engine, image, program, None) as container:
        _start(container, program, program.port)
        yield getter(f"http://{HOST}:{container.host_port(program.port)}")


def start_seconds(engine: Engine, image: str, program: Program) -> float:
    """Seconds from starting a fresh container to the first healthy answer. Raises NotHealthy."""
    if program.port is None:
        raise ValueError("a program without a port has no first answer")
    with _container(engine, image, program, None) as container:
        return _start(container, program, program.port).seconds


@contextmanager
def _container(
    engine: Engine, image: str, program: Program, battery: BatteryProgram | None
) -> Iterator[Container]:
    """A created container with the battery's binary in it, removed afterwards."""
    ports = () if program.port is None else (program.port,)
    container = engine.create(RunRequest(image=image, env=program.env, ports=ports))
    try:
        if battery and battery.binary:
            _copy_battery(container, battery.binary)
        yield container
    finally:
        container.remove()


def _start(container: Container, program: Program, port: int) -> Healthy:
    started = time.monotonic()
    _start_program(container)
    try:
        host_port = container.host_port(port)
    except EngineFailed:  # a container that has ended has no ports
        if container.running():
            raise
        raise ended(container) from None
    because = f" ({program.port_source})" if program.port_source else ""
    return first_answer(
        container,
        HOST,
        host_port,
        program.health,
        timeout=program.start_timeout,
        started_at=started,
        believed=f"port {port} of the container{because}",
    )


def _start_program(container: Container) -> None:
    """Raises NotHealthy where the image has no program to start: that is the image's fault, not the engine's."""
    try:
        container.start()
    except EngineFailed as error:
        if REFUSED_TO_EXECUTE not in str(error):
            raise
        told = f"the program cannot be started: {error}"
        raise NotHealthy(told, hint=error.hint, detail=error.detail) from error


def _warnings(healthy: Healthy, program: Program, alive: bool) -> tuple[str, ...]:
    found = []
    if program.health is not None and healthy.status >= 400:
        found.append(f"its health check answers {healthy.status} to GET {program.health}")
    if not alive:
        found.append("the program ended while it was being asked")
    return tuple(found)


# The battery


def _copy_battery(container: Container, binary: Path) -> None:
    """An engine copies a file with its mode: whoever the program runs as must be able to execute this one."""
    with temporary.folder() as folder:
        copy = folder / "unladen-battery"
        shutil.copyfile(binary, copy)
        copy.chmod(0o755)
        container.copy_in(copy, BATTERY_PATH)


def _battery_argv(battery: BatteryProgram) -> tuple[str, ...]:
    return (BATTERY_PATH,) if battery.binary else battery.argv


def _battery_beside(container: Container, battery: BatteryProgram) -> tuple[dict[str, object], str]:
    """Run in the program's own container, before the replay: a request may end the program."""
    return read_battery(container.exec(_battery_argv(battery), stdin=battery.stdin, timeout=BATTERY_TIMEOUT))


def _battery_alone(
    engine: Engine, image: str, program: Program, battery: BatteryProgram
) -> tuple[dict[str, object], str]:
    """Run in a container of its own, in the place of a program that ends by itself."""
    request = RunRequest(
        image=image, entrypoint=_battery_argv(battery), command=(), env=program.env, stdin=battery.stdin
    )
    container = engine.create(request)
    try:
        if battery.binary:
            _copy_battery(container, battery.binary)
        try:
            container.start()
        except EngineFailed as error:  # what would run it is not in the image
            return {}, str(error)
        return read_battery(container.wait(BATTERY_TIMEOUT))
    finally:
        container.remove()


def read_battery(finished: Finished) -> tuple[dict[str, object], str]:
    """The battery's values, or why there are none."""
    try:
        values = json.loads(finished.stdout)
    except ValueError:
        values = None
    if isinstance(values, dict) and finished.exit_code == 0:
        return values, ""
    if finished.exit_code is None:
        return {}, f"it did not end within {BATTERY_TIMEOUT:g} s"
    said = (finished.stderr or finished.stdout).decode(errors="replace").strip().splitlines()
    return {}, f"exit code {finished.exit_code}: {said[-1] if said else 'no output'}"


# Commands


def argv_for(facts: ImageFacts, case: CommandCase) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """(entry point, command) that run the case's program, or the image's with its arguments; None leaves the
    image's own.

    A shell form (`/bin/sh -c "tool run"`) ignores arguments, so they are handed on with "$@".
    """
    argv = case.argv
    if case.own:
        return argv, ()
    if not argv:
        return None, None
    program = facts.entrypoint or facts.cmd
    if program[:2] == SHELL and len(program) == 3:
        return SHELL, (f'{program[2]} "$@"', "sh", *argv)
    return None, argv if facts.entrypoint else (*facts.cmd, *argv)


def _run_commands(
    engine: Engine, image: str, program: Program, cases: list[CommandCase]
) -> Iterator[tuple[str, CommandResult]]:
    facts = engine.inspect(image) if cases else None
    for case in cases:
        assert facts is not None
        yield case.id, _run_command(engine, facts, program, case)


def _run_command(engine: Engine, facts: ImageFacts, program: Program, case: CommandCase) -> CommandResult:
    entrypoint, command = argv_for(facts, case)
    request = RunRequest(
        image=facts.id, entrypoint=entrypoint, command=command, env=program.env, stdin=case.stdin or None
    )
    container = engine.create(request)
    try:
        _start_program(container)
        finished = container.wait(program.command_timeout)
        files = written(container, case.files)
    except (EngineFailed, NotHealthy) as error:
        if case.own and _NOT_THERE.search(f"{error}\n{error.detail}"):
            return CommandResult(
                NOT_FOUND, b"", f"cannot run {case.argv[0]}: there is no such program\n".encode()
            )
        raise
    finally:
        container.remove()
    return CommandResult(finished.exit_code, finished.stdout, finished.stderr, files)


def _of_commands(answers: dict[str, Answer], values: dict[str, object], error: str) -> Recording:
    results = [answer for answer in answers.values() if isinstance(answer, CommandResult)]
    stdout = b"\n".join(result.stdout for result in results)
    stderr = b"\n".join(result.stderr for result in results)
    return Recording(
        answers=answers,
        battery=values,
        battery_error=error,
        tracebacks=tracebacks(stderr, stdout),
        log=last_lines((stdout, stderr), LOG_LINES),
    )
