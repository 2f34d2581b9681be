"""What was removed: package by package, with the reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from unladen.image.interface import FileTree
from unladen.image.packages import Package
from unladen.keep.expand import expand
from unladen.keep.hygiene import dirt
from unladen.keep.keeplist import KeepList
from unladen.keep.policy import root_of
from unladen.language.registry import ecosystems


@dataclass(frozen=True)
class Removed:
    """What an image loses of one package, or of a directory that no package owns (`kind` "")."""

    kind: str
    name: str
    bytes: int
    files: int
    kept_files: int
    reason: str


def removed(keep: KeepList, tree: FileTree) -> tuple[Removed, ...]:
    """The ledger, most bytes first. Hard links count once, where their first name is."""
    kept = expand(keep, tree).paths
    packages = ecosystems().packages_of(tree)
    gone: dict[tuple[str, str], list[str]] = defaultdict(list)
    stays: dict[tuple[str, str], int] = defaultdict(int)
    owners: dict[tuple[str, str], Package] = {}
    for path in tree:
        entry = tree.get(path)
        if entry is None or entry.kind == "dir":
            continue
        owner = packages.of(path)
        key = (owner.kind, owner.name) if owner else ("", _folder(path))
        if owner:
            owners[key] = owner
        if path in kept:
            stays[key] += 1
        else:
            gone[key].append(path)
    rows = [_removed(tree, key, paths, stays[key], owners.get(key)) for key, paths in gone.items()]
    return tuple(sorted(rows, key=lambda row: (-row.bytes, row.kind, row.name)))


def total(rows: Iterable[Removed]) -> int:
    """Bytes."""
    return sum(row.bytes for row in rows)


def _removed(
    tree: FileTree, key: tuple[str, str], paths: list[str], stays: int, owner: Package | None
) -> Removed:
    entries = [entry for path in paths if (entry := tree.get(path)) is not None]
    size = sum(entry.size for entry in entries if entry.kind == "file")
    return Removed(*key, size, len(paths), stays, _reason(paths, stays, owner))


def _reason(paths: list[str], stays: int, owner: Package | None) -> str:
    if stays == 0:
        return "nothing of it was used" if owner else "no package owns it, and it was not used"
    if owner and all(dirt(owner.kind, path, root_of(owner, path)) is not None for path in paths):
        return "tests, headers, documentation and the like"
    return "the files of it that were not used"


def _folder(path: str) -> str:
    """The directory, at most three deep."""
    return "/".join(path.split("/")[:-1][:4]) or "/"
