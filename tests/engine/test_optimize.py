"""A user optimizes a small project: the ladder is climbed, proved, written, and nothing stays behind."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import jsonschema
import pytest
from commandline import interrupted, left_behind, unladen
from engines import found

from unladen.report.json import schema

pytestmark = pytest.mark.engine

PROJECTS = Path(__file__).parent / "projects"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECTS / "plain-http", tmp_path / "ein Projekt mit Ümläuten"))


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_climbs_proves_and_writes(project: Path, tmp_path: Path, engine: str) -> None:
    cache, report = tmp_path / "cache", tmp_path / "report.json"
    wanted = ("--rungs", "alpine,multi-stage,distroless", "--engine", engine)
    ran = unladen("optimize", project, "--write", "--json", report, *wanted, cache=cache)
    assert ran.code == 0, ran.stderr
    result = json.loads(report.read_text())
    jsonschema.validate(result, schema())
    statuses = {rung["name"]: rung["status"] for rung in result["rungs"]}
    assert statuses["multi-stage"] == statuses["distroless"] == "proved"
    assert statuses["alpine"] in ("proved", "skipped")
    written = result["recommended"]  # which one depends on start times, and those on the machine
    assert written in ("multi-stage", "distroless")
    distroless = next(rung for rung in result["rungs"] if rung["name"] == "distroless")
    assert distroless["proof"]["cases"] >= 6 and distroless["proof"]["volatile"] >= 1
    assert distroless["size_bytes"] < result["baseline"]["size_bytes"] / 5
    assert (project / "Dockerfile").read_text().startswith(f"# Written by unladen (rung {written})")
    assert "**/.git" in (project / ".dockerignore").read_text()
    assert left_behind(engine) == []


def test_a_second_run_remembers(project: Path, tmp_path: Path) -> None:
    arguments = ("optimize", project, "--rungs", "multi-stage", "--json", "-")
    first = json.loads(unladen(*arguments, cache=tmp_path / "cache").stdout)
    second = json.loads(unladen(*arguments, cache=tmp_path / "cache").stdout)
    assert not first["rungs"][0]["remembered"] and second["rungs"][0]["remembered"]
    assert second["rungs"][0]["size_bytes"] == first["rungs"][0]["size_bytes"]
    (project / "main.py").write_text((project / "main.py").read_text().replace('"ok"', '"fine"'))
    third = json.loads(unladen(*arguments, cache=tmp_path / "cache").stdout)
    assert not third["rungs"][0]["remembered"]


def test_nothing_is_touched_without_write(project: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    ran = unladen("optimize", project, "--rungs", "multi-stage", cache=tmp_path / "cache")
    assert ran.code == 0, ran.stderr
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_an_existing_dockerfile_is_the_baseline_and_kept(project: Path, tmp_path: Path) -> None:
    mine = "FROM python:3.11-slim\nWORKDIR /srv\nCOPY . .\nEXPOSE 8000\nCMD python main.py\n"
    (project / "Dockerfile").write_text(mine)
    ran = unladen("optimize", project, "--rungs", "distroless", "--write", cache=tmp_path / "cache")
    assert ran.code == 0, ran.stderr
    assert (project / "Dockerfile.bak").read_text() == mine
    assert "-CMD python main.py" in ran.stdout  # the diff is shown


def test_a_rung_whose_build_fails_does_not_stop_the_others(project: Path, tmp_path: Path) -> None:
    (project / "Dockerfile").write_text(
        "FROM python:3.11-slim\nWORKDIR /app\nCOPY main.py .\nRUN python -m compileall main.py\n"
        'EXPOSE 8000\nCMD ["python", "main.py"]\n'
    )
    without = ("--base", "python:3.11-slim=debian:bookworm-slim")  # it has no Python
    arguments = ("optimize", project, *without, "--time", "none", "--json", "-", "--rungs")
    ran = unladen(*arguments, "lighter-base,distroless", cache=tmp_path / "cache")
    assert ran.code == 0, ran.stderr
    rungs = json.loads(ran.stdout)["rungs"]
    assert [rung["status"] for rung in rungs] == ["failed", "proved"]
    assert "python -m compileall main.py" in rungs[0]["reason"]
    alone = unladen(*arguments, "lighter-base", cache=tmp_path / "cache")
    assert alone.code == 1 and "every rung that was tried failed" in alone.stderr
    assert left_behind(found("auto").name) == []


@pytest.mark.parametrize(
    ("phase", "number", "time"),
    [
        ("building", signal.SIGINT, "none"),
        ("building", signal.SIGTERM, "none"),
        ("proving", signal.SIGINT, "none"),
        ("weighing", signal.SIGTERM, "none"),
        ("timing starts", signal.SIGINT, "recommended"),
        ("timing a build without cache", signal.SIGTERM, "recommended"),
        ("timing a rebuild", signal.SIGTERM, "all"),
    ],
)
def test_interruption_leaves_nothing(
    project: Path, tmp_path: Path, phase: str, number: signal.Signals, time: str
) -> None:
    arguments = ("optimize", project, "--rungs", "multi-stage", "--time", time)
    ran = interrupted(phase, number, *arguments, cache=tmp_path / "cache", lends=phase != "weighing")
    assert ran.code == 130, ran.stderr
    assert "interrupted" in ran.stderr and "Traceback" not in ran.stderr
    assert left_behind(found("auto").name) == []


def test_a_second_write_keeps_the_users_own_dockerfile(project: Path, tmp_path: Path) -> None:
    """The baseline stays what the user had, and his file is not lost to a second round."""
    mine = 'FROM python:3.11-slim\nWORKDIR /srv\nCOPY . .\nEXPOSE 8000\nCMD ["python", "main.py"]\n'
    (project / "Dockerfile").write_text(mine)
    arguments = ("optimize", project, "--rungs", "distroless", "--write", "--json", "-")
    first = unladen(*arguments, cache=tmp_path / "cache")
    written = (project / "Dockerfile").read_text()
    second = unladen(*arguments, cache=tmp_path / "cache")
    assert (first.code, second.code) == (0, 0), second.stderr
    baselines = [json.loads(ran.stdout)["baseline"]["dockerfile"] for ran in (first, second)]
    assert baselines == [mine, mine]
    assert (project / "Dockerfile.bak").read_text() == mine
    assert not (project / "Dockerfile.bak2").exists()
    body = written.partition("\n# proved")[2]
    assert (project / "Dockerfile").read_text().partition("\n# proved")[2] == body
