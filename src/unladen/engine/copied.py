"""Files out of a container, read from the tar stream in which engines hand them over."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from unladen.engine.interface import Container
from unladen.errors import EngineFailed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer


def read_copied(container: Container, path: str, take: Callable[[IO[bytes], int], bytes]) -> bytes | None:
    """What `take` (of the open file and its size in bytes) makes of the regular file at `path`; None where there
    is none."""
    try:
        with copied_tar(container, path) as tar:
            member = tar.next()
            if member is None or not member.isfile():
                return None
            source = tar.extractfile(member)
            return None if source is None else take(source, member.size)
    except (EngineFailed, tarfile.TarError):
        return None  # not there, or gone meanwhile


@contextmanager
def copied_tar(container: Container, path: str) -> Iterator[tarfile.TarFile]:
    """The tar of a path inside. The copy ends with the block, read to its end or not: an engine removes no container
    that something is copied out of. Raises EngineFailed, tarfile.TarError."""
    with (
        io.BufferedReader(_Copied(container.copy_out(path))) as stream,
        tarfile.open(fileobj=stream, mode="r|") as tar,
    ):
        yield tar


class _Copied(io.RawIOBase):
    """What `copy_out` gives, read like a file."""

    def __init__(self, chunks: Generator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def close(self) -> None:
        self._chunks.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        while not self._rest and (chunk := next(self._chunks, None)) is not None:
            self._rest = chunk
        taken, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(taken)] = taken
        return len(taken)
