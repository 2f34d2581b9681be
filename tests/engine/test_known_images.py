"""A well-known server is proved and slimmed without any configuration, and its list holds in CI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commandline import left_behind, unladen
from engines import provide

from unladen.engine.interface import Engine

pytestmark = pytest.mark.engine


def test_redis_by_its_recipe(engine: Engine, tmp_path: Path) -> None:
    provide(engine, "redis:7")
    out, report = tmp_path / "out", tmp_path / "report.json"
    chosen = ("--policy", "file", "-o", out, "--engine", engine.name)
    ran = unladen("slim", "redis:7", "--json", report, *chosen)
    assert ran.code == 0, ran.stdout + ran.stderr
    found = json.loads(report.read_text())
    assert found["proved"] and found["level"] == "fair" and not found["repairs"], ran.stdout
    assert found["slim_bytes"] < found["full_bytes"] * 0.26
    keep = (out / "unladen.keep").read_text()
    assert "/usr/bin/redis-cli" in keep and "the image would differ without it" in keep
    assert left_behind(engine.name) == []

    ran = unladen("prove", "redis:7", "redis:7", "--engine", engine.name)
    assert ran.code == 0, ran.stdout + ran.stderr
