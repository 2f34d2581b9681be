"""Many paths, as the few COPY sources that a person would write.

A folder is copied whole where that costs less: what else is in it is in the lighter base already (its bytes are then
there twice), or is not there and small. What is large, belongs to packages of the system, or was left behind by builds
is taken out of it before.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from unladen.general.added import DEBIAN, CannotCarry, identical
from unladen.image.interface import Entry
from unladen.image.paths import above
from unladen.language.leaner import PLAIN, Leaner
from unladen.language.registry import ecosystems
from unladen.proof.has.interface import Side
from unladen.proof.has.noise import is_noise

LINE = 500_000
"""Bytes that a line of a Dockerfile is worth."""
NAME = 20_000
"""Bytes that one more name in a line is worth."""
TAKEN = 100_000
"""Bytes that one more name among those to be taken out is worth."""
_NEVER = re.compile(
    r"/|/(?:usr/|usr/local/)?(?:bin|sbin|lib\w*)|/usr|/(?:usr/|usr/local/)share|/(?:dev|etc|proc|run|sys|tmp)"
    r"|/var(?:/(?:cache|lib|log|tmp))?"
)
"""Folders that everybody shares: nobody copies them whole."""
_PLAIN = frozenset("*?[\\$\"'`\n")
"""What a name that stands in a COPY may not have: patterns, variables, quotes."""


@dataclass(frozen=True)
class Folded:
    """`folders` are copied whole, but for what is `taken` out of them before; `names` are files copied from a folder,
    `links` (path → target) are made."""

    folders: tuple[str, ...]
    taken: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    links: Mapping[str, str]

    def is_inside(self, path: str) -> bool:
        """Whether a path lies in a folder that is copied whole; the folder itself does not."""
        return any(path.startswith(f"{folder}/") for folder in self.folders)


def folded(full: Side, light: Side, files: frozenset[str], leaner: Leaner = PLAIN) -> Folded:
    """`files` are paths of files and links of `full`. No folder is copied whole around one that the `leaner` image has
    at another place. Raises CannotCarry."""
    apart = frozenset(folder for each in (*leaner.links, *leaner.moved) for folder in above(each))
    folding = _Folding(full, light, files, apart, leaner.left)
    found = folding.cheapest("/")
    whole = tuple(sorted(found.whole))
    rest = [path for path in sorted(files) if not path.startswith(tuple(f"{each}/" for each in whole))]
    names: dict[str, tuple[str, ...]] = {}
    links: dict[str, str] = {}
    for path in rest:
        entry = full.scene.tree.get(path)
        if entry is not None and entry.kind == "symlink":
            links[path] = entry.link
        else:
            folder, name = posixpath.split(path)
            names[folder] = (*names.get(folder, ()), name)
    for path in (*whole, *found.taken, *rest, *links.values()):
        if not _PLAIN.isdisjoint(path) or not path.isprintable() or " " in path:
            raise CannotCarry(f"the name of {path!r} cannot stand in a COPY")
    return Folded(whole, found.taken, names, links)


@dataclass(frozen=True)
class _Plan:
    """What copying costs, in bytes; the folders that are copied whole, and what is taken out of them."""

    cost: int = 0
    whole: frozenset[str] = frozenset()
    taken: tuple[str, ...] = ()

    def __add__(self, other: _Plan) -> _Plan:
        return _Plan(self.cost + other.cost, self.whole | other.whole, (*self.taken, *other.taken))


@dataclass(frozen=True)
class _Folding:
    full: Side
    light: Side
    files: frozenset[str]
    never: frozenset[str]
    left: Callable[[str], bool]

    @cached_property
    def _children(self) -> Mapping[str, tuple[set[str], int]]:
        """Of each folder above a file: the folders in it that have some below them, and how many are right in it."""
        found: dict[str, tuple[set[str], int]] = {}
        for path in self.files:
            folder = posixpath.dirname(path)
            below, count = found.get(folder, (set(), 0))
            found[folder] = (below, count + 1)
            while folder != "/":
                parent = posixpath.dirname(folder)
                found.setdefault(parent, (set(), 0))[0].add(folder)
                folder = parent
        return found

    def cheapest(self, folder: str) -> _Plan:
        """How to copy what is wanted of a folder."""
        below, count = self._children.get(folder, (set(), 0))
        plan = _Plan(LINE + NAME * count if count else 0)
        for each in sorted(below):
            plan += self.cheapest(each)
        if _NEVER.fullmatch(folder) or folder in self.never:
            return plan
        rest = self._rest(folder, plan.cost - LINE)
        return plan if rest is None else _Plan(LINE + rest.cost, frozenset((folder,)), rest.taken)

    def _rest(self, folder: str, limit: int) -> _Plan | None:
        """All else in a folder: bytes, and what has to be taken out; None where that costs more than the limit."""
        found = _Plan()
        for each in self.full.scene.tree.children(folder):
            if found.cost > limit:
                return None
            if each in self.files:
                continue
            if each in self._children:
                rest = self._rest(each, limit - found.cost)
                if rest is None:
                    return None
                found += rest
            elif (size := self._bytes(each)) is not None:
                found += _Plan(size)
            elif self._can_take:
                found += _Plan(LINE if self.left(each) else TAKEN, taken=(each,))
            else:
                return None
        return found if found.cost <= limit else None

    @cached_property
    def _can_take(self) -> bool:
        return bool(self.full.scene.real("/bin/sh")) and bool(self.full.scene.program("rm"))

    def _bytes(self, path: str) -> int | None:
        """Of what lies at or below a path; None where that is much, or must not come along."""
        tree, total = self.full.scene.tree, 0
        for each in (path, *self.full.scene.below(path)):
            entry = tree.get(each)
            if entry is None or entry.kind == "dir":
                continue
            total += entry.size
            if total > TAKEN or not self._may_come(entry):
                return None
        return total

    def _may_come(self, entry: Entry) -> bool:
        scene, path = self.full.scene, entry.path
        there = self.light.scene.tree.get(path)
        if self.left(path):
            return False
        if identical(scene.tree, entry, self.light.scene.tree, there):
            return True
        if ecosystems().is_cache(path) or ecosystems().rewritten.fullmatch(path):
            return True
        package = scene.packages.of(path)
        is_systems = package is not None and package.kind == DEBIAN
        return there is None and not is_systems and not is_noise(path, copied=False)
