"""What `optimize --write` leaves is a plain Dockerfile: any engine builds it, and it answers the same."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from commandline import unladen
from engines import provide

from unladen.config import load
from unladen.dockerfile.stages import parse
from unladen.engine.interface import BuildRequest, Engine
from unladen.language.registry import detect
from unladen.proof.interface import BatteryProgram, ProofPlan
from unladen.session import host_settings
from unladen.trial.ground import Ground, judge, program_of, survey

pytestmark = pytest.mark.engine

SAMPLE = Path(__file__).parents[2] / "samples" / "go-users"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    project = Path(shutil.copytree(SAMPLE, folder / "go-users"))
    (
        project / "Dockerfile"
    ).unlink()  # one of the user's own is left as it is: it has no place for such a host's CA
    wanted = ("--rungs", "multi-stage,scratch", "--time", "none")
    ran = unladen("optimize", project, "--write", *wanted, cache=folder / "cache")
    assert ran.code == 0, ran.stderr
    assert "FROM scratch" in (project / "Dockerfile").read_text()
    return project


def test_a_plain_build_of_the_written_dockerfile_answers_the_same(written: Path, engine: Engine) -> None:
    provide(engine, *parse((written / "Dockerfile").read_text()).bases)
    image = plain_build(engine, written)
    assert judge(engine, image, ground(engine)).holds
    assert engine.inspect(image).size_bytes <= 11_000_000
    engine.remove_image(image)


def plain_build(engine: Engine, project: Path) -> str:
    """The engine's own build command, with the one flag that the Dockerfile's first lines name for such a host."""
    host = host_settings()
    secret = ["--secret", f"id=ca,src={host.ca_bundle}"] if host.ca_bundle else []
    iidfile = project.parent / f"{engine.name}.id"
    command = [*engine.command, "build", "--quiet", *secret, "--iidfile", str(iidfile), str(project)]
    environ = {**os.environ, "DOCKER_BUILDKIT": "1"}
    subprocess.run(command, check=True, capture_output=True, env=environ, timeout=600)
    return iidfile.read_text().strip()


def ground(engine: Engine) -> Ground:
    """The sample's own naive Dockerfile is what the answers are held against."""
    config = load(SAMPLE)
    baseline = (SAMPLE / "Dockerfile").read_text()
    host = host_settings()
    built = engine.build(BuildRequest(SAMPLE, baseline, host=host))
    plan = ProofPlan(requests=config.requests(), openapi=False)
    program = program_of(detect(SAMPLE, config.overrides()), plan)
    return survey(engine, built.image, program, plan, BatteryProgram())
