"""Runs an image under the sensor and asks it what it is asked in the proof: which paths does it touch?"""

from __future__ import annotations

import contextlib
import io
import shutil
import tarfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from unladen import temporary
from unladen.engine.interface import Container, Engine, Finished, ImageFacts, RunRequest
from unladen.errors import CannotTrace, EngineFailed, NotHealthy, SensorMissing
from unladen.proof.beside import beside
from unladen.proof.carried import Carried
from unladen.proof.command import argv_for
from unladen.proof.inside import cases_inside
from unladen.proof.interface import BatteryProgram, CommandCase, Corpus, Program, RequestCase
from unladen.proof.record import HOST
from unladen.proof.replay import ended, first_answer, last_lines, replay, still_there
from unladen.proof.restarts import Stopped, stop_in_flight
from unladen.tracing.log import Trace, parse
from unladen.tracing.sensor_binary import sensor_for

INSIDE = "/.unladen"
SENSOR, LOG = f"{INSIDE}/sensor", f"{INSIDE}/log"
REFUSED = 125
"""The sensor's exit code where it cannot trace; why is on stderr."""
SLOWER = 2.0
"""How many times as long as untraced a start may take (measured: 1.5 times)."""
RELOADED = 0.5
"""Seconds for a program to do what SIGHUP asks it to; one that has no handler ends by it."""
AFTER_END = 10.0
"""Seconds for the log to get its end, once the sensor was told to end the program."""


def trace(
    engine: Engine, image: str, program: Program, corpus: Corpus, beside_it: Sequence[tuple[str, ...]] = ()
) -> Trace:
    """What `image` touches while it starts (phase 0), while it answers the corpus (phase 1), and when it is started
    again (later phases). A program without a port is run once for each command, all of it in phase 0; an empty corpus
    traces its starts alone. What runs inside its container, commands of the corpus and those of `beside_it` (a health
    check), is traced there.

    The image is not changed: the sensor is copied into the created container and is its entry process. A trace
    with holes is not `complete`; its `problems` say what is missing. Raises CannotTrace (ptrace is forbidden
    here), SensorMissing, NotHealthy, EngineFailed.
    """
    with beside(engine, program) as served:
        return _traced(engine, engine.inspect(image), served, corpus, beside_it)


def _traced(
    engine: Engine,
    facts: ImageFacts,
    program: Program,
    corpus: Corpus,
    beside_it: Sequence[tuple[str, ...]],
) -> Trace:
    commands = cases_inside(corpus, "")
    parts = [_command(engine, facts, program, case) for case in commands]
    if not program.runs_on:
        return merge(parts or [_command(engine, facts, program, CommandCase("start", ()))])
    requests = [case for case in corpus.cases if isinstance(case, RequestCase)]
    inside = [*cases_inside(corpus, "serving"), *cases_inside(corpus, "restarted")]
    inside += [CommandCase("", argv, inside="serving") for argv in beside_it]
    return merge([*_server(engine, facts, program, requests, inside), *parts])


def trace_battery(engine: Engine, image: str, program: Program, battery: BatteryProgram) -> Trace:
    """What the environment battery touches, run in the place of the program. A compiled battery brings its own
    code, but reads the image's files all the same."""
    facts = engine.inspect(image)
    argv = (f"{INSIDE}/battery",) if battery.binary else battery.argv
    request = sensed_request(facts, program, argv, battery.stdin)
    with sensed(engine, facts, request, battery.binary) as container:
        container.start()
        _finish(container, container.wait, program.command_timeout)
        return _read(container)


def runs(engine: Engine, facts: ImageFacts) -> bool:
    """Whether programs of the image's architecture run here at all: the sensor is one that always answers."""
    try:
        request = RunRequest(image=facts.id, entrypoint=(SENSOR,), command=("--check",))
        with sensed(engine, facts, request) as container:
            container.start()
            finished = container.wait(AFTER_END)
    except (EngineFailed, SensorMissing):
        return False
    said = (
        finished.stderr.splitlines()
    )  # a runtime's "exec …/sensor: exec format error" is none of the sensor's
    return finished.exit_code == 0 or any(line.startswith(b"sensor: ") for line in said)


def merge(traces: Sequence[Trace]) -> Trace:
    """Several traces of one image as one; the same touch counts once."""
    touches = dict.fromkeys(touch for each in traces for touch in each.touches)
    problems = dict.fromkeys(problem for each in traces for problem in each.problems)
    return Trace(
        touches=tuple(touches),
        marks=max(each.marks for each in traces),
        complete=all(each.complete for each in traces),
        problems=tuple(problems),
        arch=traces[0].arch,
    )


def _server(
    engine: Engine,
    facts: ImageFacts,
    program: Program,
    requests: Sequence[RequestCase],
    inside: Sequence[CommandCase],
) -> list[Trace]:
    """The program's trace, and those of what was run inside its container. It lives twice: it starts, answers, reloads
    and stops; then it starts again on what it left, answers, and stops with a request in flight."""
    request = sensed_request(facts, program, (*facts.entrypoint, *facts.cmd))
    once = sorted((case for case in requests if not case.when), key=lambda case: case.apart)
    later = [case for case in requests if case.when == "restarted"]
    flying = [case for case in requests if case.when == "stopping"]
    carried = Carried()
    ports = () if program.port is None else (program.port,)
    with sensed(engine, facts, replace(request, ports=ports)) as container:
        url = _up(container, program)
        replay(once, url, carried)
        logs = _inside(container, program, [case for case in inside if case.inside == "serving"], 0)
        if container.running():
            container.exec((SENSOR, "--reload", LOG))
            time.sleep(RELOADED)
        if container.running():
            replay(later[:1], url, carried)
        _finish(container, container.stop, program.grace)
        with contextlib.suppress(NotHealthy):  # not every program starts again on what it left
            url = _up(container, program)
            replay(later, url, carried)
            logs += _inside(
                container, program, [case for case in inside if case.inside == "restarted"], len(logs)
            )
        _finish(container, partial(_stop, container, url, flying), program.grace)
        return [_read(container), *(_while_serving(_read(container, log)) for log in logs)]


def _up(container: Container, program: Program) -> str:
    """Starts it, and waits until it answers; where it does then, "" of a program without a port. Raises CannotTrace,
    NotHealthy."""
    started = time.monotonic()
    container.start()
    try:
        url = _answers_at(container, program, program.port, started)
    except NotHealthy:
        _check_refusal(container)
        raise
    container.exec((SENSOR, "--mark", LOG))
    return url


def _answers_at(container: Container, program: Program, port: int | None, started: float) -> str:
    if port is None:
        still_there(container)
        return ""
    host_port = _host_port(container, port)
    first_answer(
        container,
        HOST,
        host_port,
        program.health,
        timeout=program.start_timeout * SLOWER,
        started_at=started,
        believed=program.believed,
        speaks=program.speaks,
    )
    return f"http://{HOST}:{host_port}"


def _inside(container: Container, program: Program, cases: Sequence[CommandCase], first: int) -> list[str]:
    """Runs commands inside the container under sensors of their own; the paths of their logs, numbered from `first`."""
    logs = []
    for number, case in enumerate(cases, first):
        if not container.running():
            break
        logs.append(f"{LOG}-{number}")
        argv = (SENSOR, logs[-1], "--", *case.argv)
        container.exec(argv, stdin=case.stdin, timeout=program.command_timeout * SLOWER)
    return logs


def _stop(container: Container, url: str, flying: Sequence[RequestCase], grace: float) -> Finished | Stopped:
    """With a request in flight, where there is one."""
    if flying and container.running():
        return stop_in_flight(container, int(url.rpartition(":")[2]), flying[0], grace)
    return container.stop(grace)


def _while_serving(trace: Trace) -> Trace:
    """Of what had a log of its own, as part of the program's."""
    return replace(trace, touches=tuple(replace(touch, phase=1) for touch in trace.touches), marks=1)


def _command(engine: Engine, facts: ImageFacts, program: Program, case: CommandCase) -> Trace:
    entrypoint, command = argv_for(facts, case)
    argv = (*(entrypoint or facts.entrypoint), *(facts.cmd if command is None else command))
    with sensed(engine, facts, sensed_request(facts, program, argv, case.stdin)) as container:
        container.start()
        _finish(container, container.wait, program.command_timeout * SLOWER)
        return _read(container)


def sensed_request(
    facts: ImageFacts, program: Program, argv: tuple[str, ...], stdin: bytes = b""
) -> RunRequest:
    """`argv` run by the sensor, which `sensed` puts into the container."""
    return RunRequest(
        image=facts.id,
        entrypoint=(SENSOR,),
        command=(LOG, "--", *argv),
        env=program.env,
        stdin=stdin or None,
        joins=program.network,
    )


@contextmanager
def sensed(
    engine: Engine, facts: ImageFacts, request: RunRequest, battery: Path | None = None
) -> Iterator[Container]:
    """A created container with the sensor in it, and room for its log, whichever user it runs as."""
    sensor = sensor_for(facts.architecture)
    container = engine.create(request)
    try:
        with temporary.folder() as folder:
            inside = folder / "inside"
            inside.mkdir()
            for source, name in ((sensor, "sensor"), (battery, "battery")):
                if source is not None:
                    shutil.copyfile(source, inside / name)
                    (inside / name).chmod(0o755)
            inside.chmod(0o1777)
            container.copy_in(inside, INSIDE)
        yield container
    finally:
        container.remove()


def _host_port(container: Container, port: int) -> int:
    try:
        return container.host_port(port)
    except EngineFailed:  # a container that has ended has no ports
        if container.running():
            raise
        raise ended(container) from None


def _finish(container: Container, end: Callable[[float], Finished | Stopped], seconds: float) -> None:
    """Lets the program end; one that does not is ended by the sensor, so that the log gets its end all the same."""

    def sensor_ends_it() -> None:
        with contextlib.suppress(EngineFailed):  # it has ended meanwhile
            container.exec((SENSOR, "--end", LOG), timeout=AFTER_END)

    timer = threading.Timer(seconds, sensor_ends_it)
    timer.start()
    try:
        finished = end(seconds + AFTER_END)
    finally:
        timer.cancel()
    if finished.exit_code == REFUSED:
        _check_refusal(container)


def _check_refusal(container: Container) -> None:
    """Raises CannotTrace where the sensor itself ended, not the program."""
    if container.running() or container.wait(1).exit_code != REFUSED:
        return
    said = [line for line in last_lines(container.logs()).splitlines() if line.startswith("sensor: ")]
    if said:
        raise CannotTrace(
            f"cannot trace the image: {said[-1].removeprefix('sensor: ')}",
            hint="Tracing needs ptrace inside containers: Linux 5.3 or newer, and an engine whose seccomp "
            "profile allows it (Docker's and Podman's own do).",
        )


def _read(container: Container, log: str = LOG) -> Trace:
    """Raises CannotTrace where the sensor wrote no log, BadTrace."""
    try:
        archive = b"".join(container.copy_out(log))
    except EngineFailed as error:
        raise CannotTrace(
            "cannot trace the image: its log is not there", detail=last_lines(container.logs())
        ) from error
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            if (file := tar.extractfile(member)) is not None:
                return parse(file)
    raise CannotTrace("cannot trace the image: its log is no file")
