"""Compressed sizes of layers that were measured before: most layers of two rungs, or runs, are the same."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, MutableMapping
from pathlib import Path

from unladen import output
from unladen.errors import CannotWrite

MOST = 20_000


class LayerSizes(MutableMapping[str, int]):
    """A mapping from diff id to compressed size in bytes, kept in a JSON file. Threads may share it.

    A file that cannot be read counts as empty, one that cannot be written is left as it is: a cache that is
    lost costs time, nothing else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._sizes = _stored(path)

    def save(self) -> None:
        """Writes the file in one step, together with what others wrote since; the newest MOST sizes stay."""
        with self._lock, contextlib.suppress(OSError, CannotWrite):
            merged = {**_stored(self._path), **self._sizes}
            self._path.parent.mkdir(parents=True, exist_ok=True)
            output.write(self._path, json.dumps(dict(list(merged.items())[-MOST:]), indent=0))

    def __getitem__(self, layer: str) -> int:
        return self._sizes[layer]

    def __setitem__(self, layer: str, size: int) -> None:
        with self._lock:
            self._sizes[layer] = size

    def __delitem__(self, layer: str) -> None:
        with self._lock:
            del self._sizes[layer]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._sizes))

    def __len__(self) -> int:
        return len(self._sizes)


def _stored(path: Path) -> dict[str, int]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(layer): size for layer, size in found.items() if type(size) is int and size >= 0}
