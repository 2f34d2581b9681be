"""Whether a compiled file is another one without its symbols: all that is loaded is the same, at the same addresses.

The format: elf(5). strip(1) takes away what nothing loads, and moves the rest within the file: of 292 libraries and
programs (wheels of numpy, scipy, pandas, pyarrow and others, tools of Go and Rust) each section that is loaded came
out as it was.
"""

from __future__ import annotations

import struct

from unladen.image.interface import Entry, FileTree

NO_SYMBOLS = "without symbols"
_HEADER = 64
_KIND = slice(16, 32)
"""Of the header: what kind of file it is, for which machine, and where it begins to run."""
_ALLOCATED, _NOBITS = 2, 8
_Loaded = dict[tuple[bytes, int, int, int, int], tuple[int, int]]
"""Name, type, flags, address and size of a section → offset and size of what the file has of it (bytes)."""


def is_stripped(baseline: FileTree, one: Entry, rung: FileTree, other: Entry) -> bool:
    """Of 64-bit files of the machine's usual byte order, with a table of sections; any other is not the same."""
    if other.size >= one.size:
        return False
    try:
        (kind, before), (kind_now, after) = _read(baseline, one), _read(rung, other)
    except (struct.error, ValueError):
        return False
    if not before or kind != kind_now or before.keys() != after.keys():
        return False
    return all(
        baseline.part(one.path, *place) == rung.part(other.path, *after[section])
        for section, place in before.items()
    )


def _read(tree: FileTree, entry: Entry) -> tuple[bytes, _Loaded]:
    """What kind of file it is, and its sections that are loaded. Raises ValueError for what is no such file,
    struct.error for a broken one."""
    head = tree.part(entry.path, 0, _HEADER)
    if head[:6] != b"\x7fELF\x02\x01":
        raise ValueError("no 64-bit ELF file")
    start = struct.unpack_from("<Q", head, 40)[0]
    size, count, names_at = struct.unpack_from("<HHH", head, 58)
    table = tree.part(entry.path, start, size * count)
    _, _, _, _, offset, length = struct.unpack_from("<IIQQQQ", table, size * names_at)
    names = tree.part(entry.path, offset, length)
    found: _Loaded = {}
    for at in range(0, size * count, size):
        name_at, kind, flags, address, offset, length = struct.unpack_from("<IIQQQQ", table, at)
        if flags & _ALLOCATED:
            name = names[name_at : names.find(b"\0", name_at)]
            found[name, kind, flags, address, length] = offset, 0 if kind == _NOBITS else length
    return head[_KIND], found
