"""A gRPC server is proved by what its reflection names, against a copy of itself and one that answers otherwise."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from commandline import unladen
from engines import docker_alone, provide

from unladen.engine.interface import Engine

pytestmark = [pytest.mark.engine, docker_alone]

CALLS = Path(__file__).parent / "projects" / "calls"


def test_a_server_of_grpc(engine: Engine, tmp_path: Path) -> None:
    provide(engine, "python:3.11-slim")
    project, report = tmp_path / "calls", tmp_path / "report.json"
    shutil.copytree(CALLS, project)
    dockerfile = (project / "Dockerfile").read_text()
    for name, step in (("same", "touch server.py"), ("changed", "sed -i s/anna/carl/ server.py")):
        (project / f"Dockerfile.{name}").write_text(dockerfile.replace("EXPOSE", f"RUN {step}\nEXPOSE"))
    candidates = ("--candidate", "Dockerfile.same", "--candidate", "Dockerfile.changed")
    meant = ("--intend", "/app/server.py")
    ran = unladen(
        "prove",
        project,
        *candidates,
        *meant,
        "--engine",
        "docker",
        "--json",
        report,
        cache=tmp_path / "cache",
    )
    assert ran.code == 1, ran.stdout + ran.stderr
    same, changed = json.loads(report.read_text())["candidates"]
    assert (same["status"], same["proof"]["level"]) == ("same", "strong"), ran.stdout
    assert "4 of 4 methods of 1 gRPC service" in same["proof"]["coverage"]["note"]
    assert changed["status"] == "different"
    said = {each["request"]: each["difference"] for each in changed["proof"]["mismatches"]}
    assert said == {"gRPC /calls.Calls/Name": 'body line 1: "anna" became "carl"'}
