"""What a result depends on, as one key: results are remembered under it."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import unladen
from unladen.keep.keeplist import FILE_NAME

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


def key(*parts: object) -> str:
    """One key of everything that a result depends on, unladen's version among it."""
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
