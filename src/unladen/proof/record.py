"""Everything one image shows: a container of it is started, asked, looked at and stopped."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from unladen import temporary
from unladen.engine.interface import Container, Engine, Finished, RunRequest
from unladen.errors import EngineFailed, NotHealthy
from unladen.proof.accepts import Speaks
from unladen.proof.beside import beside
from unladen.proof.carried import Carried
from unladen.proof.command import run_commands, start_program
from unladen.proof.corpus import needed_by
from unladen.proof.inside import cases_inside, run_inside
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
from unladen.proof.replay import Healthy, ended, first_answer, getter, last_lines, replay, still_there
from unladen.proof.restarts import NOT_ASKED, stop_in_flight
from unladen.proof.tracebacks import tracebacks
from unladen.proof.writes import left_by

HOST = "127.0.0.1"
BATTERY_PATH = "/unladen-battery"
BATTERY_TIMEOUT = 180.0
"""Seconds; what takes long in it has limits of its own."""
UNKNOWN_USER = "54321"
ANYONE = "any user: "
"""How the names of checks begin that were made as a user whom no image knows."""
LOG_LINES = 200
KILLED = 137
"""The exit code of a program that had to be killed."""
NOT_AGAIN = "the program does not start again in the container that it has left"


def record(
    engine: Engine, image: str, program: Program, corpus: Corpus, battery: BatteryProgram | None = None
) -> tuple[Recording, float | None]:
    """Replays the corpus to one fresh container of `image` (commands: a fresh one each) and runs the battery.

    The second value is the seconds from start to healthy, None for a program without a port.
    Raises NotHealthy when the program ends early or never answers, EngineFailed when the engine does.
    """
    requests = [case for case in corpus.cases if isinstance(case, RequestCase)]
    with beside(engine, program) as served:
        recording, seconds = _recorded(engine, image, served, corpus, requests, battery)
    if program.port is None:
        return recording, seconds
    apart = _apart(engine, image, program, requests)
    return replace(recording, answers={**recording.answers, **apart}), seconds


def _recorded(
    engine: Engine,
    image: str,
    program: Program,
    corpus: Corpus,
    requests: list[RequestCase],
    battery: BatteryProgram | None,
) -> tuple[Recording, float | None]:
    """All but the cases that have containers of their own."""
    commands = cases_inside(corpus, "")
    answers: dict[str, Answer] = {**run_commands(engine, image, program, commands)}
    if not program.runs_on:
        values, error = _battery_alone(engine, image, program, battery) if battery else ({}, "")
        return _of_commands(answers, values, error), None

    with _container(engine, image, program, battery) as container:
        healthy = _start(container, program, program.port)
        values, error = _battery_beside(container, battery) if battery else ({}, "")
        together = [case for case in requests if not (case.apart or case.when)]
        carried = Carried()
        answers |= replay(together, _url(container, program.port), carried)
        answers |= run_inside(container, cases_inside(corpus, "serving"), program.command_timeout)
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
            speaks=healthy.speaks,
            files=left_by(container),
        )
        commands = cases_inside(corpus, "restarted")
        again, code = _again(container, program, program.port, requests, commands, stopped, carried)
        answers |= again
    seconds = None if program.port is None else healthy.seconds
    return replace(recording, answers=answers, in_flight_exit_code=code), seconds


def _again(
    container: Container,
    program: Program,
    port: int | None,
    requests: list[RequestCase],
    commands: list[CommandCase],
    stopped: Finished,
    carried: Carried,
) -> tuple[dict[str, Answer], int | None]:
    """The answers of the stopped container when it is started again, and of a request in flight while it is stopped
    for good; and the exit code then."""
    later = [case for case in requests if case.when == "restarted"]
    flying = [case for case in requests if case.when == "stopping"]
    if not (later or flying or commands):
        return {}, None
    try:
        _start(container, program, port)
    except NotHealthy:
        none = {case.id: CommandResult(None, b"", NOT_AGAIN.encode()) for case in commands}
        return {**none, **{case.id: Response(error=NOT_AGAIN) for case in (*later, *flying)}}, None
    answers: dict[str, Answer] = dict(replay(later, _url(container, port), carried))
    answers |= run_inside(container, commands, program.command_timeout)
    code: int | None = None
    for case in flying:
        if stopped.exit_code == KILLED:
            answers[case.id] = Response(error=NOT_ASKED)
            continue
        end = stop_in_flight(container, container.host_port(port or 0), case, program.grace)
        answers[case.id], code = end.answer, end.exit_code
    return answers, code


def _apart(engine: Engine, image: str, program: Program, requests: list[RequestCase]) -> dict[str, Answer]:
    """The answers to cases that may destroy something, in a container of their own. What they need of earlier cases is
    asked there first. One that is not answered after another was gets a fresh container: the other has ended it."""
    apart = [case for case in requests if case.apart]
    answers: dict[str, Answer] = {}
    while apart:
        with running(engine, image, program) as live:
            fresh = True
            while apart:
                case = apart[0]
                answer = replay([*needed_by(case, requests), case], live.url)[case.id]
                if not answer.status and not fresh:
                    break
                answers[apart.pop(0).id] = answer
                fresh = False
    return answers


@dataclass(frozen=True)
class Live:
    """A running program that may be asked, and the container that it runs in."""

    container: Container
    url: str
    speaks: Speaks = "http"

    def ask(self, case: RequestCase) -> Response:
        return replay([case], self.url)[case.id]

    def get(self, path: str) -> Response:
        return getter(self.url)(path)


@contextmanager
def running(engine: Engine, image: str, program: Program) -> Iterator[Live]:
    """The program in a fresh container, while the block lasts. Raises NotHealthy when it never answers."""
    if program.port is None:
        raise ValueError("a program without a port answers nothing")
    with beside(engine, program) as served, _container(engine, image, served, None) as container:
        healthy = _start(container, program, program.port)
        yield Live(container, f"http://{HOST}:{container.host_port(program.port)}", healthy.speaks)


def start_seconds(engine: Engine, image: str, program: Program) -> float:
    """Seconds from starting a fresh container to the first healthy answer. Raises NotHealthy."""
    if program.port is None:
        raise ValueError("a program without a port has no first answer")
    with beside(engine, program) as served, _container(engine, image, served, None) as container:
        return _start(container, program, program.port).seconds


@contextmanager
def _container(
    engine: Engine, image: str, program: Program, battery: BatteryProgram | None
) -> Iterator[Container]:
    """A created container with the battery's binary in it, removed afterwards."""
    ports = () if program.port is None else (program.port,)
    container = engine.create(RunRequest(image=image, env=program.env, ports=ports, joins=program.network))
    try:
        if battery and battery.binary:
            _copy_battery(container, battery.binary)
        yield container
    finally:
        container.remove()


def _url(container: Container, port: int | None) -> str:
    """Where it is asked; "" where nothing can be."""
    return "" if port is None else f"http://{HOST}:{container.host_port(port)}"


def _start(container: Container, program: Program, port: int | None) -> Healthy:
    started = time.monotonic()
    start_program(container)
    if port is None:
        return still_there(container)
    try:
        host_port = container.host_port(port)
    except EngineFailed:  # a container that has ended has no ports
        if container.running():
            raise
        raise ended(container) from None
    return first_answer(
        container,
        HOST,
        host_port,
        program.health,
        timeout=program.start_timeout,
        started_at=started,
        believed=program.believed,
        speaks=program.speaks,
    )


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
    """Run in the program's own container, before the replay: a request may end the program.

    Raises NotHealthy where the program ended meanwhile."""
    argv = _battery_argv(battery)
    try:
        values, error = read_battery(container.exec(argv, stdin=battery.stdin, timeout=BATTERY_TIMEOUT))
        if error or not battery.anyone:
            return values, error
        again = container.exec(
            (*argv, *battery.anyone), stdin=battery.stdin, timeout=BATTERY_TIMEOUT, user=UNKNOWN_USER
        )
    except EngineFailed:
        if container.running():
            raise
        raise ended(container) from None
    as_anyone, refused = read_battery(again)
    told = {check: as_anyone.get(check, f"error: {refused}") for check in battery.anyone}
    return values | {ANYONE + check: value for check, value in told.items()}, ""


def _battery_alone(
    engine: Engine, image: str, program: Program, battery: BatteryProgram
) -> tuple[dict[str, object], str]:
    """Run in a container of its own, in the place of a program that ends by itself."""
    request = RunRequest(
        image=image,
        entrypoint=_battery_argv(battery),
        command=(),
        env=program.env,
        stdin=battery.stdin,
        joins=program.network,
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
