"""Well-known servers are proved and slimmed without any configuration, by their own protocols."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from commandline import left_behind, unladen
from engines import docker_alone, provide

from unladen.engine.interface import BuildRequest, Engine
from unladen.keep.stages import PACKER
from unladen.session import host_settings

pytestmark = pytest.mark.engine


NGINX = Path(__file__).parent / "slim" / "programs" / "nginx"


def slimmed(image: str, policy: str, engine: Engine, out: Path) -> dict[str, Any]:
    """What `unladen slim` reports; nothing of it is left on the engine."""
    report = out / "report.json"
    chosen = ("--policy", policy, "-o", out / "slim", "--engine", engine.name)
    ran = unladen("slim", image, "--json", report, *chosen)
    assert ran.code == 0, ran.stdout + ran.stderr
    assert left_behind(engine.name) == []
    found: dict[str, Any] = json.loads(report.read_text())
    assert found["proved"] and not found["repairs"], ran.stdout
    return found


def test_redis(engine: Engine, tmp_path: Path) -> None:
    provide(engine, "redis:7")
    found = slimmed("redis:7", "file", engine, tmp_path)
    assert found["level"] == "fair" and found["slim_bytes"] < found["full_bytes"] * 0.26
    keep = (tmp_path / "slim" / "unladen.keep").read_text()
    assert "/usr/bin/redis-cli" in keep and "the image would differ without it" in keep

    ran = unladen("prove", "redis:7", "redis:7", "--engine", engine.name)
    assert ran.code == 0, ran.stdout + ran.stderr


def test_nginx(engine: Engine, tmp_path: Path) -> None:
    provide(engine, PACKER)
    name = f"unladen-test/nginx:{os.getpid()}"
    dockerfile = (NGINX / "Dockerfile").read_text()
    engine.build(BuildRequest(NGINX, dockerfile, tag=name, host=host_settings() or None))
    try:
        found = slimmed(name, "file", engine, tmp_path)
    finally:
        engine.remove_image(name)
    assert found["level"] == "fair" and found["slim_bytes"] < found["full_bytes"] * 0.2


@docker_alone
@pytest.mark.parametrize("image", ["postgres:15", "mariadb:10.11"])
def test_a_database(image: str, engine: Engine, tmp_path: Path) -> None:
    provide(engine, image)
    found = slimmed(image, "package", engine, tmp_path)
    assert found["level"] == "fair" and found["slim_bytes"] < found["full_bytes"]
