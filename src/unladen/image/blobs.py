"""Layers as they are stored: plain, gzip or zstd, told apart by their first bytes, never by their names."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, cast

import zstandard
from zlib_ng import zlib_ng

from unladen.errors import BadImage, DiskFull
from unladen.image.source import Cursor, Window

CHUNK = 1 << 20
GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"

Read = Callable[[int], bytes]
"""Gives the next bytes, at most as many as asked for, none at the end."""


def is_compressed(start: bytes) -> bool:
    return start.startswith((GZIP, ZSTD))


def uncompressed(read: Read) -> Iterator[bytes]:
    """What a blob holds, in chunks of at most CHUNK bytes. Raises BadImage on broken compression."""
    start = read(CHUNK)
    try:
        if start.startswith(GZIP):
            yield from _gunzip(start, read)
        elif start.startswith(ZSTD):
            yield from _unzstd(start, read)
        else:
            while start:
                yield start
                start = read(CHUNK)
    except (zlib_ng.error, zstandard.ZstdError) as error:  # type: ignore[misc]
        raise BadImage(f"cannot decompress a layer: {error}") from error


def plain(blob: Window, folder: Path | None = None) -> Window:
    """The blob itself where it is stored plain; else its contents in a nameless temporary file in `folder`,
    which goes away with the last window onto it. Raises BadImage, DiskFull."""
    if not is_compressed(blob.at(0, 4)):
        return blob
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - held open by the window
    size = 0
    for chunk in uncompressed(Cursor(blob).read):
        try:
            size += file.write(chunk)
            file.flush()
        except OSError as error:
            raise DiskFull(f"cannot decompress a layer of {blob.file.name}: {error.strerror}") from error
    return Window(file, 0, size)


def _gunzip(start: bytes, read: Read) -> Iterator[bytes]:
    """One member after the other: pigz and estargz write many."""
    inflate = zlib_ng.decompressobj(31)
    chunk = start
    while chunk:
        if inflate.eof:
            inflate = zlib_ng.decompressobj(31)
        made = inflate.decompress(chunk, CHUNK)
        yield made
        while not inflate.eof and (inflate.unconsumed_tail or len(made) == CHUNK):
            made = inflate.decompress(inflate.unconsumed_tail, CHUNK)
            yield made
        chunk = inflate.unused_data or read(CHUNK)
    if not inflate.eof:
        raise BadImage("cannot decompress a layer: it ends too early")


def _unzstd(start: bytes, read: Read) -> Iterator[bytes]:
    source = cast("IO[bytes]", _Stored(start, read))
    stream = zstandard.ZstdDecompressor().stream_reader(source, read_across_frames=True)
    while chunk := stream.read(CHUNK):
        yield chunk


class _Stored:
    """What zstandard reads from: the bytes already read, then the rest."""

    def __init__(self, start: bytes, read: Read) -> None:
        self._start = start
        self._read = read

    def read(self, count: int = -1) -> bytes:
        count = CHUNK if count < 0 else count
        found, self._start = self._start[:count], self._start[count:]
        return found or self._read(count)
