"""A user slims a small project, reviews the list, breaks it, has it repaired, and builds it without unladen."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from commandline import interrupted, left_behind, unladen
from engines import answers, found, get

from unladen.engine.interface import BuildRequest
from unladen.proof.interface import RequestCase, Response
from unladen.tracing.sensor_binary import sensor_for

pytestmark = pytest.mark.engine

PROJECT = Path(__file__).parent / "projects" / "plain-http"
ZONES = "/usr/share/zoneinfo/"


def answered(project: Path) -> dict[str, Response]:
    """What the project answers when built as it stands, with its own .dockerignore and nothing of ours but the
    engine's client."""
    engine = found("docker")
    try:
        built = engine.build(BuildRequest(project, (project / "Dockerfile").read_text()))
        add = RequestCase("/sum", "POST /sum", "POST", "/sum", body=b'{"numbers": [1, 2, 3.5]}')
        return answers(engine, built.image, get("/now"), add, get("/nowhere"))
    finally:
        engine.close()


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all: the rung below is the same, and need not be climbed twice."""
    return tmp_path_factory.mktemp("cache")


def test_slims_repairs_and_builds_without_unladen(tmp_path: Path, cache: Path) -> None:
    project = Path(shutil.copytree(PROJECT, tmp_path / "project"))
    report = tmp_path / "report.json"
    wanted = ("--engine", "docker", "--json", report, "--rungs", "distroless")

    ran = unladen("slim", project, "--write", "--accept-thin", "--removed", *wanted, cache=cache)
    assert ran.code == 0, ran.stderr
    first = json.loads(report.read_text())
    assert first["proved"] and first["different"] == 0 and first["repairs"] == []
    assert first["held_back"] == first["held"] == 1
    assert first["slim_bytes"] < first["full_bytes"] < first["baseline_bytes"]
    assert "libstdc++6" in ran.stdout and not first["trace_problems"]
    keep_file = project / "unladen.keep"
    assert f"\n{ZONES}\n" in keep_file.read_text()

    now = answered(project)
    assert json.loads(now["/now"].body)["zone"] == "Europe/Berlin"
    assert [each.status for each in now.values()] == [200, 200, 404]
    assert json.loads(now["/sum"].body) == {"sum": 6.5}

    keep_file.write_text(keep_file.read_text().replace(f"\n{ZONES}\n", "\n"))
    ran = unladen("slim", project, "--write", "--accept-thin", *wanted, cache=cache)
    assert ran.code == 0, ran.stderr
    second = json.loads(report.read_text())
    assert second["proved"] and second["held_back"] is None
    assert second["repairs"][0]["case"] == "GET /now" and "200 became" in second["repairs"][0]["difference"]
    assert "# added by repair in round 1: GET /now\n" in keep_file.read_text()
    assert ZONES in keep_file.read_text()

    said = unladen("explain", keep_file, "/usr/share/zoneinfo/Europe/Berlin")
    assert said.code == 0 and "added by repair in round 1: GET /now" in said.stdout
    assert left_behind("docker") == []


def test_slimmed_is_a_rung_of_optimize(tmp_path: Path, cache: Path) -> None:
    project = Path(shutil.copytree(PROJECT, tmp_path / "project"))
    report = tmp_path / "report.json"
    wanted = ("--rungs", "distroless,slimmed", "--engine", "docker", "--json", report)
    ran = unladen("optimize", project, "--goal", "smallest", "--time", "all", "--write", *wanted, cache=cache)
    assert ran.code == 0, ran.stderr
    climb = json.loads(report.read_text())
    full, slimmed = climb["rungs"]
    assert slimmed["status"] == "proved" and climb["recommended"] == "slimmed"
    assert slimmed["size_bytes"] < full["size_bytes"] and slimmed["build_warm_s"] < slimmed["build_cold_s"]
    risk = slimmed["slimming"]
    assert (risk["made_from"], risk["policy"], risk["held_back"], risk["repairs"]) == (
        "distroless",
        "package",
        1,
        0,
    )
    assert "slimmed: made from distroless without" in " ".join(ran.stdout.split())
    assert (project / "unladen.keep").read_text() == slimmed["context_files"]["unladen.keep"]
    assert "!unladen.keep" in (project / ".dockerignore").read_text()
    assert answered(project)["/now"].status == 200

    # The list is there now, and what was written is no baseline: the same again, with the list as it stands.
    ran = unladen("optimize", project, *wanted, cache=cache)
    assert ran.code == 0, ran.stderr
    again = json.loads(report.read_text())
    assert again["rungs"][1]["status"] == "proved" and again["recommended"] == "distroless"
    assert again["rungs"][1]["context_files"] == slimmed["context_files"]


def test_without_repair_a_broken_list_is_not_written(tmp_path: Path, cache: Path) -> None:
    project = Path(shutil.copytree(PROJECT, tmp_path / "project"))
    arguments = ("--exclude", ZONES, "--rounds", "0", "--rungs", "distroless", "--engine", "docker")
    ran = unladen("slim", project, "--write", "--accept-thin", *arguments, cache=cache)
    assert ran.code == 1 and "not slimmed" in ran.stdout
    assert sorted(path.name for path in project.iterdir()) == sorted(path.name for path in PROJECT.iterdir())


@pytest.mark.parametrize(
    ("phase", "command"),
    [
        ("tracing", ("slim", "--rungs", "distroless")),
        ("building the slim image", ("slim", "--rungs", "distroless")),
        ("proving the slim image", ("optimize", "--rungs", "distroless,slimmed-file")),
        ("repairing", ("slim", "--rungs", "distroless", "--exclude", ZONES)),
    ],
)
def test_interruption_leaves_nothing(
    tmp_path: Path, cache: Path, phase: str, command: tuple[str, ...]
) -> None:
    project = Path(shutil.copytree(PROJECT, tmp_path / "project"))
    arguments = (*command, project, "--engine", "docker")
    ran = interrupted(phase, signal.SIGINT, *arguments, cache=cache)
    assert ran.code == 130, ran.stderr
    assert "interrupted" in ran.stderr and "Traceback" not in ran.stderr
    assert left_behind("docker") == []


def test_a_trace_says_who_touched_what(tmp_path: Path) -> None:
    name, trace = f"unladen-test/traced:{os.getpid()}", tmp_path / "trace.json"
    dockerfile = (
        'FROM python:3.11-slim\nWORKDIR /app\nCOPY main.py .\nEXPOSE 8000\nCMD ["python", "main.py"]\n'
    )
    engine = found("docker")
    try:
        engine.build(BuildRequest(PROJECT, dockerfile, tag=name))
        config = PROJECT / "unladen.toml"
        ran = unladen("trace", name, "--config", config, "--engine", "docker", "-o", trace)
    finally:
        engine.close()
    assert ran.code == 0, ran.stderr
    traced = json.loads(trace.read_text())
    assert traced["complete"], traced["problems"]
    berlin = next(each for each in traced["touches"] if each["path"].endswith("/Europe/Berlin"))
    assert berlin["phase"] == 1 and berlin["result"] == 0 and "python" in berlin["process"]
    main = next(each for each in traced["touches"] if each["path"] == "/app/main.py")
    assert main["phase"] == 0
    assert left_behind("docker") == []


def test_where_tracing_is_refused_it_is_said(tmp_path: Path) -> None:
    """A sensor refuses to run under another one, as it does wherever ptrace is not to be had."""
    shutil.copy(sensor_for(os.uname().machine), tmp_path / "sensor")
    name = f"unladen-test/refused:{os.getpid()}"
    dockerfile = 'FROM scratch\nCOPY sensor /sensor\nCMD ["/sensor", "/log", "--", "/sensor", "--check"]\n'
    engine = found("docker")
    try:
        engine.build(BuildRequest(tmp_path, dockerfile, tag=name))
        ran = unladen("trace", name, "--engine", "docker", "-o", tmp_path / "trace.json")
    finally:
        engine.close()
    assert ran.code == 2 and "cannot trace the image" in ran.stderr and "ptrace" in ran.stderr
    assert not (tmp_path / "trace.json").exists()


def test_bad_input_is_said_before_anything_is_built(tmp_path: Path) -> None:
    project = Path(shutil.copytree(PROJECT, tmp_path / "project"))
    (project / "unladen.keep").write_text("# unladen keep-list, format 1\n\n[system]\n\nnot-absolute\n")
    ran = unladen("slim", project)
    assert ran.code == 2 and "unladen.keep: line 5" in ran.stderr
    (project / "unladen.keep").write_text("# unladen keep-list, format 1\n\n[system]\n\n/etc\n")
    ran = unladen("slim", project, "--policy", "file")
    assert ran.code == 2 and "--fresh" in ran.stderr
    ran = unladen("trace", "unladen-test/there-is-none", "-o", tmp_path / "t.json")
    assert ran.code == 2 and "no such image" in ran.stderr
