"""Whether a library is another one without its symbols: its code and its data are the same.

The format: elf(5). Other sections are no measure: where tools have patched a file, as they do for wheels, strip(1) lays
the tables of the loader out anew.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from unladen.image.interface import Entry, FileTree

NO_SYMBOLS = "without symbols"
_HEADER = 64
_COMPARED = (b".text", b".rodata", b".data", b".dynstr")
_NOBITS = 8


def is_stripped(baseline: FileTree, one: Entry, rung: FileTree, other: Entry) -> bool:
    """Of 64-bit files of the machine's usual byte order; any other is not the same."""
    try:
        before, after = _sections(baseline, one), _sections(rung, other)
    except (struct.error, ValueError):
        return False
    if b".text" not in before or before.keys() != after.keys():
        return False
    return all(
        size == after[name][1]
        and baseline.part(one.path, at, size) == rung.part(other.path, after[name][0], size)
        for name, (at, size) in before.items()
    )


def _sections(tree: FileTree, entry: Entry) -> Mapping[bytes, tuple[int, int]]:
    """Offset and size of the sections that are compared. Raises ValueError for what is no such file."""
    head = tree.part(entry.path, 0, _HEADER)
    if head[:6] != b"\x7fELF\x02\x01":
        raise ValueError("no 64-bit ELF file")
    start = struct.unpack_from("<Q", head, 40)[0]
    size, count, names_at = struct.unpack_from("<HHH", head, 58)
    table = tree.part(entry.path, start, size * count)
    _, _, _, _, offset, length = struct.unpack_from("<IIQQQQ", table, size * names_at)
    names = tree.part(entry.path, offset, length)
    found: dict[bytes, tuple[int, int]] = {}
    for at in range(0, size * count, size):
        name_at, kind, _, _, offset, length = struct.unpack_from("<IIQQQQ", table, at)
        name = names[name_at : names.find(b"\0", name_at)]
        if name in _COMPARED and kind != _NOBITS:
            found[name] = (offset, length)
    return found
