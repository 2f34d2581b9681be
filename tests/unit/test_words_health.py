"""Health checks of a Dockerfile and of a compose file: which path they ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from unladen.dockerfile.choose import choose
from unladen.dockerfile.healthcheck import health_checks, health_path
from unladen.language.interface import Overrides
from unladen.language.registry import detect


@pytest.mark.parametrize(
    ("check", "path", "port"),
    [
        ("CMD curl -f http://localhost:8000/healthz || exit 1", "/healthz", 8000),
        ('CMD ["wget", "-qO-", "http://127.0.0.1:8080/ready?full=1"]', "/ready?full=1", 8080),
        ("CMD curl --fail http://localhost", "/", None),
        ("CMD curl -f localhost:8000/up", "/up", 8000),
        ("CMD curl -f http://localhost:${PORT}/up", "/up", 9000),
        (
            "CMD python -c \"import urllib.request as r; r.urlopen('http://localhost:8000/health')\"",
            "/health",
            8000,
        ),
        ("CMD python -c \"c.request('GET', '/live')\"", "/live", None),
    ],
)
def test_a_healthcheck_asks_a_path(tmp_path: Path, check: str, path: str, port: int | None) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM x\nENV PORT=9000\nHEALTHCHECK --interval=5s {check}\n")
    (found,) = health_checks(tmp_path, choose(tmp_path))
    assert (found.path, found.port, found.source) == (path, port, "Dockerfile:3 HEALTHCHECK")


@pytest.mark.parametrize("check", ["NONE", "CMD pg_isready", "CMD curl -f http://db:5432/", "CMD ./check.sh"])
def test_a_check_that_asks_the_program_nothing_over_http(tmp_path: Path, check: str) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM x\nHEALTHCHECK {check}\n")
    assert health_checks(tmp_path, choose(tmp_path)) == ()


COMPOSE = """services:
  web:
    build: .
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/composed"]
  db:
    image: search
    healthcheck:
      test: curl -f http://localhost:9200/_cluster/health
  other:
    build: ./other
    healthcheck: {test: "curl http://localhost:8000/other"}
"""


def test_only_the_services_that_build_this_folder_are_asked(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (found,) = health_checks(tmp_path, None)
    assert (found.path, found.port, found.source) == ("/composed", 8000, "compose.yaml healthcheck of web")


@pytest.mark.parametrize(
    "text", ["services: [", "services: {web: 3, x: {build: ., healthcheck: 7}}", "- a", "a: &a [*a]"]
)
def test_a_compose_file_that_cannot_be_read_has_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "compose.yaml").write_text(text)
    assert health_checks(tmp_path, None) == ()


def test_a_check_of_another_port_is_not_the_programs(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x\nHEALTHCHECK CMD curl http://localhost:9090/metrics\n")
    users = choose(tmp_path)
    assert health_path(tmp_path, users, 8000) is None
    assert health_path(tmp_path, users, None) is None
    found = health_path(tmp_path, users, 9090)
    assert found and found.path == "/metrics"


def test_it_is_the_health_path_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("flask\n")
    (tmp_path / "app.py").write_text("from flask import Flask\napp = Flask(__name__)\napp.run(port=5000)\n")
    (tmp_path / "Dockerfile").write_text(
        "FROM python:3.11\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nEXPOSE 5000\n"
        'HEALTHCHECK CMD curl -f http://localhost:5000/api/up\nCMD ["python", "app.py"]\n'
    )
    project = detect(tmp_path, Overrides())
    assert (project.health.value, project.health.source) == ("/api/up", "Dockerfile:6 HEALTHCHECK")
