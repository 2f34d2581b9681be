"""Programs and libraries: the interpreter that the kernel loads, and the libraries that it loads in turn.

Where libraries are looked for: ld.so(8) of glibc; musl's paths are among the defaults.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from io import BytesIO
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile

from unladen.image.packages import read_text
from unladen.image.scene import Scene
from unladen.language.registry import ecosystems

TRIPLETS = {
    "EM_X86_64": "x86_64-linux-gnu",
    "EM_AARCH64": "aarch64-linux-gnu",
    "EM_ARM": "arm-linux-gnueabihf",
    "EM_386": "i386-linux-gnu",
    "EM_PPC64": "powerpc64le-linux-gnu",
    "EM_RISCV": "riscv64-linux-gnu",
    "EM_S390": "s390x-linux-gnu",
}


@dataclass(frozen=True)
class Elf:
    """What a dynamic ELF file asks for. `rpath` counts before LD_LIBRARY_PATH, `runpath` after it; `iconv`:
    it converts character sets through the C library."""

    machine: str
    bits: int
    interpreter: str = ""
    needed: tuple[str, ...] = ()
    rpath: tuple[str, ...] = ()
    runpath: tuple[str, ...] = ()
    iconv: bool = False


def read_elf(data: bytes) -> Elf | None:
    """None for what is no ELF file, or a broken one: the loader would refuse it too."""
    if not data.startswith(b"\x7fELF"):
        return None
    interpreter, needed, rpath, runpath = "", [], [], []
    try:
        file = ELFFile(BytesIO(data))
        segments: Iterable[Any] = file.iter_segments()
        for segment in segments:
            if segment["p_type"] == "PT_INTERP":
                interpreter = segment.get_interp_name()
            if not isinstance(segment, DynamicSegment):
                continue
            tags: Iterable[Any] = segment.iter_tags()
            for tag in tags:
                match tag.entry.d_tag:
                    case "DT_NEEDED":
                        needed.append(tag.needed)
                    case "DT_RPATH":
                        rpath += tag.rpath.split(":")
                    case "DT_RUNPATH":
                        runpath += tag.runpath.split(":")
        machine, bits = file["e_machine"], file.elfclass
    except (ELFError, ValueError, KeyError, AttributeError, UnicodeDecodeError, OverflowError):
        return None
    iconv = b"\0iconv_open\0" in data
    return Elf(machine, bits, interpreter, tuple(needed), tuple(rpath), tuple(runpath), iconv)


class Elves:
    """The ELF files of a tree, each read once, and where their libraries are."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known: dict[str, Elf | None] = {}
        self._endings = ecosystems().shared_objects
        self._configured = tuple(_ld_so_conf(scene))

    def read(self, path: str) -> Elf | None:
        """The ELF file at a real path."""
        if path not in self._known:
            self._known[path] = read_elf(self._scene.tree.read(path)) if self._may_be(path) else None
        return self._known[path]

    def __call__(self, path: str, scene: Scene, used: bool) -> Iterable[str]:
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

    def _may_be(self, path: str) -> bool:
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
