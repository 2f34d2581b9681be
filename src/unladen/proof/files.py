"""The files that a run left in its container."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from unladen.engine.copied import read_copied
from unladen.engine.interface import Container
from unladen.language.registry import ecosystems
from unladen.proof.digest import digest

SIZE_LIMIT = 1 << 20
"""Bytes up to which contents are kept; of a larger file its size and digest are."""
COUNT_LIMIT = 200
IGNORED_TREES = ("/proc", "/sys", "/dev")
IGNORED_FILES = frozenset(
    {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab", "/.dockerenv", "/run/.containerenv"}
)
"""What engines write themselves."""
_THEIR_FOLDERS = frozenset(path.rpartition("/")[0] for path in IGNORED_FILES)
"""They change by that: podman says so of /etc where it makes /etc/mtab, and names no file."""


def written(container: Container, wanted: Sequence[str] = ()) -> dict[str, bytes]:
    """Path → contents of the regular files in `wanted`, or of all that the run added or changed.

    A wanted file that is not there is left out. The container has ended.
    """
    paths = wanted or candidates(container.changes())
    found = {path: read_copied(container, path, _contents) for path in paths}
    return {path: contents for path, contents in found.items() if contents is not None}


def candidates(changes: Sequence[tuple[str, str]]) -> list[str]:
    """Of the engine's list of changes, the paths that may be the program's files: no folder that holds other
    changes, no caches, nothing of the engine's."""
    paths = sorted(path for kind, path in changes if kind in ("A", "C"))
    folders = {path.rpartition("/")[0] for path in paths}
    return [path for path in paths if path not in folders and not _ignored(path)][:COUNT_LIMIT]


def _ignored(path: str) -> bool:
    if path in IGNORED_FILES | _THEIR_FOLDERS or ecosystems().caches.fullmatch(path):
        return True
    return any(path == tree or path.startswith(f"{tree}/") for tree in IGNORED_TREES)


def _contents(source: IO[bytes], size: int) -> bytes:
    if size <= SIZE_LIMIT:
        return source.read()
    return digest(iter(lambda: source.read(SIZE_LIMIT), b"")).encode()
