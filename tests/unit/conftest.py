"""The scene of a story: a project, and an in-memory engine that unladen finds as it finds docker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import scripted

from in_memory.engine import MemoryEngine
from unladen.engine import find
from unladen.language import registry


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[scripted.Scene]:
    """A project with a Dockerfile, on a machine whose only engine is in memory."""
    registry.register(scripted)
    store = scripted.world()
    monkeypatch.setattr(
        find,
        "LOOKS",
        {"in-memory": lambda session, environ: find.Candidate("in-memory", MemoryEngine(store, session))},
    )
    monkeypatch.setenv("UNLADEN_CACHE", str(tmp_path / "cache"))
    made = scripted.Scene(tmp_path / "shop", store, tmp_path / "cache", frozenset(store.images))
    made.write("Dockerfile", scripted.BASELINE)
    made.write("app.script", scripted.APP)
    made.write("unladen.toml", scripted.CONFIG)
    yield made
    registry.unregister(scripted)


@pytest.fixture
def unladen_cli(capsys: pytest.CaptureFixture[str]) -> scripted.CommandLine:
    """The command line: exit code, stdout, stderr."""
    from unladen.cli import app
    from unladen.cli.console import run

    def called(*arguments: str) -> tuple[int, str, str]:
        code = run(lambda: app([str(each) for each in arguments]))
        said = capsys.readouterr()
        return code, said.out, said.err

    return called
