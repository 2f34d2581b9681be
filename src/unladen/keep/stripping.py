"""Which files of a keep-list lose their symbols.

What a distribution packages is stripped already, as far as it may be (Debian Policy, section 10.1); wheels, addons
and programs that somebody built often are not.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from functools import partial

from unladen.image.scene import Scene
from unladen.image.symbols import read_symbols
from unladen.keep.expand import expand
from unladen.keep.keeplist import KeepList

WORTH, LEAST = 1 << 16, 1 << 20
"""Bytes of symbols of a file, and of all files of an image, that are worth a line."""
APPENDED = 16
"""Bytes behind the last part of a file that are taken for padding. More is what a program has appended to itself."""
_SETID = 0o6000
_PROGRAM, _SHARED = 2, 3


def with_symbols(keep: KeepList, why: str) -> KeepList:
    """The list that strips nothing, and says why."""
    return replace(keep, strip=(), notes=(*keep.notes, why))


def strippable(full: Scene, keep: KeepList) -> tuple[str, ...]:
    """The paths of those files that are kept and may be stripped; none where all their symbols are not worth it. A
    file of several names stays: on an overlay, who writes one of them writes a copy."""
    tree = full.tree
    linked = {entry.link for path in tree if (entry := tree.get(path)) and entry.kind == "hardlink"}
    kept = (path for path in expand(keep, tree).paths if path not in linked)
    found = {path: size for path in kept if (size := _symbols(full, path)) >= WORTH}
    return tuple(sorted(found)) if sum(found.values()) >= LEAST else ()


def _symbols(full: Scene, path: str) -> int:
    """The bytes that strip takes away of a file and leaves the rest at its place. 0 for what is not to be touched:
    writing it would take its rights away, its contents are sealed (FIPS), or it carries something behind its parts."""
    entry = full.tree.get(path)
    if entry is None or entry.kind != "file" or entry.size < WORTH or entry.mode & _SETID or entry.xattrs:
        return 0
    owner = full.packages.of(path)
    if owner is not None and owner.kind == "deb":
        return 0
    part = partial(full.tree.part, path)
    if part(0, 4) != b"\x7fELF" or int.from_bytes(part(16, 2), "little") not in (_PROGRAM, _SHARED):
        return 0
    symbols = read_symbols(part)
    if symbols is None or not symbols.is_last or entry.size > symbols.end + APPENDED:
        return 0
    folder, name = posixpath.split(path)
    return 0 if f"{folder}/.{name}.hmac" in full.tree else symbols.size
