"""Bad input: one clear message that says what is wrong and what to do, exit code 2, no traceback."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

import pytest
from commandline import Ran, left_behind, unladen
from engines import found

pytestmark = pytest.mark.engine

PROJECTS = Path(__file__).parent / "projects"
DOCKERFILE = 'FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nEXPOSE 8000\nCMD ["python", "main.py"]\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(PROJECTS / "plain-http", tmp_path / "project"))
    (folder / "Dockerfile").write_text(DOCKERFILE)
    return folder


def refused(ran: Ran, *words: str) -> None:
    assert ran.code == 2, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stderr.count("error:") == 1
    for word in words:
        assert word in ran.stderr, ran.stderr


def test_no_such_folder(tmp_path: Path) -> None:
    refused(unladen("optimize", tmp_path / "nowhere"), "there is no such folder")


def test_empty_folder(tmp_path: Path) -> None:
    refused(unladen("optimize", tmp_path), "is empty")


def test_a_file_instead_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("")
    refused(unladen("optimize", tmp_path / "main.py"), "folder")


def test_no_known_manifest(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    refused(unladen("optimize", tmp_path), "requirements.txt", "go.mod")


def test_unknown_rung(project: Path) -> None:
    refused(unladen("optimize", project, "--rungs", "slim,moon"), "moon", "lighter-base", "split")


def test_unknown_key_in_the_configuration(project: Path) -> None:
    (project / "unladen.toml").write_text("[project]\nprot = 8000\n")
    refused(unladen("optimize", project), "unladen.toml", "project.prot")


def test_configuration_that_is_not_toml(project: Path) -> None:
    (project / "unladen.toml").write_text("[project\n")
    refused(unladen("optimize", project), "unladen.toml", "TOML")


def test_dockerfile_with_a_syntax_error(project: Path) -> None:
    (project / "Dockerfile").write_text("FROM python:3.11-slim\nRUNN pip install\n")
    refused(unladen("optimize", project), "Dockerfile", "line 2", "RUNN")


def test_a_baseline_that_does_not_build(project: Path) -> None:
    (project / "Dockerfile").write_text(DOCKERFILE.replace("EXPOSE", "RUN echo before && exit 7\nEXPOSE"))
    refused(unladen("optimize", project, "--rungs", "slim"), "exit 7", "before")
    assert left_behind(found("auto").name) == []


def test_a_base_that_cannot_be_had(project: Path) -> None:
    (project / "Dockerfile").write_text(DOCKERFILE.replace("python:3.11-slim", "unladen.invalid/no/such:1"))
    refused(unladen("optimize", project, "--rungs", "slim"), "unladen.invalid/no/such:1")


def test_a_program_that_ends_at_once_shows_its_logs(project: Path) -> None:
    (project / "main.py").write_text("raise SystemExit('the database is not configured')\n")
    refused(unladen("optimize", project, "--rungs", "slim"), "the database is not configured")
    assert left_behind(found("auto").name) == []


def test_a_program_that_never_becomes_healthy(project: Path) -> None:
    (project / "main.py").write_text("import time\nprint('waiting', flush=True)\ntime.sleep(600)\n")
    (project / "unladen.toml").write_text("[project]\nport = 8000\n[verify]\nhealthy_within = 2\n")
    refused(unladen("optimize", project, "--rungs", "slim"), "cannot reach the program", "waiting")


def test_no_engine(project: Path, tmp_path: Path) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    environ = {"PATH": str(empty), "DOCKER_HOST": "unix:///nowhere/docker.sock"}
    refused(unladen("optimize", project, "--engine", "docker", env=environ), "container engine")


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_read_only_folder_with_write(project: Path) -> None:
    project.chmod(0o555)
    refused(unladen("optimize", project, "--write"), "cannot write")


def test_a_large_file_in_the_context_is_no_burden(project: Path, tmp_path: Path) -> None:
    with (project / "data.bin").open("wb") as file:
        file.truncate(2_000_000_000)  # sparse here, 2 GB for whoever reads it
    (project / ".dockerignore").write_text("data.bin\n")
    ran = unladen("optimize", project, "--rungs", "distroless", "--time", "none", cache=tmp_path / "cache")
    assert ran.code == 0, ran.stderr


def test_a_taken_port_on_the_host_does_not_matter(project: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", 8000))
        taken.listen()
        ran = unladen(
            "optimize", project, "--rungs", "distroless", "--time", "none", cache=tmp_path / "cache"
        )
    assert ran.code == 0, ran.stderr
