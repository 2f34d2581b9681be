"""What earlier runs measured, keyed by everything that went in: a second run on an unchanged project is quick."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

import unladen
from unladen.keep.keeplist import FILE_NAME
from unladen.trial.outcome import Different, Proved, Skipped

Memorable = Proved | Different | Skipped
_KINDS: dict[str, type[Proved] | type[Different] | type[Skipped]] = {
    "proved": Proved,
    "different": Different,
    "skipped": Skipped,
}

_IGNORED = {
    ".git",
    "__pycache__",
    ".venv",
    "venv",
    "node_modules",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
}
KEPT = 200
"""Newest entries that are kept; older ones are removed when a new one is written."""


@dataclass(frozen=True)
class Memory:
    """A folder of outcomes, one JSON file a key. `None` for `folder` remembers nothing."""

    folder: Path | None

    def recall(self, key: str) -> Memorable | None:
        """The outcome for exactly this key."""
        if self.folder is None:
            return None
        try:
            kind, text = (self.folder / f"{key}.json").read_text(encoding="utf-8").split("\n", 1)
            found: Memorable = TypeAdapter(_KINDS[kind]).validate_json(text)
        except (OSError, ValueError, KeyError, ValidationError):
            return None  # absent, or written by another version
        return found

    def keep(self, key: str, outcome: Memorable) -> None:
        if self.folder is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        kind = next(name for name, each in _KINDS.items() if isinstance(outcome, each))
        path = self.folder / f"{key}.json"
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(kind.encode() + b"\n" + TypeAdapter(type(outcome)).dump_json(outcome))
        temporary.replace(path)
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        assert self.folder is not None
        entries = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in entries[KEPT:]:
            path.unlink(missing_ok=True)


def key(*parts: object) -> str:
    """One key of everything that a result depends on."""
    text = json.dumps([unladen.__version__, *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def content_digest(root: Path) -> str:
    """A digest of the project's files: names, modes and contents (without VCS data, caches and the keep-list, which
    no rung is built from)."""
    digest = hashlib.sha256()
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in _IGNORED)
        for name in sorted(set(files) - {FILE_NAME}):
            path = Path(folder, name)
            digest.update(os.fsencode(path.relative_to(root)) + b"\0")
            if path.is_symlink():
                digest.update(os.fsencode(path.readlink()))
            elif path.is_file():
                digest.update(oct(path.stat().st_mode).encode())
                with path.open("rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
