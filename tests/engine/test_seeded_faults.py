"""Faults that the proof once missed: put into real images, each is caught, with a cause that names it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import answers, any_engine, found, get, provide
from seeded.faults import programs
from seeded.grounds import Laid, clean, lay
from seeded.judging import environment, find, losses, mismatches

from unladen import prove, session
from unladen.climb.interface import Different, Judged, Options
from unladen.climb.story import optimize
from unladen.engine.interface import Engine
from unladen.language.interface import Overrides
from unladen.proof.interface import ProofPlan

pytestmark = pytest.mark.engine

BASE = "python:3.11-slim"
STEPS = Path(__file__).parent / "projects" / "steps"
DROPPED = {
    "RUN SECRET_KEY=dummy python build_assets.py": "/opt/app/static",
    "RUN python make_words.py": "/opt/app/made",
    "RUN mkdir /data && chown web /data": "/data",
}
"""The user's own steps, and what they made."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(STEPS, tmp_path / "steps"))


@any_engine
def test_a_rung_is_proved_only_with_what_the_users_own_steps_made(
    engine: Engine, project: Path, tmp_path: Path
) -> None:
    provide(engine, BASE)
    options = Options(cache=tmp_path / "cache", only=("lean", "distroless", "sourceless"), time="none")
    climbed = optimize(project, engine, session.host_settings(), Overrides(), ProofPlan(), options)
    measured = [each for each in climbed.rungs if isinstance(each, Judged)]
    assert measured, climbed.rungs
    for each in measured:
        made = answers(engine, each.image, get("/static/app.css"), get("/words"), get("/store"))
        whole = [answer.status for answer in made.values()] == [200, 200, 200]
        assert whole or isinstance(each, Different), each.rung.name


def test_a_dockerfile_that_drops_a_step_is_different_and_what_the_step_made_is_named(
    project: Path, tmp_path: Path
) -> None:
    engine = found("auto")
    provide(engine, BASE)
    files = []
    for number, step in enumerate(DROPPED):
        whole = (project / "Dockerfile").read_text()
        less = step.replace(" && chown web /data", "") if "chown" in step else "RUN mkdir -p made"
        files.append(project / f"Dockerfile.{number}")
        files[-1].write_text(whole.replace(step, less))
    proof = prove(project, files=files, cache=tmp_path / "cache")
    for candidate, (step, made) in zip(proof.candidates, DROPPED.items(), strict=True):
        assert candidate.status == "different", step
        assert candidate.verdict is not None
        said = [*losses(candidate.verdict.static), *mismatches(candidate.verdict)]
        assert any(made in line for line in said), (step, said)


@pytest.fixture(scope="module")
def django(engine: Engine) -> Iterator[Laid]:
    """A Django project whose API lies below /api/, and the same image as its candidate."""
    provide(engine, BASE)
    [program] = programs(("django",))
    yield lay(engine, program)


@any_engine
def test_without_a_fault_it_is_proved(engine: Engine, django: Laid) -> None:
    verdict = clean(engine, django)
    assert verdict.holds, [*losses(verdict.static), *environment(verdict), *mismatches(verdict)]


@any_engine
@pytest.mark.parametrize(
    "name",
    [
        "everything below /api/ broken",
        "what collectstatic made is gone",
        "/data is root's: its chown was dropped",
        "the shell gone",
        "whitenoise gone",
        "metadata of Django gone",
        "/tmp cannot be written",
        "a DATABASE that was added",
        "Berlin is London",
        "the shell stays process 1",
    ],
)
def test_a_fault_is_caught_and_named(engine: Engine, django: Laid, name: str) -> None:
    [fault] = [each for each in django.seeded.faults if each.name == name]
    finding = find(engine, django, fault)
    assert finding.caught, (finding.way, finding.said)
