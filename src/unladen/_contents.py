"""Reads single files of a built image, through a container that is never started."""

from __future__ import annotations

import io
import tarfile

from unladen.engine.interface import Engine, RunRequest
from unladen.errors import EngineFailed


class _Stream(io.RawIOBase):
    """Chunks of bytes as a file that tarfile can read."""

    def __init__(self, chunks: object) -> None:
        self._chunks = iter(chunks)  # type: ignore[call-overload]
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        size = min(len(view), len(self._rest))
        view[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def read_file(engine: Engine, image: str, path: str) -> bytes | None:
    """The bytes of the regular file at `path`, or None where there is none."""
    container = engine.create(RunRequest(image, command=("/never-started",), entrypoint=()))
    try:
        stream = io.BufferedReader(_Stream(container.copy_out(path)))
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                if member.isfile() and (file := archive.extractfile(member)) is not None:
                    return file.read()
    except (EngineFailed, tarfile.TarError):
        return None
    finally:
        container.remove()
    return None
