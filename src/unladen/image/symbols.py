"""Symbols of compiled files: what `strip --strip-unneeded` takes away, and whether it leaves the rest where it is.

Some tools put loaded parts behind the symbols (patchelf does so to wheels of numpy 2). strip then moves these parts,
and the loader refuses a file whose parts are no longer at their places in the page. The format is elf(5).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from unladen.image.elf import Read

_LOAD, _ALLOCATED, _NOBITS = 1, 2, 8
_SYMBOLS, _STRINGS = 2, 3


@dataclass(frozen=True)
class Symbols:
    """`size`: bytes that nothing loads; `is_last`: no part that is loaded lies behind them; `end`: the offset at which
    the file's parts and its tables end (what lies behind it, some programs append to themselves)."""

    size: int
    is_last: bool
    end: int


def read_symbols(read: Read) -> Symbols | None:
    """None for what is no 64-bit little-endian ELF file, or a broken one."""
    head = read(0, 64)
    if head[:6] != b"\x7fELF\x02\x01" or len(head) < 64:
        return None
    try:
        return _read(head, read)
    except struct.error:
        return None


def _read(head: bytes, read: Read) -> Symbols:
    segments_at, sections_at = struct.unpack_from("<QQ", head, 32)
    segment, segments, section, sections, _ = struct.unpack_from("<HHHHH", head, 54)
    table = read(segments_at, segment * segments)
    loaded = 0
    for at in range(0, segment * segments, segment):
        kind, _, offset, _, _, size = struct.unpack_from("<IIQQQQ", table, at)
        if kind == _LOAD:
            loaded = max(loaded, offset + size)
    table = read(sections_at, section * sections)
    total, first, end = 0, None, max(loaded, sections_at + section * sections)
    for at in range(0, section * sections, section):
        _, kind, flags, _, offset, size = struct.unpack_from("<IIQQQQ", table, at)
        if kind in (0, _NOBITS):
            continue
        end = max(end, offset + size)
        if flags & _ALLOCATED:
            continue
        if kind in (_SYMBOLS, _STRINGS) or offset >= loaded:
            total += size
        first = offset if first is None else min(first, offset)
    return Symbols(total, first is None or first >= loaded, end)
