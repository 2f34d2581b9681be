"""How images are called that stay, and that nobody else's is taken for one of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from in_memory.engine import MemoryEngine
from in_memory.store import Image, Store, nothing
from unladen.engine.kept import name_for

REFERENCE = re.compile(r"unladen/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""The grammar of github.com/distribution/reference."""
NAME = "unladen/shop:lean"


@pytest.mark.parametrize(
    ("project", "rung", "name"),
    [
        ("shop", "lighter-base", "unladen/shop:lighter-base"),
        ("My Shop_2.0", "lean", "unladen/my-shop_2.0:lean"),
        ("--a__.b--", "x y", "unladen/a-b:x-y"),
        ("größe", "größe", "unladen/gr-e:gr-e"),
        ("店", "店", "unladen/project:rung"),
        ("session", "kept", "unladen/session-project:kept"),
        ("x" * 99 + "-y" * 99, "-" + "z" * 300, f"unladen/{'x' * 99}:{'z' * 100}"),
    ],
)
def test_the_name_is_a_legal_reference(project: str, rung: str, name: str) -> None:
    assert name_for(project, rung) == name and REFERENCE.fullmatch(name)


@pytest.fixture
def engine(tmp_path: Path) -> MemoryEngine:
    return MemoryEngine(Store(), tmp_path / "state")


def image(engine: MemoryEngine, word: str) -> str:
    return engine.store.add(
        Image({**nothing().config, "history": [{"created_by": word}]}, (), nothing().tree)
    )


def test_a_later_image_takes_the_name_and_the_former_stays_under_its_id(engine: MemoryEngine) -> None:
    one, other = image(engine, "one"), image(engine, "other")
    assert [engine.keep(each, NAME) for each in (one, one, other)] == [NAME] * 3
    former = f"unladen/kept:{one.removeprefix('sha256:')[:12]}"
    assert (engine.find(NAME), engine.find(former)) == (other, one)
    assert engine.kept().keys() == {NAME, former}


def test_anothers_image_of_that_name_keeps_it(engine: MemoryEngine) -> None:
    theirs, ours = image(engine, "theirs"), image(engine, "ours")
    engine.tag(theirs, NAME)
    assert engine.keep(ours, NAME) == f"{NAME}-2" == engine.keep(ours, NAME)
    assert engine.find(NAME) == theirs and engine.kept().keys() == {f"{NAME}-2"}


def test_a_kept_name_that_somebody_gave_away_is_no_longer_ours(engine: MemoryEngine) -> None:
    ours, theirs = image(engine, "ours"), image(engine, "theirs")
    engine.keep(ours, NAME)
    engine.tag(theirs, NAME)
    assert engine.kept() == {}
    assert engine.keep(ours, NAME) == f"{NAME}-2" and engine.find(NAME) == theirs


def test_another_engine_and_another_user_have_none(engine: MemoryEngine, tmp_path: Path) -> None:
    engine.keep(image(engine, "ours"), NAME)
    assert MemoryEngine(engine.store, tmp_path / "theirs").kept() == {}
    assert MemoryEngine(Store(), tmp_path / "state").kept() == {}


def test_what_an_earlier_version_wrote_down_is_known(engine: MemoryEngine, tmp_path: Path) -> None:
    ours = image(engine, "ours")
    engine.keep(ours, NAME)
    former = f"unladen/kept:{ours.removeprefix('sha256:')[:12]}"
    ledger = tmp_path / "state" / "kept"
    ledger.write_text(f"{ledger.read_text().partition(chr(9))[0]}\t{former}\n")
    engine.tag(ours, former)
    assert engine.kept().keys() == {former}
