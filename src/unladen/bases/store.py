"""Assembled root filesystems on disk, by what is in them; and turns taken between processes and threads."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unladen.bases.catalogue import CATALOGUE
from unladen.bases.recipe import Recipe


def content_key(architecture: str, packages: tuple[str, ...]) -> str:
    """Names the packages (file names with their versions) that a root is made of."""
    return hashlib.sha256("\n".join((architecture, *packages)).encode()).hexdigest()[:16]


def root_tar(cache: Path, recipe: Recipe, key: str) -> Path:
    """Where the recipe's tar made of the packages `key` is, or goes."""
    return _folder(cache) / f"{recipe.content_digest}-{key}.tar"


def stored(cache: Path, recipe: Recipe) -> tuple[Path, ...]:
    """The recipe's tars, newest first."""
    tars = _folder(cache).glob(f"{recipe.content_digest}-*.tar")
    return tuple(sorted(tars, key=lambda tar: tar.stat().st_mtime, reverse=True))


def key_of(tar: Path) -> str:
    return tar.stem.partition("-")[2]


def prune(cache: Path, keep: Path) -> None:
    """Removes what `keep` replaces, and tars of recipes that are no longer in the catalogue."""
    current = {recipe.content_digest for recipe in CATALOGUE.values()}
    replaced = keep.name.partition("-")[0]
    for tar in _folder(cache).glob("*.tar"):
        digest = tar.name.partition("-")[0]
        if tar != keep and (digest == replaced or digest not in current):
            tar.unlink(missing_ok=True)


@contextmanager
def turn(cache: Path, what: str) -> Iterator[None]:
    """Holds `what` ("apt", a recipe's digest) alone; others that want it wait."""
    folder = cache / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / what).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _folder(cache: Path) -> Path:
    folder = cache / "roots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
