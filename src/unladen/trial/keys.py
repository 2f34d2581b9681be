"""What a result depends on, as one key: results are remembered under it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import unladen
from unladen.engine.context_tar import context_files
from unladen.engine.ignore import parse_ignore
from unladen.keep.keeplist import FILE_NAME

CODE = Path(unladen.__file__).parent


def key(*parts: object) -> str:
    """One key of everything that a result depends on, unladen's own code among it."""
    text = json.dumps([code_digest(CODE), *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


@cache
def code_digest(package: Path) -> str:
    """A digest of a package's files, what an interpreter puts beside them (in `__…` folders) aside: a version says
    little of what was not released."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        inside = path.relative_to(package)
        if path.is_file() and not any(part.startswith("__") for part in inside.parts[:-1]):
            digest.update(os.fsencode(inside) + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def content_digest(root: Path, ignores: Iterable[str]) -> str:
    """A digest of the files that a build of the project can read: names, modes and contents of what one of the
    .dockerignore texts leaves in its context. VCS data and the keep-list never count, no rung is built from them."""
    paths = {
        inside: path
        for text in ignores
        for path, inside in context_files(root, parse_ignore(f"{text}\n**/.git\n{FILE_NAME}\n"))
    }
    digest = hashlib.sha256()
    for inside, path in sorted(paths.items()):
        digest.update(os.fsencode(inside) + b"\0")
        if path.is_symlink():
            digest.update(os.fsencode(path.readlink()))
        elif path.is_file():
            digest.update(oct(path.stat().st_mode).encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
