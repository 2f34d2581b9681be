"""Real programs in real containers: the baseline twice, and rungs that changed, lost or gained something."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from engines import provide

from unladen.engine.interface import BuildRequest, Engine
from unladen.errors import NotHealthy
from unladen.proof.compare import compare, volatility
from unladen.proof.interface import (
    BatteryProgram,
    CommandCase,
    CommandResult,
    Corpus,
    Program,
    Recording,
    Verdict,
)
from unladen.proof.record import record, running, start_seconds
from unladen.proof.sources.configured import corpus_from_config, run_only
from unladen.proof.sources.discover import find_openapi
from unladen.proof.sources.learned import learned
from unladen.proof.sources.openapi import corpus_from_openapi
from unladen.tracing.run import trace

pytestmark = pytest.mark.engine

BASE = "python:3.11-slim"

SERVICE = """
import datetime, json, os, random, signal, socket, sys, threading, zoneinfo
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DOCUMENT = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {
    "/health": {"get": {"responses": {"200": {"description": "ok"}}}},
    "/answer": {"get": {"responses": {"200": {"description": "ok"}}}},
    "/paris": {"get": {"responses": {"200": {"description": "ok"}}}},
    "/users": {"get": {"responses": {"200": {"description": "ok"}}},
               "post": {"responses": {"201": {"description": "ok"}}, "requestBody": {"content": {"application/json": {
                   "schema": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}}}}}}}
USERS = []


class Handler(BaseHTTPRequestHandler):
    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/health":
            self.answer(200, {"status": "ok", "host": socket.gethostname(), "token": random.random()})
        elif path == "/answer":
            self.answer(200, {"answer": int(os.environ.get("ANSWER", "42"))})
        elif path == "/paris":
            zone = zoneinfo.ZoneInfo("Europe/Paris")
            self.answer(200, {"summer": str(datetime.datetime(2024, 7, 1, tzinfo=zone))})
        elif path == "/users":
            self.answer(200, USERS)
        elif path == "/openapi.json":
            self.answer(200, DOCUMENT)
        else:
            self.answer(404, {"error": "not found"})

    def do_POST(self):
        try:
            user = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
            USERS.append({"id": len(USERS) + 1, "name": str(user["name"]), "at": datetime.datetime.now().isoformat()})
            self.answer(201, USERS[-1])
        except (ValueError, KeyError, TypeError):
            self.answer(400, {"error": "bad user"})


server = ThreadingHTTPServer(("0.0.0.0", 8000), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
"""
SERVICE_IMAGE = f"FROM {BASE}\nCOPY service.py /\n"
EXEC_FORM = 'CMD ["python3", "/service.py"]\n'

TOOL = """
import os, sys, time
if sys.argv[1:2] == ["fail"]:
    sys.exit(f"cannot read {sys.argv[2]}")
text = sys.stdin.read()
with open("/report.txt", "w") as report:
    report.write(os.environ.get("STYLE", "plain") + ": " + text.upper())
print(len(text), "characters, arguments", sys.argv[1:])
print("done at", time.time(), file=sys.stderr)
"""
TOOL_IMAGE = f"FROM {BASE}\nCOPY tool.py /\n"

BATTERY = BatteryProgram(
    argv=("python3", "-"),
    stdin=b"import json, os, zoneinfo, platform; print(json.dumps({'zones': len(zoneinfo.available_timezones()),"
    b" 'home': os.path.expanduser('~'), 'container': platform.node()}))",
    meaning={"zones": "times in other zones fail"},
    fatal=frozenset({"zones"}),
)
PROGRAM = Program(port=8000, health="/health", grace=3.0, start_timeout=20.0)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("context")
    (folder / "service.py").write_text(SERVICE)
    (folder / "tool.py").write_text(TOOL)
    return folder


class Ground:
    """A baseline recorded twice, and the verdict on any other image."""

    def __init__(
        self, engine: Engine, context: Path, dockerfile: str, program: Program, corpus: Corpus | None
    ) -> None:
        provide(engine, BASE)
        self.engine, self.context, self.program = engine, context, program
        self.image = self.build(dockerfile)
        self.corpus = corpus or self.found()
        self.first, self.second = self.recording(self.image), self.recording(self.image)
        self.volatile = volatility(self.corpus, self.first, self.second)

    def build(self, dockerfile: str) -> str:
        return self.engine.build(BuildRequest(self.context, dockerfile)).image

    def found(self) -> Corpus:
        with running(self.engine, self.image, self.program) as live:
            document = find_openapi(live.get)
        assert document is not None
        return corpus_from_openapi(document)

    def recording(self, image: str) -> Recording:
        return record(self.engine, image, self.program, self.corpus, BATTERY)[0]

    def verdict(self, dockerfile: str) -> Verdict:
        return self.compared(self.recording(self.build(dockerfile)))

    def compared(self, recording: Recording) -> Verdict:
        return compare(self.first, recording, self.volatile, self.corpus, BATTERY)


@pytest.fixture(scope="module")
def service(engine: Engine, context: Path) -> Ground:
    return Ground(engine, context, SERVICE_IMAGE + EXEC_FORM, PROGRAM, None)


def test_a_baseline_equals_itself_but_for_what_varies(service: Ground) -> None:
    verdict = service.compared(service.recording(service.image))
    assert verdict.holds
    assert verdict.cases > 100
    assert verdict.same > verdict.volatile > 10
    assert verdict.environment_checks == 2  # of three, the container's name varies
    assert service.first.stop_exit_code == 0
    assert service.volatile.battery == {"container"}
    assert verdict.coverage.known == verdict.coverage.asked


def test_one_answer_that_changed_is_found(service: Ground) -> None:
    verdict = service.verdict(SERVICE_IMAGE + "ENV ANSWER=43\n" + EXEC_FORM)
    assert not verdict.holds
    assert {mismatch.difference for mismatch in verdict.mismatches} == {"body $.answer: 42 became 43"}


def test_zone_data_that_is_missing_is_found_in_answers_log_and_environment(service: Ground) -> None:
    verdict = service.verdict(SERVICE_IMAGE + "RUN rm -rf /usr/share/zoneinfo\n" + EXEC_FORM)
    asked = [mismatch for mismatch in verdict.mismatches if mismatch.request == "GET /paris"]
    assert asked[0].cause == "missing zone data"
    stderr = [mismatch for mismatch in verdict.mismatches if mismatch.case == "stderr"]
    assert "ZoneInfoNotFoundError" in stderr[0].rung
    lost = verdict.environment[0]
    assert (lost.check, lost.rung, lost.fatal, lost.meaning) == (
        "zones",
        0,
        True,
        "times in other zones fail",
    )


def test_a_rung_that_no_longer_hears_the_stop_signal_differs_and_the_other_way_round_does_not(
    service: Ground,
) -> None:
    deaf = service.recording(service.build(SERVICE_IMAGE + "CMD python3 /service.py; true\n"))
    verdict = service.compared(deaf)
    assert [(m.case, m.difference) for m in verdict.mismatches] == [
        ("stop", "exit code 0 became had to be killed")
    ]
    other_way = compare(deaf, service.first, service.volatile, service.corpus)
    assert other_way.holds
    assert other_way.warnings == ("stops better than the baseline: exit code 0, not had to be killed",)


def test_a_rung_that_does_not_start_is_told_with_what_it_said(service: Ground) -> None:
    broken = service.build(SERVICE_IMAGE + "RUN rm -rf /usr/lib/python3.11/http\n" + EXEC_FORM)
    with pytest.raises(NotHealthy, match="ended by itself") as caught:
        record(service.engine, broken, PROGRAM, service.corpus)
    assert "No module named 'http'" in caught.value.detail


def test_the_start_is_timed(service: Ground) -> None:
    assert 0.01 < start_seconds(service.engine, service.image, PROGRAM) < PROGRAM.start_timeout


# Programs without a port


COMMANDS = corpus_from_config(
    [],
    [
        CommandCase("count", ("a b", "--x"), stdin="grüße\n".encode()),
        CommandCase("fail", ("fail", "x.csv"), expects_failure=True),
    ],
)


@pytest.fixture(scope="module")
def tool(engine: Engine, context: Path) -> Ground:
    """Its baseline is started through a shell, its rungs are not: the arguments have to reach both."""
    return Ground(engine, context, TOOL_IMAGE + "CMD python3 /tool.py\n", Program(port=None), COMMANDS)


def test_a_command_line_program_is_proved_by_what_it_says_and_writes(tool: Ground) -> None:
    count = tool.first.answers["count"]
    assert isinstance(count, CommandResult)
    assert count.stdout == b"6 characters, arguments ['a b', '--x']\n"
    assert count.files == {"/report.txt": "plain: GRÜSSE\n".encode()}
    verdict = tool.verdict(TOOL_IMAGE + 'ENTRYPOINT ["python3", "/tool.py"]\n')
    assert verdict.holds, verdict.mismatches
    assert (verdict.cases, verdict.same, verdict.volatile) == (2, 1, 1)  # the time on stderr
    assert verdict.environment_checks == 2


def test_a_file_that_a_rung_writes_differently_is_found(tool: Ground) -> None:
    verdict = tool.verdict(TOOL_IMAGE + 'ENV STYLE=bold\nENTRYPOINT ["python3", "/tool.py"]\n')
    assert [mismatch.difference for mismatch in verdict.mismatches] == [
        "file /report.txt line 1: plain: GRÜSSE became bold: GRÜSSE"
    ]


def test_the_files_to_compare_can_be_named(tool: Ground) -> None:
    named = replace(tool.corpus.cases[0], files=("/report.txt", "/nowhere", "/etc"))
    recording, seconds = record(tool.engine, tool.image, tool.program, Corpus((named,)))
    assert seconds is None
    result = recording.answers["count"]
    assert isinstance(result, CommandResult)
    assert list(result.files) == ["/report.txt"]


def test_without_commands_the_program_is_run_as_its_image_starts_it(tool: Ground) -> None:
    recording, _ = record(tool.engine, tool.image, tool.program, run_only())
    result = recording.answers["run"]
    assert isinstance(result, CommandResult)
    assert (result.exit_code, result.stdout) == (0, b"0 characters, arguments []\n")


def test_a_learned_command_is_a_program_of_its_own(engine: Engine, context: Path) -> None:
    (context / "jobs.txt").write_text("cat /etc/hostname.orig\nsh -c 'exit 3'\nno-such-tool --now\n")
    corpus = learned(context / "jobs.txt")
    image = f'{TOOL_IMAGE}RUN echo 1 > /etc/hostname.orig\nENTRYPOINT ["python3", "/tool.py"]\n'
    jobs = Ground(engine, context, image, Program(port=None), corpus)
    results = [answer for answer in jobs.first.answers.values() if isinstance(answer, CommandResult)]
    assert [(result.exit_code, result.stdout) for result in results] == [(0, b"1\n"), (3, b""), (127, b"")]
    assert jobs.compared(jobs.second).holds
    lost = jobs.compared(jobs.recording(jobs.build(f"{image}RUN rm /bin/cat\n")))
    assert [mismatch.difference for mismatch in lost.mismatches] == ["exit code: 0 became 127"]

    seen = trace(engine, jobs.image, Program(port=None), corpus)
    assert seen.complete, seen.problems
    paths = {touch.path for touch in seen.touches}
    assert "/etc/hostname.orig" in paths
    assert "/tool.py" not in paths
