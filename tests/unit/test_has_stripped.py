"""A file without its symbols: nothing that is loaded differs, and only where a rung says that it strips that file."""

from __future__ import annotations

from dataclasses import replace

import pytest
from elf_files import compiled
from has_sides import Step, side_of

from unladen.keep.keeplist import Rule, keep_list
from unladen.language.interface import Lost
from unladen.proof.has.files import files
from unladen.proof.has.interface import SYMBOLS, Intent, Pair
from unladen.proof.has.stripped import is_stripped
from unladen.slimming.interface import without_symbols

PARTS = {".text": b"code" * 20, ".rodata": b"fixed", ".eh_frame": b"frames", ".data": b"data"}
FULL = compiled(PARTS, symbols=b"s" * 300)
BASE = Step("", {"/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n"})
COPY = Step("COPY . /app # buildkit", {"/app/one": FULL, "/app/other": FULL})


def judged(content: bytes) -> bool:
    trees = [side_of(BASE, replace(COPY, files={"/app/one": each})).scene.tree for each in (FULL, content)]
    return is_stripped(trees[0], trees[0].get("/app/one"), trees[1], trees[1].get("/app/one"))  # type: ignore[arg-type]


def test_it_has_all_that_is_loaded() -> None:
    assert judged(compiled(PARTS))


@pytest.mark.parametrize("part", PARTS)
def test_one_with_another_section_is_another_file(part: str) -> None:
    changed = PARTS[part][:-1] + b"!"
    assert not judged(compiled({**PARTS, part: changed}))
    assert not judged(compiled({**PARTS, part: changed + b"!"}))
    assert not judged(compiled({name: each for name, each in PARTS.items() if name != part}))


@pytest.mark.parametrize(
    "content",
    [
        FULL,
        compiled(PARTS, symbols=b"t" * 300),
        compiled(PARTS, symbols=b"s" * 301),
        compiled(PARTS, entry=0x1001),
        compiled({**PARTS, ".init": b"more"}),
        compiled({}),
        FULL[:100],
        b"",
        b"no program",
    ],
)
def test_one_that_is_no_smaller_or_begins_elsewhere_is_another_file(content: bytes) -> None:
    assert not judged(content)


@pytest.mark.parametrize(
    ("settings", "one", "other"),
    [
        ({}, str(Lost.SYMBOLS), str(Lost.SYMBOLS)),
        ({f"{SYMBOLS}/app/one": "listed"}, str(Lost.SYMBOLS), ""),
        ({f"{SYMBOLS}/app/on": "listed"}, "", ""),
    ],
)
def test_a_rung_that_names_what_it_strips_means_no_other_file(
    settings: dict[str, str], one: str, other: str
) -> None:
    stripped = replace(COPY, files=dict.fromkeys(COPY.files, compiled(PARTS)))
    intent = Intent(frozenset({Lost.SYMBOLS}), settings)
    found = files(Pair(side_of(BASE, COPY), side_of(BASE, stripped), intent)).losses
    size = f"without symbols ({len(FULL)} bytes, now {len(compiled(PARTS))})"
    assert {loss.subject: (loss.difference, loss.intended) for loss in found} == {
        "/app/one": (size, one),
        "/app/other": (size, other),
    }


def test_without_a_word_of_it_symbols_are_missed() -> None:
    stripped = replace(COPY, files=dict.fromkeys(COPY.files, compiled(PARTS)))
    found = files(Pair(side_of(BASE, COPY), side_of(BASE, stripped), Intent())).losses
    assert [loss.intended for loss in found] == ["", ""]


def test_a_file_with_other_code_is_not_excused_by_its_line() -> None:
    other = compiled({**PARTS, ".eh_frame": b"Frames"})
    changed = replace(COPY, files={"/app/one": other, "/app/other": FULL})
    keep = keep_list([Rule("/app/", "mine", "application")], strip=("/app/one",))
    intent = Intent(frozenset({Lost.SYMBOLS}), without_symbols(keep))
    [loss] = files(Pair(side_of(BASE, COPY), side_of(BASE, changed), intent)).losses
    assert (loss.subject, loss.difference.partition(" (")[0], loss.intended) == (
        "/app/one",
        "other contents",
        "",
    )
