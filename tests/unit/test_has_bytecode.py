"""Bytecode that does not say what its source says."""

from __future__ import annotations

import importlib.util
import struct

import pytest
from images_of_two import FILES, side, told
from keep_trees import Content

from unladen.proof.has.bytecode import bytecode
from unladen.proof.has.interface import Pair, Side

SOURCE = b"x = 1\n"
TIME = 1_600_000_000
"""What keep_trees gives to every file."""
TAG = importlib.util.cache_from_source("m.py").split(".")[1]
MAGIC = importlib.util.MAGIC_NUMBER
VERSION = f"3.{TAG.removeprefix('cpython-3')}"
HERE = f"/usr/lib/python{VERSION}"


def timed(time: int = TIME, size: int = len(SOURCE), magic: bytes = MAGIC) -> bytes:
    return magic + struct.pack("<III", 0, time, size) + b"code"


def hashed(source: bytes, flags: int) -> bytes:
    return MAGIC + struct.pack("<I", flags) + importlib.util.source_hash(source) + b"code"


def of(pyc: bytes, name: str = f"__pycache__/m.{TAG}.pyc") -> Side:
    files: dict[str, Content] = {**FILES, f"{HERE}/os.py": b"", f"{HERE}/m.py": SOURCE, f"{HERE}/{name}": pyc}
    return side({}, files)


@pytest.mark.parametrize("good", [timed(), hashed(SOURCE, 1), hashed(SOURCE, 3)])
def test_bytecode_of_its_source_is_valid(good: bytes) -> None:
    part = bytecode(Pair(of(timed()), of(good)))
    assert part.losses == () and part.counted == 1


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (timed(TIME + 1), "another time or size"),
        (timed(size=7), "another time or size"),
        (hashed(b"x = 2\n", 1), "another source"),
        (hashed(b"x = 2\n", 3), "another source"),
        (timed(magic=b"\x00\x00\r\n"), f"not the bytecode of Python {VERSION}"),
    ],
)
def test_bytecode_of_another_source_is_a_loss(bad: bytes, why: str) -> None:
    (found,) = told(bytecode(Pair(of(timed()), of(bad)))).values()
    assert why in found


def test_what_is_stale_in_the_baseline_too_is_no_loss() -> None:
    assert bytecode(Pair(of(timed(1)), of(timed(2)))).losses == ()


def test_bytecode_without_a_source_has_to_be_the_interpreters() -> None:
    assert bytecode(Pair(of(timed()), of(timed(), "alone.pyc"))).losses == ()
    found = told(bytecode(Pair(of(timed()), of(timed(magic=b"\x01\x02\r\n"), "alone.pyc"))))
    assert found == {f"{HERE}/alone.pyc": f"not the bytecode of Python {VERSION}"}
