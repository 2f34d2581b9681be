"""unladen.clean: what unladen has left on this machine, and removing it."""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from unladen import held, session, temporary
from unladen.bases import shelf
from unladen.engine.find import available_engines
from unladen.engine.interface import Engine

Kind = Literal["left behind", "kept image", "base", "cache", "build cache"]
REMEMBERED = ("outcomes", "batteries", "layers.json")
"""What the cache folder holds beside the files of bases."""


@dataclass(frozen=True)
class Found:
    """Something of unladen's. `where` is an engine's name or "disk"; `size_bytes` 0 where the engine does not tell."""

    kind: Kind
    where: str
    name: str
    size_bytes: int


def clean(remove: Collection[Kind] = ()) -> tuple[Found, ...]:
    """What unladen has here, of this user's and of no living process; of the kinds in `remove`, all is removed
    but the build cache, which is everybody's: an engine does not tell whose a part of it is.

    What is in use (a container of the user's is made of it) stays. Raises EngineFailed where a base is in use.
    """
    found = [*_left_folders("left behind" in remove), *_remembered("cache" in remove)]
    for candidate in available_engines():
        if candidate.engine is not None:
            found += _of_engine(candidate.engine, remove)
    return tuple(found)


def _of_engine(engine: Engine, remove: Collection[Kind]) -> list[Found]:
    found = [Found("left behind", engine.name, name, size) for name, size in engine.left_behind().items()]
    kept = engine.kept()
    found += [Found("kept image", engine.name, name, size) for name, size in kept.items()]
    cache = session.cache_folder() / "bases"
    for base in shelf.list_bases(engine, cache):
        if base.is_stand_in:
            found.append(Found("base", engine.name, base.name, base.size_bytes + base.cached_bytes))
    if size := engine.cache_bytes():
        prune = f"of all builds, yours too; {engine.name} builder prune empties it"
        found.append(Found("build cache", engine.name, prune, size))
    if "left behind" in remove:
        engine.remove_orphans()
    if "kept image" in remove:
        for name in kept:
            engine.remove_image(name)
    if "base" in remove:
        shelf.remove_bases(engine, cache)
    return found


def _left_folders(remove: bool) -> list[Found]:
    found = []
    for each in held.abandoned(temporary.ours()):
        found.append(Found("left behind", "disk", str(each.path), _size(each.path)))
        each.remove() if remove else each.release()
    return found


def _remembered(remove: bool) -> list[Found]:
    paths = [path for name in REMEMBERED if (path := session.cache_folder() / name).exists()]
    found = [Found("cache", "disk", str(path), _size(path)) for path in paths]
    for path in paths if remove else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return found


def _size(path: Path) -> int:
    """Bytes of the files at or below a path."""
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.lstat().st_size for file in files if not file.is_dir())
