"""unladen clean shows what is unladen's, with its bytes, and removes only what it is asked to."""

from __future__ import annotations

from pathlib import Path

import pytest

from in_memory.engine import MemoryEngine
from in_memory.store import Image, Store, nothing
from unladen import held, temporary
from unladen.api import clean
from unladen.api.clean import Kind
from unladen.cli.clean import clean as command
from unladen.engine.docker import bytes_of
from unladen.engine.find import Candidate
from unladen.errors import BadConfig


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MemoryEngine:
    """The only engine of this machine; one image of it was kept."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("UNLADEN_CACHE", str(tmp_path / "cache"))
    engine = MemoryEngine(Store(), tmp_path / "state")
    monkeypatch.setattr(clean, "available_engines", lambda: (Candidate("docker", engine),))
    kept = engine.store.add(Image({**nothing().config, "history": []}, (b"x" * 1000,), nothing().tree))
    engine.keep(kept, "unladen/shop:lean")
    engine.store.add(engine.store.images[next(iter(engine.store.images))], "unladen/kept:not-noted")
    return engine


def test_what_is_there_is_shown_and_stays_until_it_is_asked_for(engine: MemoryEngine, tmp_path: Path) -> None:
    dead, living = held.hold(temporary.ours()), held.hold(temporary.ours())
    (dead.path / "secret").write_text("token")
    dead.release()
    (tmp_path / "cache" / "outcomes").mkdir(parents=True)
    (tmp_path / "cache" / "outcomes" / "a.json").write_text("12345678")
    (tmp_path / "cache" / "users-own").touch()
    shown = {each.kind: each for each in clean.clean()}
    assert shown.keys() == {"left behind", "cache", "kept image"}
    assert (shown["cache"].size_bytes, shown["kept image"].size_bytes) == (8, 1000)
    assert shown["left behind"].name == str(dead.path) and shown["left behind"].size_bytes == 5
    assert clean.clean() == clean.clean(("left behind",))
    assert not dead.path.exists() and living.path.exists()
    kinds: tuple[Kind, ...] = ("left behind", "kept image", "base", "cache")
    clean.clean(kinds)
    assert clean.clean() == ()
    assert (tmp_path / "cache" / "users-own").exists() and not (tmp_path / "cache" / "outcomes").exists()
    assert engine.find("unladen/kept:not-noted") is not None  # another user's
    living.remove()


def test_the_builders_cache_is_shown_and_never_removed(
    engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "cache_bytes", lambda: 46_000_000_000)
    [shown] = [each for each in clean.clean() if each.kind == "build cache"]
    assert (shown.where, shown.size_bytes) == (engine.name, 46_000_000_000)
    assert f"{engine.name} builder prune" in shown.name


def test_what_to_remove_is_said_together_with_remove() -> None:
    with pytest.raises(BadConfig, match="--images"):
        command(images=True)


@pytest.mark.parametrize(
    ("text", "size"),
    [("46.2GB", 46_200_000_000), ("0B", 0), ("512kB", 512_000), ("1.5MB", 1_500_000), ("", None)],
)
def test_dockers_sizes(text: str, size: int | None) -> None:
    assert bytes_of(text) == size
