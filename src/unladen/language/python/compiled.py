"""Compiled modules and bytecode: whether the image's interpreters can load them, and whether they say what their
source says."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from importlib.util import MAGIC_NUMBER, source_hash

from unladen.image.interface import Entry
from unladen.image.scene import Scene
from unladen.language.python.modules import source_of

_LIBRARY = re.compile(r".*/lib/python(3\.\d+)/os\.pyc?")
_FOLDER = re.compile(r"/python(3\.\d+)/")
_COMPILED = re.compile(r".*\.cpython-3(\d+)\w*-[^/]*-linux-(gnu|musl)\w*\.so")
_TAG = re.compile(r".*\.cpython-3(\d+)(?:\.opt-\d)?\.pyc")
_MAGIC = {"3.8": 3413, "3.9": 3425, "3.10": 3439, "3.11": 3495, "3.12": 3531, "3.13": 3571, "3.14": 3627}
"""What the bytecode of a version begins with: Include/internal/pycore_magic_number.h of CPython."""
_HEADER = 16
_OWN = int.from_bytes(MAGIC_NUMBER[:2], "little")


def misfits(scene: Scene) -> Iterator[tuple[str, str]]:
    """Modules compiled for a version or a C library that is not in the image."""
    versions = _versions(scene)
    libc = (
        "musl"
        if any("/ld-musl-" in each for each in scene.tree.children(scene.real("/lib") or "/lib"))
        else "gnu"
    )
    for path in scene.tree if versions else ():
        match = _COMPILED.fullmatch(path) if path.endswith(".so") else None
        if match is None:
            continue
        version, folder = f"3.{match[1]}", _FOLDER.search(path)
        found = folder[1] if folder else version
        if version != found or version not in versions:
            yield (
                path,
                f"compiled for Python {version}, and here is {' and '.join(sorted({found} & versions or versions))}",
            )
        elif match[2] != libc:
            names = {"gnu": "glibc", "musl": "musl"}
            yield path, f"compiled for {names[match[2]]}, and here is {names[libc]}"


def stale(scene: Scene) -> Iterator[tuple[str, str]]:
    """Bytecode that is not its source's, or no interpreter's of the image. Format: PEP 552."""
    versions = _versions(scene)
    for path in scene.tree if versions else ():
        entry = scene.tree.get(path) if path.endswith(".pyc") else None
        if entry is None or entry.kind not in ("file", "hardlink"):
            continue
        source = scene.tree.get(source_of(path)) if source_of(path) else None
        if source_of(path) and source is None:
            continue  # nothing imports it
        if why := _stale(scene, path, versions, source):
            yield path, why


def _stale(scene: Scene, path: str, versions: frozenset[str], source: Entry | None) -> str:
    header = _head(scene, path)
    magic, flags = int.from_bytes(header[:2], "little"), int.from_bytes(header[4:8], "little")
    tag, folder = _TAG.fullmatch(path), _FOLDER.search(path)
    version = f"3.{tag[1]}" if tag else folder[1] if folder else ""
    if version and version not in versions:
        return ""  # of another interpreter, which is not there
    wanted = {_MAGIC[each] for each in ([version] if version else versions) if each in _MAGIC}
    if wanted and magic not in wanted:
        return f"not the bytecode of Python {version or ' or '.join(sorted(versions))}"
    if source is None or source.kind not in ("file", "hardlink"):
        return ""
    if flags == 0:
        time, size = (int.from_bytes(header[at : at + 4], "little") for at in (8, 12))
        same = (time, size) == (source.mtime & 0xFFFFFFFF, source.size & 0xFFFFFFFF)
        return "" if same else "made from a source of another time or size: it is compiled anew at each start"
    if magic != _OWN:
        return ""  # its hash is keyed by its version, and ours is another
    same = header[8:16] == source_hash(scene.tree.read(source.path))
    return "" if same else "made from another source than the one beside it"


def _head(scene: Scene, path: str) -> bytes:
    """The rung sourceless has some of it compressed (see `modules.code`)."""
    head = scene.tree.part(path, 0, _HEADER)
    if head[:1] != b"\x78":
        return head
    try:
        return zlib.decompressobj().decompress(scene.tree.part(path, 0, 1024), _HEADER)
    except zlib.error:
        return head


def _versions(scene: Scene) -> frozenset[str]:
    """Of the interpreters whose library is in the image."""
    found = (_LIBRARY.fullmatch(path) for path in scene.tree if path.endswith(("/os.py", "/os.pyc")))
    return frozenset(match[1] for match in found if match)
