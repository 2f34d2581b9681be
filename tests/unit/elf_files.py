"""Compiled files for tests, made by hand: a header, sections, and their table. The format is elf(5)."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_HEADER, _SECTION = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<IIQQQQIIQQ")
_PROGRAM, _X86_64, _PROGBITS, _SYMTAB, _ALLOCATED = 2, 62, 1, 2, 2


def compiled(loaded: Mapping[str, bytes], symbols: bytes = b"", entry: int = 0x1000) -> bytes:
    """A program of 64 bits with these sections that are loaded, one behind the other, and a table of symbols."""
    sections = [("", 0, 0, b"")]
    sections += [(name, _PROGBITS, _ALLOCATED, content) for name, content in loaded.items()]
    sections += [(".symtab", _SYMTAB, 0, symbols)] if symbols else []
    names = "\0".join(("", *(name for name, *_ in sections[1:]), ".shstrtab", "")).encode()
    sections.append((".shstrtab", 3, 0, names))
    body, table, address = b"", b"", 0x1000
    for name, kind, flags, content in sections:
        at = names.index(f"\0{name}\0".encode()) + 1 if name else 0
        table += _SECTION.pack(
            at, kind, flags, address if flags else 0, _HEADER.size + len(body), len(content), 0, 0, 1, 0
        )
        body += content
        address += len(content)
    head = _HEADER.pack(
        *(b"\x7fELF\x02\x01\x01", _PROGRAM, _X86_64, 1, entry, 0, _HEADER.size + len(body), 0),
        *(_HEADER.size, 0, 0, _SECTION.size, len(sections), len(sections) - 1),
    )
    return head + body + table
