"""A virtual machine's disk, unpacked. The format: https://gitlab.com/qemu-project/qemu/-/blob/master/docs/interop/qcow2.rst."""

from __future__ import annotations

import struct
import zlib
from typing import IO

from unladen.errors import BaseMissing

_HEADER = struct.Struct(">4sIQIIQIIQ")
_WHOLE = 104
_COMPRESSED, _OFFSET = 1 << 62, 0x00FFFFFFFFFFFE00
_SECTOR = 512


def unpack(disk: IO[bytes], raw: IO[bytes]) -> None:
    """Writes what the machine sees to `raw`, holes as holes. Raises BaseMissing for a disk that is encrypted, is based
    on another, or is compressed with something else than zlib."""
    disk.seek(0)
    head = disk.read(_WHOLE).ljust(_WHOLE, b"\0")
    magic, version, backing, _, bits, size, encrypted, entries, table_at = _HEADER.unpack_from(head)
    incompatible = struct.unpack_from(">Q", head, 72)[0] if version > 2 else 0
    if magic != b"QFI\xfb" or version not in (2, 3) or backing or encrypted or incompatible & ~1:
        raise BaseMissing("cannot read the disk: it is no plain qcow2 image")
    cluster, size_at = 1 << bits, 62 - (bits - 8)
    raw.truncate(size)
    for number, first in enumerate(_table(disk, table_at, entries)):
        if not first & _OFFSET:
            continue
        for index, entry in enumerate(_table(disk, first & _OFFSET, cluster // 8)):
            if data := _cluster(disk, entry, cluster, size_at):
                raw.seek((number * (cluster // 8) + index) * cluster)
                raw.write(data)


def _table(disk: IO[bytes], at: int, entries: int) -> tuple[int, ...]:
    disk.seek(at)
    return struct.unpack(f">{entries}Q", disk.read(8 * entries))


def _cluster(disk: IO[bytes], entry: int, size: int, size_at: int) -> bytes:
    """b"" for one that holds nothing."""
    if entry & _COMPRESSED:
        at = entry & ((1 << size_at) - 1)
        sectors = ((entry >> size_at) & ((1 << (62 - size_at)) - 1)) + 1
        disk.seek(at)
        return zlib.decompressobj(-15).decompress(disk.read(sectors * _SECTOR - at % _SECTOR), size)
    if entry & 1 or not entry & _OFFSET:
        return b""
    disk.seek(entry & _OFFSET)
    return disk.read(size)
