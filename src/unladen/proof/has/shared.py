"""Images that are built on the same layers: what the baseline shows of these is in the rung, untouched."""

from __future__ import annotations

from collections.abc import Iterator

from unladen.image.interface import Entry
from unladen.proof.has.contents import same
from unladen.proof.has.files import KINDS
from unladen.proof.has.gathered import gathered
from unladen.proof.has.intended import Intended
from unladen.proof.has.interface import Pair, Part
from unladen.proof.has.noise import is_noise
from unladen.proof.interface import Loss


def shared(pair: Pair) -> Part:
    """Own files are compared in files.py, the packages of the project in packages.py."""
    has = {layer.diff_id for layer in pair.rung.image.layers}
    numbers = {number for number, layer in enumerate(pair.baseline.image.layers) if layer.diff_id in has}
    entries = list(_entries(pair, numbers))
    intended = Intended(pair)
    return Part("files of shared layers", len(entries), gathered(_losses(pair, entries, intended)))


def _entries(pair: Pair, numbers: set[int]) -> Iterator[Entry]:
    scene, origins = pair.baseline.scene, pair.baseline.origins
    for path in scene.tree:
        entry = scene.tree.get(path)
        if entry is None or entry.layer not in numbers or is_noise(path, copied=False):
            continue
        package = scene.packages.of(path) if entry.kind != "dir" else None
        if (package is None and not origins.is_base(entry.layer)) or (package and package.is_dependency):
            continue
        yield entry


def _losses(pair: Pair, entries: list[Entry], intended: Intended) -> Iterator[Loss]:
    here, there = pair.baseline.scene, pair.rung.scene
    layers = [layer.diff_id for layer in pair.baseline.image.layers]
    theirs = [layer.diff_id for layer in pair.rung.image.layers]
    for entry in entries:
        other = there.tree.get(entry.path)
        if other is not None and theirs[other.layer] == layers[entry.layer]:
            continue
        package = here.packages.of(entry.path)
        if package and not _is_same_version(pair, package.id, package.version):
            continue
        origin = str(package) if package else pair.baseline.origins.of(entry.layer)
        if other is None:
            yield Loss("file", entry.path, "gone", origin, intended.gone(entry.path))
        elif (was_kind := KINDS.get(entry.kind)) != (is_kind := KINDS.get(other.kind)):
            yield Loss("type", entry.path, f"was {was_kind}, is {is_kind}", origin)
        elif entry.kind == "symlink" and entry.link != other.link:
            yield Loss("link", entry.path, f"led to {entry.link}, leads to {other.link}", origin)
        elif (entry.mode, entry.uid, entry.gid) != (other.mode, other.uid, other.gid):
            was, now = (f"{each.mode:04o} of {each.uid}:{each.gid}" for each in (entry, other))
            yield Loss("mode", entry.path, f"was {was}, is {now}", origin)
        elif entry.kind in ("file", "hardlink") and not same(here.tree, entry, there.tree, other):
            yield Loss("contents", entry.path, "other contents", origin)


def _is_same_version(pair: Pair, id: str, version: str) -> bool:
    """A package that was updated or removed is told of as a whole."""
    return any(each.id == id and each.version == version for each in pair.rung.scene.packages)
