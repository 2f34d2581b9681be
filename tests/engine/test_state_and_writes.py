"""Programs with state: what they write, what survives a restart, and what a stop does to a request in flight."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from engines import any_engine, provide

from unladen.engine.interface import BuildRequest, Engine
from unladen.proof.interface import BatteryProgram, Program, ProofPlan, RequestCase, Response
from unladen.trial.ground import judge, survey

pytestmark = [pytest.mark.engine, any_engine]

BASE = "python:3.11-slim"
PROGRAM = """
import os, secrets, signal, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/stored":
            there = os.path.exists("/data/last")
            return self.answer(200 if there else 404, open("/data/last", "rb").read() if there else b"")
        if self.path == "/shutdown":
            self.answer(200, b"bye")
            return threading.Thread(target=server.shutdown).start()
        self.answer(200, b'<a href="/stored">s</a> <a href="/shutdown">off</a>')

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            for name in ("last", secrets.token_urlsafe(9)):
                with open(f"/data/{name}", "wb") as file:
                    file.write(body)
        except OSError as error:
            return self.answer(500, str(error).encode())
        self.answer(201, b"stored")

    def log_message(self, *arguments):
        pass

server = ThreadingHTTPServer(("0.0.0.0", 8000), Handler)
server.daemon_threads = False
if "--deaf" not in sys.argv:
    signal.signal(signal.SIGTERM, lambda *a: threading.Thread(target=server.shutdown).start())
if "--abrupt" in sys.argv:
    signal.signal(signal.SIGTERM, lambda *a: os._exit(0))
server.serve_forever()
server.server_close()
"""
OWNED = "RUN mkdir /data && chown 65534 /data"
NOTHING_STORED = "file /data/last: written became not written (and 1 more)"
"""The other is what has a name of its own each time."""
PLAN = ProofPlan(
    requests=(
        RequestCase("store", "POST /store", "POST", "/store", (), b"some body", kind="valid"),
        RequestCase("stored", "GET /stored", "GET", "/stored"),
    ),
    openapi=False,
)


def image(engine: Engine, where: Path, *lines: str, command: str = '"python", "/app.py"') -> str:
    (where / "app.py").write_text(textwrap.dedent(PROGRAM))
    provide(engine, BASE)
    text = "\n".join((f"FROM {BASE}", "COPY app.py /app.py", *lines, "USER 65534", f"CMD [{command}]"))
    return engine.build(BuildRequest(where, text)).image


def test_writes_restarts_and_stops(engine: Engine, tmp_path: Path) -> None:
    """The chown of /data is gone (L1), the state lies elsewhere, the stop is deaf or abrupt: each is different. The
    same image is not."""
    program = Program(port=8000, grace=3.0)
    baseline = image(engine, tmp_path, OWNED)
    ground = survey(engine, baseline, program, PLAN, BatteryProgram())
    asked = {case.id for case in ground.corpus.cases}
    assert {"store", "store stopping"} <= asked and any(each.endswith("restarted") for each in asked)
    assert not ground.own.different, ground.own.mismatches
    first = ground.recordings[0]
    [off] = [case for case in ground.corpus.cases if isinstance(case, RequestCase) and case.apart]
    assert (off.path, first.answers[off.id].body) == ("/shutdown", b"bye")  # type: ignore[union-attr]
    assert first.files["/data/last"] == b"some body"
    restarted = first.answers["stored restarted"]
    assert isinstance(restarted, Response) and (restarted.status, restarted.body) == (200, b"some body")

    same = judge(engine, image(engine, tmp_path, OWNED, "RUN true"), ground)
    assert not same.different, same.mismatches
    lost = judge(engine, image(engine, tmp_path, "RUN mkdir /data"), ground)
    assert NOTHING_STORED in {each.difference for each in lost.mismatches}
    assert "store" in {each.case for each in lost.mismatches}
    abrupt = image(engine, tmp_path, OWNED, command='"python", "/app.py", "--abrupt"')
    cut = judge(engine, abrupt, ground)
    assert [each.case for each in cut.mismatches] == ["store stopping"]


def test_a_volume_keeps_what_was_written(engine: Engine, tmp_path: Path) -> None:
    program = Program(port=8000, grace=3.0)
    ground = survey(engine, image(engine, tmp_path, OWNED, "VOLUME /data"), program, PLAN, BatteryProgram())
    assert ground.recordings[0].files["/data/last"] == b"some body"
    assert not ground.own.different, ground.own.mismatches
    lost = judge(engine, image(engine, tmp_path, "VOLUME /data"), ground)
    assert NOTHING_STORED in {each.difference for each in lost.mismatches}
