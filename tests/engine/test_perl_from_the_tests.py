"""A language that no line of src/ knows of is registered, optimized and slimmed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from engines import answers, found, get, provide

import unladen
from languages import perl
from languages.perl_known import known
from unladen.climb.interface import Proved
from unladen.engine.interface import BuildRequest

pytestmark = pytest.mark.engine

PROJECT = Path(__file__).parent / "projects" / "greeter"


def test_a_registered_language_is_optimized_and_slimmed(tmp_path: Path) -> None:
    project = Path(shutil.copytree(PROJECT, tmp_path / "greeter"))
    engine = found("docker")
    provide(engine, "debian:bookworm", "debian:bookworm-slim")
    with known():
        climb = unladen.optimize(
            project, goal="smallest", rungs=("slim", "slimmed"), engine="docker", cache=tmp_path / "cache"
        )
        written = unladen.write_recommended(project, climb)

    assert climb.project.language == perl.LANGUAGE.name
    slim, slimmed = climb.rungs
    assert isinstance(slim, Proved) and isinstance(slimmed, Proved)
    assert slimmed.weight.size_bytes < slim.weight.size_bytes / 2 < climb.baseline.weight.size_bytes
    assert slimmed.slimming is not None and slimmed.slimming.made_from == "slim"
    assert climb.recommended == "slimmed" and slimmed.verdict.cases >= 3
    assert slim.verdict.environment_checks == slimmed.verdict.environment_checks == 4

    listed = (project / "unladen.keep").read_text()
    assert "deb perl-base" in listed and "deb apt" not in listed
    assert {"Dockerfile", "unladen.keep"} <= {each.path.name for each in written}

    try:
        built = engine.build(BuildRequest(project, (project / "Dockerfile").read_text()))
        now = answers(engine, built.image, get("/hello/world"), get("/nowhere"))
    finally:
        engine.close()
    assert now["/hello/world"].body == b"hello, world\n" and now["/nowhere"].status == 404
