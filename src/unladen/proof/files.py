"""The files that a run left in its container."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING

from unladen.engine.interface import Container
from unladen.errors import EngineFailed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

SIZE_LIMIT = 1 << 20
"""Bytes up to which contents are kept; of a larger file its size and digest are."""
COUNT_LIMIT = 200
IGNORED_TREES = ("/proc", "/sys", "/dev")
IGNORED_FILES = frozenset(
    {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab", "/.dockerenv", "/run/.containerenv"}
)
"""What engines write themselves."""


def written(container: Container, wanted: Sequence[str] = ()) -> dict[str, bytes]:
    """Path → contents of the regular files in `wanted`, or of all that the run added or changed.

    A wanted file that is not there is left out. The container has ended.
    """
    paths = wanted or candidates(container.changes())
    found = {path: _read(container, path) for path in paths}
    return {path: contents for path, contents in found.items() if contents is not None}


def candidates(changes: Sequence[tuple[str, str]]) -> list[str]:
    """Of the engine's list of changes, the paths that may be the program's files: no folder that holds other
    changes, no bytecode, nothing of the engine's."""
    paths = sorted(path for kind, path in changes if kind in ("A", "C"))
    folders = {path.rpartition("/")[0] for path in paths}
    return [path for path in paths if path not in folders and not _ignored(path)][:COUNT_LIMIT]


def _ignored(path: str) -> bool:
    if path in IGNORED_FILES or path.endswith(".pyc") or "/__pycache__" in path:
        return True
    return any(path == tree or path.startswith(f"{tree}/") for tree in IGNORED_TREES)


def _read(container: Container, path: str) -> bytes | None:
    try:
        with tarfile.open(fileobj=io.BufferedReader(_Stream(container.copy_out(path))), mode="r|") as tar:
            member = tar.next()
            if member is None or not member.isfile():
                return None
            source = tar.extractfile(member)
            return None if source is None else _contents(source, member.size)
    except (EngineFailed, tarfile.TarError):
        return None  # not there, or gone meanwhile


def _contents(source: IO[bytes], size: int) -> bytes:
    if size <= SIZE_LIMIT:
        return source.read()
    digest = hashlib.sha256()
    while chunk := source.read(SIZE_LIMIT):
        digest.update(chunk)
    return f"{size} bytes, sha256 {digest.hexdigest()}".encode()


class _Stream(io.RawIOBase):
    """The chunks of an iterator, read like a file."""

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
