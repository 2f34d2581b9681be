"""One file out of a container, read from the tar stream in which engines hand it over."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING

from unladen.engine.interface import Container
from unladen.errors import EngineFailed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer


def read_copied(container: Container, path: str, take: Callable[[IO[bytes], int], bytes]) -> bytes | None:
    """What `take` (of the open file and its size in bytes) makes of the regular file at `path`; None where there
    is none."""
    try:
        with tarfile.open(fileobj=io.BufferedReader(Copied(container.copy_out(path))), mode="r|") as tar:
            member = tar.next()
            if member is None or not member.isfile():
                return None
            source = tar.extractfile(member)
            return None if source is None else take(source, member.size)
    except (EngineFailed, tarfile.TarError):
        return None  # not there, or gone meanwhile


class Copied(io.RawIOBase):
    """What `copy_out` gives, read like a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        while not self._rest and (chunk := next(self._chunks, None)) is not None:
            self._rest = chunk
        taken, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(taken)] = taken
        return len(taken)
