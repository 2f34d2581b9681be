"""Programs and libraries: the interpreter that the kernel loads, and the libraries that it loads in turn.

The format, elf(5), is read here: no library reads two thousand files within a second. Where libraries are looked for:
ld.so(8) of glibc; musl's paths are among the defaults.
"""

from __future__ import annotations

import posixpath
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from unladen.image.packages import read_text
from unladen.image.scene import Scene

X86_64, AARCH64 = 62, 183
TRIPLETS = {
    X86_64: "x86_64-linux-gnu",
    AARCH64: "aarch64-linux-gnu",
    40: "arm-linux-gnueabihf",
    3: "i386-linux-gnu",
    21: "powerpc64le-linux-gnu",
    243: "riscv64-linux-gnu",
    22: "s390x-linux-gnu",
}
"""Debian's folders of libraries by e_machine."""
ARCHITECTURES = {
    X86_64: "amd64",
    AARCH64: "arm64",
    40: "arm",
    3: "386",
    21: "ppc64le",
    243: "riscv64",
    22: "s390x",
}
"""What an image's configuration calls a machine."""

Read = Callable[[int, int], bytes]
"""Bytes of a file: offset, how many."""
_MOST = 1 << 24
"""Bytes of a table; a larger one is broken."""


@dataclass(frozen=True)
class Elf:
    """What a dynamic ELF file asks for. `rpath` counts before LD_LIBRARY_PATH, `runpath` after it; `iconv`:
    it converts character sets through the C library."""

    machine: int
    bits: int
    interpreter: str = ""
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    iconv: bool = False

    @property
    def is_musl(self) -> bool:
        return any(
            "ld-musl" in each or each.startswith("libc.musl") for each in (self.interpreter, *self.needed)
        )


def read_elf(read: Read) -> Elf | None:
    """None for what is no ELF file, or a broken one: the loader would refuse it too."""
    head = read(0, 64)
    if not head.startswith(b"\x7fELF"):
        return None
    try:
        return _read(head, read)
    except (struct.error, ValueError, LookupError):
        return None


_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_NEEDED, _STRTAB, _STRSZ, _RPATH, _RUNPATH = 1, 5, 10, 15, 29


def _read(head: bytes, read: Read) -> Elf:
    wide, order = {1: False, 2: True}[head[4]], {1: "<", 2: ">"}[head[5]]
    machine = struct.unpack_from(f"{order}H", head, 18)[0]
    at = struct.unpack_from(f"{order}{'Q' if wide else 'I'}", head, 32 if wide else 28)[0]
    size, count = struct.unpack_from(f"{order}HH", head, 54 if wide else 42)
    table = _whole(read, at, size * count)
    segments = [_segment(table, each * size, order, wide) for each in range(count)]
    interpreter, strings, named = "", b"", list[tuple[int, int]]()
    for kind, offset, _, length in segments:
        if kind == _PT_INTERP:
            interpreter = _text(_whole(read, offset, length), 0)
        elif kind == _PT_DYNAMIC:
            form = struct.Struct(f"{order}{'qQ' if wide else 'iI'}")
            dynamic = _whole(read, offset, length - length % form.size)
            tags = list(form.iter_unpack(dynamic))
            named = tags[: next((at for at, (tag, _) in enumerate(tags) if tag == 0), len(tags))]
            values = dict(named)
            strings = _whole(read, _offset(values.get(_STRTAB, 0), segments), values.get(_STRSZ, 0))
    found = {
        wanted: [_text(strings, at) for tag, at in named if tag == wanted]
        for wanted in (_NEEDED, _RPATH, _RUNPATH)
    }
    paths = {
        tag: tuple(each for text in found[tag] for each in text.split(":")) for tag in (_RPATH, _RUNPATH)
    }
    iconv = b"\0iconv_open\0" in strings
    return Elf(
        machine, 64 if wide else 32, interpreter, tuple(found[_NEEDED]), paths[_RPATH], paths[_RUNPATH], iconv
    )


def _segment(table: bytes, at: int, order: str, wide: bool) -> tuple[int, int, int, int]:
    """(type, offset, address, size in the file)."""
    if wide:
        kind, _, offset, address, _, length = struct.unpack_from(f"{order}IIQQQQ", table, at)
    else:
        kind, offset, address, _, length = struct.unpack_from(f"{order}IIIII", table, at)
    return kind, offset, address, length


def _offset(address: int, segments: Iterable[tuple[int, int, int, int]]) -> int:
    """Where in the file an address of memory is. Raises LookupError where nothing is loaded there."""
    for kind, offset, start, length in segments:
        if kind == _PT_LOAD and start <= address < start + length:
            return address - start + offset
    raise LookupError(address)


def _whole(read: Read, offset: int, size: int) -> bytes:
    found = read(offset, size) if size <= _MOST else b""
    if len(found) != size:
        raise ValueError("it ends too early")
    return found


def _text(strings: bytes, at: int) -> str:
    return strings[at : strings.index(b"\0", at)].decode()


_MUSLS = re.compile(r"lib(?:c|pthread|rt|m|dl|util|xnet)\.")
"""Names of libraries for which musl's loader takes itself, whatever they go on with ("libc.so.6"): ldso/dynlink.c."""


class Elves:
    """The ELF files of a tree, each read once, and where their libraries are. `endings` are those of libraries."""

    def __init__(self, scene: Scene, endings: tuple[str, ...]) -> None:
        self._scene = scene
        self._known: dict[str, Elf | None] = {}
        self._endings = endings
        self._configured = tuple(_ld_so_conf(scene))

    def read(self, path: str) -> Elf | None:
        """The ELF file at a real path."""
        if path not in self._known:
            part = self._scene.tree.part
            self._known[path] = read_elf(lambda at, size: part(path, at, size)) if self.may_be(path) else None
        return self._known[path]

    def unresolved(self, path: str) -> tuple[str, ...]:
        """The interpreter and the libraries that an ELF file asks for and that are not there."""
        elf = self.read(path)
        if elf is None:
            return ()
        lost = [name for name in elf.needed if not any(map(self._is_file, self._library(name, path, elf)))]
        return (*([elf.interpreter] if elf.interpreter and not self._is_file(elf.interpreter) else []), *lost)

    def _is_file(self, path: str) -> bool:
        real = self._scene.real(path)
        return bool(real) and not self._scene.is_dir(real)

    def __call__(self, path: str, scene: Scene, used: bool) -> Iterable[str]:
        """What one kept file needs (see `language.ecosystem.Needs`)."""
        elf = self.read(path)
        if elf is None:
            return
        if elf.interpreter:
            yield elf.interpreter
        for name in elf.needed:
            yield from self._library(name, path, elf)

    def _library(self, name: str, path: str, elf: Elf) -> Iterator[str]:
        """Where a library is, and its variants for newer processors: which one is loaded depends on the host."""
        if "/" in name:
            yield name
            return
        for folder in self._folders(path, elf):
            candidate = posixpath.join(folder, name)
            real = self._scene.real(candidate)
            found = self.read(real) if real and not self._scene.is_dir(real) else None
            if found is not None and (found.machine, found.bits) == (elf.machine, elf.bits):
                yield candidate
                variants = self._scene.tree.children(posixpath.join(folder, "glibc-hwcaps"))
                yield from (f"{variant}/{name}" for variant in variants)
                return
        if _MUSLS.match(name) and self._musl:
            yield self._musl

    @cached_property
    def _musl(self) -> str:
        """musl's loader, where it is the only one."""
        loaders = [path for path in self._scene.tree.children("/lib") if "/ld-" in path]
        return loaders[0] if len(loaders) == 1 and "/ld-musl-" in loaders[0] else ""

    def _folders(self, path: str, elf: Elf) -> Iterator[str]:
        origin = posixpath.dirname(path)
        triplet = TRIPLETS.get(elf.machine, "")
        if not elf.runpath:
            yield from self._expanded(elf.rpath, origin, triplet)
        set_by_image = self._scene.settings.env.get("LD_LIBRARY_PATH", "").replace(";", ":").split(":")
        yield from self._expanded(set_by_image, origin, triplet)
        yield from self._expanded(elf.runpath, origin, triplet)
        yield from self._configured
        for base in ("/lib", "/usr/lib", "/usr/local/lib"):
            if triplet:
                yield f"{base}/{triplet}"
            if elf.bits == 64:
                yield f"{base}64"
            yield base
        yield origin  # whoever loads it has a path for it that this file does not say

    @staticmethod
    def _expanded(folders: Iterable[str], origin: str, triplet: str) -> Iterator[str]:
        for folder in folders:
            for token, value in (("ORIGIN", origin), ("LIB", f"lib/{triplet}")):
                folder = folder.replace(f"${{{token}}}", value).replace(f"${token}", value)
            if folder.startswith("/"):
                yield posixpath.normpath(folder)

    def may_be(self, path: str) -> bool:
        """By name and mode: reading every file of an image to see its first bytes would take minutes."""
        entry = self._scene.tree.get(path)
        if entry is None or entry.kind not in ("file", "hardlink"):
            return False
        name = posixpath.basename(path)
        return bool(entry.mode & 0o111) or ".so" in name or name.endswith(self._endings)


def _ld_so_conf(scene: Scene, path: str = "/etc/ld.so.conf", depth: int = 0) -> Iterator[str]:
    """The directories that ldconfig is told of."""
    for line in read_text(scene.tree, path).splitlines():
        words = line.partition("#")[0].replace(",", " ").split()
        if words[:1] == ["include"] and depth < 8:
            for pattern in words[1:]:
                pattern = posixpath.join("/etc", pattern)
                for each in scene.tree.children(posixpath.dirname(pattern)):
                    if fnmatchcase(each, pattern):
                        yield from _ld_so_conf(scene, each, depth + 1)
        else:
            yield from (word for word in words if word.startswith("/"))
