"""Release steps of a Procfile, and requests of documents that may destroy something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted import base

from in_memory.build import configured
from in_memory.engine import MemoryEngine
from in_memory.process import Process
from in_memory.store import Store
from unladen.proof.interface import Program, ProofPlan, RequestCase
from unladen.proof.sources.asked import corpus_of_files
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.procfile import released, steps
from unladen.proof.sources.readme import documented


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        ("release: python manage.py migrate", [("python", "manage.py", "migrate")]),
        ("release: tool check && tool 'a b'", [("tool", "check"), ("tool", "a b")]),
        ("web: gunicorn app:app", []),
        ("release: tool $DATABASE_URL", []),
        ("release: tool | tee log", []),
        ("release: A=1 tool", []),
        ("release: tool > log", []),
        ("release: tool '", []),
    ],
)
def test_the_steps_of_a_release(tmp_path: Path, line: str, argv: list[tuple[str, ...]]) -> None:
    (tmp_path / "Procfile").write_text(f"worker: x\n{line}\n")
    found = list(steps(tmp_path))
    assert [case.argv for case in found] == argv
    assert all(case.own and case.origin == "Procfile:2 release" for case in found)


def migrate(process: Process) -> int:
    if "fails" in process.argv:
        process.complain("no database")
        return 1
    process.say("migrated")
    return 0


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[MemoryEngine]:
    engine = MemoryEngine(Store(programs={"migrate": migrate}), tmp_path / "state")
    yield engine
    engine.close()


def test_only_steps_that_the_image_runs_well_are_evidence(engine: MemoryEngine, tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text("release: migrate && migrate fails && not-there\n")
    image = configured(base({}, ("migrate",)), 'CMD ["migrate"]')
    facts = engine.inspect(engine.store.add(image, "image:1"))
    corpus = released(Surroundings(Program(8000), ProofPlan(), facts, engine=engine, root=tmp_path))
    assert [case.id for case in corpus.cases] == ["release: migrate"]
    assert (
        "release: migrate fails fails here, and is no evidence; release: not-there fails here"
        in corpus.coverage.note
    )


def test_what_may_destroy_something_is_asked_apart(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("curl localhost:8000/a\ncurl -X POST localhost:8000/shutdown\n")
    cases = corpus_of_files(documented(tmp_path)).cases
    assert [case.apart for case in cases if isinstance(case, RequestCase)] == [False, True]
