"""What the sensor costs the Python sample, and whether it misses a path that strace sees; ratios within one run.

    python benchmarks/sensor.py [--engine docker|podman]

Exits 1 when a bar is missed. Traced and untraced runs take turns, and of each the best counts: noise only ever
adds. strace runs in a container of the same image; it and its libraries are copied in from this machine.
"""

from __future__ import annotations

import argparse
import http.client
import io
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from bars import Bar, NotMeasured, conclude

from unladen import session
from unladen.climb.interface import Options
from unladen.climb.site import build, open_site
from unladen.engine.interface import Container, Engine, ImageFacts, RunRequest
from unladen.language.interface import Overrides
from unladen.proof.interface import Corpus, Program, ProofPlan, RequestCase
from unladen.proof.record import HOST
from unladen.proof.replay import first_answer, replay
from unladen.tracing.run import LOG, SENSOR, sensed, sensed_request, trace
from unladen.trial.ground import find_corpus, program_of

SAMPLE = Path(__file__).parent.parent / "samples" / "python-fastapi"
STARTS = 9
IMPORTS = 9
ROUNDS, SECONDS = 5, 2.0
"""Rounds of requests, and how long each goes on."""
STRACE = "/.strace"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", default="auto")
    wanted = parser.parse_args()
    host = session.host_settings()
    with session.engine(wanted.engine) as engine:
        site = open_site(SAMPLE, engine, host, Overrides(), Options(cache=session.cache_folder(), only=()))
        image = build(site, site.ladder.baseline, cache=True).image
        conclude(bars(engine, image, program_of(site.ladder.project, ProofPlan())))


def bars(engine: Engine, image: str, program: Program) -> Iterator[Bar | NotMeasured]:
    facts = engine.inspect(image)
    plain, traced = starts(engine, facts, program)
    print(f"start until healthy: untraced {plain:.3f} s, traced {traced:.3f} s (best of {STARTS})")
    yield Bar("start until healthy", traced / plain, 1.6, "x untraced")
    plain, traced, used, used_traced = imports(engine, facts, program)
    print(
        f"the interpreter and its imports alone: untraced {plain:.3f} s, traced {traced:.3f} s; of processor time "
        f"{used:.3f} s and {used_traced:.3f} s"
    )
    yield Bar("interpreter and imports", traced / plain, 1.6, "x untraced")
    yield Bar("interpreter and imports: processor time", used_traced / used, 1.6, "x untraced")
    plain, traced = rates(engine, facts, program)
    print(f"GET {program.health}: untraced {plain:.0f}/s, traced {traced:.0f}/s (best of {ROUNDS})")
    yield Bar("requests per second", traced / plain, 0.7, "x untraced", at_least=True)
    yield from completeness(engine, facts, program)


# Its price


@contextmanager
def started(
    engine: Engine, facts: ImageFacts, program: Program, *, traced: bool
) -> Iterator[tuple[int, float]]:
    """A healthy container's host port, and the seconds that it took."""
    assert program.port is not None
    with created(engine, facts, program, traced=traced) as container:
        begin = time.monotonic()
        container.start()
        port = container.host_port(program.port)
        healthy = first_answer(
            container, HOST, port, program.health, timeout=60, poll=0.002, started_at=begin
        )
        yield port, healthy.seconds


@contextmanager
def created(engine: Engine, facts: ImageFacts, program: Program, *, traced: bool) -> Iterator[Container]:
    ports = (program.port,) if program.port else ()
    if traced:
        request = sensed_request(facts, program, (*facts.entrypoint, *facts.cmd))
        with sensed(engine, facts, replace(request, ports=ports)) as container:
            yield container
        return
    container = engine.create(RunRequest(image=facts.id, env=program.env, ports=ports))
    try:
        yield container
    finally:
        container.remove()


def starts(engine: Engine, facts: ImageFacts, program: Program) -> tuple[float, float]:
    best = {False: float("inf"), True: float("inf")}
    for _ in range(STARTS):
        for traced in best:
            with started(engine, facts, program, traced=traced) as (_, seconds):
                best[traced] = min(best[traced], seconds)
    return best[False], best[True]


IMPORTING = """
import json, resource, subprocess, sys, time
def used():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime
best, least = [float("inf")] * 2, [float("inf")] * 2
for turn in range(int(sys.argv[1])):
    for which, before in enumerate(([], [sys.argv[2], f"{sys.argv[3]}.{turn}", "--"])):
        begin, before_it = time.perf_counter(), used()
        subprocess.run([*before, sys.executable, "-c", "import main"], check=True, stdout=subprocess.DEVNULL)
        best[which] = min(best[which], time.perf_counter() - begin)
        least[which] = min(least[which], used() - before_it)
print(json.dumps(best + least))
"""


def imports(engine: Engine, facts: ImageFacts, program: Program) -> list[float]:
    """Seconds untraced and traced, and seconds of processor time untraced and traced, the sensor's own among them.
    Timed inside one container: no start of a container is in it."""
    request = RunRequest(
        image=facts.id,
        entrypoint=("python3", "-c", IMPORTING, str(IMPORTS), SENSOR, LOG),
        command=(),
        env=program.env,
    )
    with sensed(engine, facts, request) as container:
        container.start()
        finished = container.wait(300)
    if finished.exit_code != 0:
        raise SystemExit(f"cannot time imports: {finished.stderr.decode(errors='replace')}")
    found: list[float] = json.loads(finished.stdout)
    return found


def rates(engine: Engine, facts: ImageFacts, program: Program) -> tuple[float, float]:
    """Requests per second on one connection; both containers are up all the time, one is asked at a time."""
    with (
        started(engine, facts, program, traced=False) as (plain_port, _),
        started(engine, facts, program, traced=True) as (traced_port, _),
    ):
        best = dict.fromkeys((plain_port, traced_port), 0.0)
        for _ in range(ROUNDS):
            for port in best:
                best[port] = max(best[port], rate(port, program.health or "/"))
        return best[plain_port], best[traced_port]


def rate(port: int, path: str) -> float:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    count, begin = 0, time.perf_counter()
    while (seconds := time.perf_counter() - begin) < SECONDS:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"GET {path} answers {answer.status}")
        count += 1
    connection.close()
    return count / seconds


# Its completeness


def completeness(engine: Engine, facts: ImageFacts, program: Program) -> Iterator[Bar | NotMeasured]:
    strace = shutil.which("strace")
    if strace is None:
        yield NotMeasured("paths that strace saw opened", "strace is not installed")
        return
    corpus, program = find_corpus(engine, facts.id, program, ProofPlan())
    expected = opened_by_strace(engine, facts, program, corpus, Path(strace))
    seen = trace(engine, facts.id, program, corpus)
    touched = {comparable(touch.path) for touch in seen.touches if touch.result == 0}
    missing = sorted(expected - touched)
    print(f"strace saw {len(expected)} paths opened; the sensor saw {len(touched)} paths touched")
    for path in missing[:20]:
        print(f"  missing: {path!r}")
    yield Bar("paths that strace saw opened and the sensor did not", len(missing), 0, "paths")
    yield Bar("what the sensor says it could not see", len(seen.problems), 0, "problems")


def opened_by_strace(
    engine: Engine, facts: ImageFacts, program: Program, corpus: Corpus, strace: Path
) -> set[str]:
    """The paths that the program opened, as it named them, while it started and answered."""
    assert program.port is not None
    loader = f"{STRACE}/{loader_of(strace).name}"
    command: tuple[str, ...] = ("--library-path", STRACE, f"{STRACE}/strace", "-f", "-qq", "-y", "-s", "4096")
    command += ("-e", "trace=open,openat,openat2,creat", "-o", f"{STRACE}/log", "--")
    request = RunRequest(
        image=facts.id,
        entrypoint=(loader,),
        command=(*command, *facts.entrypoint, *facts.cmd),
        env=program.env,
        ports=(program.port,),
    )
    container = engine.create(request)
    try:
        with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
            inside = Path(folder, "strace")
            inside.mkdir()
            for file in (strace, loader_of(strace), *libraries_of(strace)):
                shutil.copy(file.resolve(), inside / file.name)
            inside.chmod(0o1777)
            container.copy_in(inside, STRACE)
        begin = time.monotonic()
        container.start()
        port = container.host_port(program.port)
        first_answer(container, HOST, port, program.health, timeout=120, started_at=begin)
        replay([case for case in corpus.cases if isinstance(case, RequestCase)], f"http://{HOST}:{port}")
        container.stop(program.grace)
        archive = b"".join(container.copy_out(f"{STRACE}/log"))
    finally:
        container.remove()
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        log = tar.extractfile(tar.getmembers()[0])
        assert log is not None
        return {comparable(path) for line in log for path in opened(line.decode())}


def loader_of(program: Path) -> Path:
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return Path(next(word for word in listed.split() if "/ld-" in word))


def libraries_of(program: Path) -> list[Path]:
    listed = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [Path(path) for path in re.findall(r"=> (\S+)", listed)]


OPENED = re.compile(
    r'(?:open(?:at2?)?|creat)\((?:(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>, )?"(?P<path>(?:\\.|[^"\\])*)"(?P<how>.*) = \d+<'
)


def opened(line: str) -> Iterator[str]:
    """The path of a successful open; files that the program makes anew have names of that run."""
    match = OPENED.search(line)
    if match is None or "O_CREAT" in match["how"] or "creat(" in line:
        return
    path = (
        match["path"]
        .encode("latin-1")
        .decode("unicode_escape")
        .encode("latin-1")
        .decode(errors="surrogateescape")
    )
    yield path if path.startswith("/") else f"{match['folder'] or ''}/{path}"


def comparable(path: str) -> str:
    """Process numbers are of one run."""
    return re.sub(r"^/proc/\d+(/task/\d+)?", "/proc/self", path)


if __name__ == "__main__":
    main()
