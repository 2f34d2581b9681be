"""Disks of virtual machines for tests, as qemu-img writes them: the same bytes in clusters, some of them compressed."""

from __future__ import annotations

import struct
import zlib

BITS = 12
CLUSTER = 1 << BITS
_TABLE = CLUSTER // 8


def qcow2(raw: bytes, *, compressed: bool = False, version: int = 3) -> bytes:
    """Clusters of zeros are left out."""
    size = -(-len(raw) // CLUSTER) * CLUSTER
    raw = raw.ljust(size, b"\0")
    second = -(-size // (CLUSTER * _TABLE)) or 1
    tables_at, data = 2 * CLUSTER, bytearray()
    data_at = tables_at + second * CLUSTER
    entries = []
    for at in range(0, size, CLUSTER):
        cluster = raw[at : at + CLUSTER]
        if not any(cluster):
            entries.append(0)
        elif compressed:
            squeezer = zlib.compressobj(9, zlib.DEFLATED, -12)
            packed = squeezer.compress(cluster) + squeezer.flush()
            place = data_at + len(data)
            sectors = (place % 512 + len(packed) + 511) // 512
            entries.append(1 << 62 | (sectors - 1) << (62 - (BITS - 8)) | place)
            data += packed
        else:
            data += b"\0" * (-(data_at + len(data)) % CLUSTER)
            entries.append(1 << 63 | data_at + len(data))
            data += cluster
    first = [1 << 63 | tables_at + number * CLUSTER for number in range(second)]
    head = struct.pack(">4sIQIIQIIQ", b"QFI\xfb", version, 0, 0, BITS, size, 0, second, CLUSTER)
    tables = struct.pack(f">{len(entries)}Q", *entries).ljust(second * CLUSTER, b"\0")
    return (
        b"".join(
            (
                head.ljust(CLUSTER, b"\0"),
                struct.pack(f">{second}Q", *first).ljust(CLUSTER, b"\0"),
                tables,
                bytes(data),
            )
        )
        + b"\0" * 512
    )
