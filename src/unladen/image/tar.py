"""The entries of a tar stream: ustar, GNU and pax, as docker, podman, BuildKit and GNU tar write them.

Python's tarfile keeps every entry it has met and takes 60 µs for each; an image has 100,000. Formats: POSIX.1
(pax, ustar), https://www.gnu.org/software/tar/manual/html_node/Standard.html, and SCHILY.xattr from star.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from unladen.errors import BadImage
from unladen.image.interface import Kind
from unladen.image.source import Source

BLOCK = 512
NOTHING: Mapping[str, bytes] = MappingProxyType({})
_ZEROS = bytes(BLOCK)
_HEADER = struct.Struct("100s8s8s8s12s12s8sc100s6s82x155s12x")
_KINDS: dict[bytes, Kind] = {
    b"1": "hardlink",
    b"2": "symlink",
    b"3": "char",
    b"4": "block",
    b"5": "dir",
    b"6": "fifo",
}
_CHECKSUM = re.compile(rb"[ \0]*[0-7]+[ \0]*")
_XATTR = "SCHILY.xattr."
_MOST_META = 1 << 24  # no real pax header comes near; a broken size must not fill the memory


class Member(NamedTuple):
    """One entry. `name` and `link` are as stored; `header` and `data` are offsets in the stream. A `sparse`
    file has its holes left out: `stored` is the bytes it takes, `size` its own."""

    name: str
    kind: Kind
    size: int
    mode: int
    uid: int
    gid: int
    mtime: int
    link: str
    header: int
    data: int
    xattrs: Mapping[str, bytes]
    stored: int
    sparse: bool


def members(source: Source) -> Iterator[Member]:
    """Every entry, in order. Between two, the caller may read from `source` up to the end of the data.

    Raises BadImage on what is no tar.
    """
    everywhere: dict[str, bytes] = {}
    here: dict[str, bytes] = {}
    begin = source.tell()
    while (block := _block(source)) is not None:
        fields = _HEADER.unpack(block)
        flag, stored = fields[7], _number(fields[4])
        data = source.tell()
        match flag:
            case b"x" | b"g":
                records = _pax(_meta(source, stored))
                (here if flag == b"x" else everywhere).update(records)
            case b"L":
                here["path"] = _meta(source, stored).rstrip(b"\0")
            case b"K":
                here["linkpath"] = _meta(source, stored).rstrip(b"\0")
            case _:
                extra = {**everywhere, **here} if everywhere else here
                stored = int(extra.get("size") or stored)
                data += _sparse_map(source, block) if flag == b"S" else 0
                member = _member(fields, extra, stored, begin, data)
                if flag == b"S":
                    member = member._replace(size=_number(block[483:495]))
                stored = member.stored
                yield member
                here = {}
        source.skip(data + -(-stored // BLOCK) * BLOCK - source.tell())
        begin = source.tell() if not here else begin


def _block(source: Source) -> bytes | None:
    at = source.tell()
    block = source.read(BLOCK)
    if not block or block == _ZEROS:
        return None
    if len(block) < BLOCK:
        raise BadImage(f"cannot read tar: it ends in the middle of a header, at byte {at}")
    if not is_header(block):
        raise BadImage(f"cannot read tar: no header at byte {at}")
    return block


def is_header(block: bytes) -> bool:
    """Whether a block bears the checksum of a tar header."""
    if len(block) != BLOCK or not _CHECKSUM.fullmatch(block[148:156]):
        return False
    stated = _number(block[148:156])
    return stated == sum(block) - sum(block[148:156]) + 256 or stated == _signed_sum(block)


def _signed_sum(block: bytes) -> int:
    """Some old writers took bytes for signed."""
    return int(sum(struct.unpack("148b8x356b", block))) + 256


def _member(
    fields: tuple[bytes, ...], extra: Mapping[str, bytes], size: int, begin: int, data: int
) -> Member:
    name, flag = _name(fields, extra), fields[7]
    link = _text(extra["linkpath"]) if "linkpath" in extra else _text(fields[8])
    kind = _KINDS.get(flag, "dir" if name.endswith("/") else "file")
    real = extra.get("GNU.sparse.realsize") or extra.get("GNU.sparse.size")
    stored = size if kind == "file" else 0
    return Member(
        name,
        kind,
        int(real) if real else stored,
        _number(fields[1]) & 0o7777,
        int(extra.get("uid") or _number(fields[2])),
        int(extra.get("gid") or _number(fields[3])),
        int(float(extra.get("mtime") or _number(fields[5]))),
        link,
        begin,
        data,
        _xattrs(extra) if extra else NOTHING,
        stored,
        flag == b"S" or real is not None,
    )


def _name(fields: tuple[bytes, ...], extra: Mapping[str, bytes]) -> str:
    if stored := extra.get("GNU.sparse.name") or extra.get("path"):
        return _text(stored)
    # GNU's own format keeps other things where ustar keeps the prefix
    prefix = _text(fields[10]) if fields[9] == b"ustar\0" else ""
    return f"{prefix}/{_text(fields[0])}" if prefix else _text(fields[0])


def _xattrs(extra: Mapping[str, bytes]) -> Mapping[str, bytes]:
    found = {key.removeprefix(_XATTR): value for key, value in extra.items() if key.startswith(_XATTR)}
    return found or NOTHING


def _number(field: bytes) -> int:
    """Octal digits, or (first bit set) a big-endian binary number."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big")
        bits = 8 * len(field)
        return value - (1 << bits) if field[0] & 0x40 else value & ((1 << (bits - 1)) - 1)
    digits = field.split(b"\0", 1)[0].strip()
    try:
        return int(digits, 8) if digits else 0
    except ValueError as error:
        raise BadImage(f"cannot read tar: {digits!r} is no number") from error


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("utf-8", "surrogateescape")


def _meta(source: Source, size: int) -> bytes:
    if size > _MOST_META:
        raise BadImage(f"cannot read tar: an extended header of {size} bytes")
    return source.read(size)


def _pax(body: bytes) -> dict[str, bytes]:
    """Records of the form "LENGTH KEY=VALUE\\n", the length counting all of it."""
    records: dict[str, bytes] = {}
    at = 0
    while at < len(body) and body[at] != 0:
        blank = body.find(b" ", at)
        length = int(body[at:blank]) if body[at:blank].isdigit() else 0
        key, equals, value = body[blank + 1 : at + length - 1].partition(b"=")
        if not length or not equals:
            raise BadImage("cannot read tar: a pax record is broken")
        records[key.decode("utf-8", "surrogateescape")] = value
        at += length
    return records


def _sparse_map(source: Source, block: bytes) -> int:
    """Old GNU sparse files: further blocks of the map follow the header. Gives their size in bytes."""
    more, size = block[482], 0
    while more:
        more = source.read(BLOCK)[504]
        size += BLOCK
    return size
