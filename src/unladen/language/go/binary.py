"""What a Go binary tells about itself: how it was built, and which functions are in it.

Both survive -s -w: the build information (what `go version -m` prints) and the names in the run time's
function table, which the linker fills with what can be reached and nothing else.
Formats: src/debug/buildinfo/buildinfo.go, src/debug/gosym/pclntab.go and src/runtime/symtab.go of Go.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section


@dataclass(frozen=True)
class GoBinary:
    """`settings` are the build's ("CGO_ENABLED": "0", "-ldflags": …), `modules` (path, version) pairs.

    `functions` is empty where the table could not be read. `interpreter` is the dynamic loader's path, empty
    for a static binary.
    """

    go: str
    modules: tuple[tuple[str, str], ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    functions: frozenset[str] = frozenset()
    interpreter: str = ""

    def has(self, *names: str) -> str:
        """The first of the functions that is in the binary, or ""."""
        return next((name for name in names if name in self.functions), "")

    def has_package(self, path: str) -> bool:
        """Whether any function of a package is in the binary."""
        return any(name.startswith(path + ".") for name in self.functions)


def read_binary(content: bytes) -> GoBinary | None:
    """None where the bytes are no Go program (no ELF file, packed, built by another compiler)."""
    try:
        elf = ELFFile(io.BytesIO(content))
        sections = {section.name: section for section in elf.iter_sections()}
        if ".go.buildinfo" not in sections:
            return None
        go, text = _build_info(sections[".go.buildinfo"].data())
        functions = _functions(sections)
        loader = next((s.data().strip(b"\0").decode() for s in elf.iter_segments("PT_INTERP")), "")
    except (ELFError, struct.error, IndexError, UnicodeDecodeError, ValueError):
        return None
    modules, settings = _parsed(text)
    return GoBinary(go, modules, settings, functions, loader)


_BUILD_INFO_MAGIC = b"\xff Go buildinf:"
_INLINE = 2  # flag: both strings follow the header, each with its length (Go 1.18 and later)
_SENTINEL = 16  # bytes around the module text


def _build_info(section: bytes) -> tuple[str, str]:
    if not section.startswith(_BUILD_INFO_MAGIC) or not section[15] & _INLINE:
        raise ValueError("no build information of Go 1.18 or later")
    go, offset = _string(section, 32)
    text, _ = _string(section, offset)
    return go.decode(), text[_SENTINEL:-_SENTINEL].decode() if len(text) > 2 * _SENTINEL else ""


def _string(data: bytes, offset: int) -> tuple[bytes, int]:
    """A length as a varint, and that many bytes."""
    length = shift = 0
    while True:
        byte = data[offset]
        offset += 1
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return data[offset : offset + length], offset + length


def _parsed(text: str) -> tuple[tuple[tuple[str, str], ...], dict[str, str]]:
    modules: list[tuple[str, str]] = []
    settings: dict[str, str] = {}
    for line in text.splitlines():
        kind, *words = line.split("\t")
        if kind in ("mod", "dep") and len(words) >= 2:
            modules.append((words[0], words[1]))
        elif kind == "=>" and len(words) >= 2 and modules:
            modules[-1] = (words[0], words[1])
        elif kind == "build" and words:
            name, _, value = words[0].partition("=")
            settings[name] = value.strip('"')
    return tuple(modules), settings


_HEADER = re.compile(rb"[\xf0\xf1]\xff\xff\xff\0\0[\x01\x02\x04]\x08")
"""The table's header on 64-bit little-endian machines, Go 1.18 (f0) and 1.20 (f1): magic, two zeros, the
instruction's least size, the word's size."""
_WORDS = 8  # functions, files, text start, then offsets: names, compilation units, files, pcs, functions
_NAMES, _AFTER_NAMES = 3, 4


def _functions(sections: Mapping[str, Section]) -> frozenset[str]:
    """The names in the function table: a section of its own, or part of another in a PIE of the C linker."""
    for name in (".gopclntab", ".data.rel.ro.gopclntab", ".data.rel.ro", ".rodata"):
        data = sections[name].data() if name in sections else b""
        for header in _HEADER.finditer(data):
            words = struct.unpack_from(f"<{_WORDS}Q", data, header.end())
            start, end = (header.start() + words[index] for index in (_NAMES, _AFTER_NAMES))
            if header.end() < start < end <= len(data):
                names = data[start:end].split(b"\0")
                return frozenset(name.decode(errors="replace") for name in names if name)
    return frozenset()
