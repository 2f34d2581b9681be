"""Where in the list each kept path goes: its layer, the comment above it, and the directory that stands for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from unladen.image.packages import Package
from unladen.image.paths import above
from unladen.image.scene import Scene
from unladen.keep import reasons
from unladen.keep.compact import Dirt, Place, Root, compact
from unladen.keep.hygiene import dirt
from unladen.keep.keeplist import Rule, Section
from unladen.keep.lines import escape
from unladen.keep.policy import is_runtime, own_folders, root_of, unit
from unladen.keep.selection import Selection
from unladen.language.registry import ecosystems

_DIST_INFO = re.compile(r"(.*/[^/-]+)-[^/-]+(\.dist-info)")
_OWN_TOP = re.compile(
    r"/(?!bin|boot|dev|etc|home|lib|lib32|lib64|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)[^/]+"
)


def compacted(selection: Selection, fixed: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules of a finished selection."""
    placing = _Placing(selection)
    kept = {path: placing.of(path) for path in selection.kept}
    return compact(
        selection.scene.tree, kept, placing.roots(), placing.dirt(), (*fixed, *placing.nested_libraries())
    )


class _Placing:
    """Remembers for each package that is kept whole the reason of the group it is in."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._scene = selection.scene
        self._occupied = {folder for path in selection.kept for folder in above(path)}
        packages = [each for each in self._scene.packages if each.id in selection.whole]
        best: dict[str, str] = {}
        for package in packages:
            name, because = unit(package), selection.whole[package.id]
            best[name] = min(best.get(name, because), because, key=reasons.order)
        self._whole = {package.id: _whole_reason(unit(package), best[unit(package)]) for package in packages}
        self._packages = packages

    def of(self, path: str) -> Place:
        owner = self._scene.packages.of(path)
        reason = self._selection.kept[path].reason
        if (
            owner is not None
            and owner.id in self._whole
            and dirt(owner.kind, path, root_of(owner, path)) is None
        ):
            reason = self._whole[owner.id]
        return Place(section_of(path, owner, self._scene), reason)

    def roots(self) -> Iterator[Root]:
        """Directories that are one line each: the application's, whole trees, and what packages call their own."""
        for folder in self._scene.application:
            yield Root(folder, escape(folder) + "/", Place("application", reasons.APPLICATION))
        trees = {folder: why for folder, why in self._selection.trees.items() if folder in self._occupied}
        for folder, reason in trees.items():
            yield Root(folder, escape(folder) + "/", Place(section_of(folder, None, self._scene), reason))
        for package in self._packages:
            for folder in own_folders(package):
                if folder in self._occupied and folder not in trees and self._is_own(folder, package):
                    yield Root(folder, _line_of(folder), self._place_of(package))

    def dirt(self) -> dict[str, Dirt]:
        """What is left out of packages that are kept whole."""
        found = {}
        for path in self._scene.tree:
            owner = self._scene.packages.of(path)
            if owner is None or owner.id not in self._whole or path in self._selection.kept:
                continue
            place = Place(section_of(path, owner, self._scene), self._whole[owner.id])
            if pattern := dirt(owner.kind, path, root_of(owner, path)):
                found[path] = Dirt(place, pattern)
            elif pattern is None and self._scene.packages.source_of(path) in self._selection.kept:
                found[path] = Dirt(place, "", reasons.NOT_LOADED)
        return found

    def nested_libraries(self) -> Iterator[Rule]:
        """Dependencies that lie in a directory that is one line are not part of it: each has its own."""
        owners = [(folder, Place("application", reasons.APPLICATION)) for folder in self._scene.application]
        for package in self._packages:
            owners += [(root, self._place_of(package)) for root in package.roots if _is_nested(package)]
        for folder, place in owners:
            for path in self._outermost_libraries(folder):
                yield Rule(escape(path) + "/", place.reason, place.section, drops=True)

    def _outermost_libraries(self, folder: str) -> Iterator[str]:
        for path in self._scene.tree.children(folder):
            if ecosystems().libraries.search(path[len(folder) :]):
                yield path
            elif self._scene.is_dir(path):
                yield from self._outermost_libraries(path)

    def _place_of(self, package: Package) -> Place:
        return Place(section_of(package.files[0], package, self._scene), self._whole[package.id])

    def _is_own(self, folder: str, package: Package) -> bool:
        """Whether a directory is not one of those that several distributions install into (namespaces)."""
        if not package.is_dependency or _is_nested(package):
            return True
        owners = (self._scene.packages.of(path) for path in self._scene.below(folder))
        return all(owner is None or owner.id == package.id for owner in owners)


def section_of(path: str, owner: Package | None, full: Scene) -> Section:
    """The layer that a path belongs to."""
    libraries = ecosystems().libraries
    for folder in full.application:
        if path == folder or path.startswith(folder + "/"):
            return "dependencies" if libraries.search(path[len(folder) :]) else "application"
    if owner is not None and is_runtime(owner):
        return "runtime"
    if libraries.search(path) or (owner is not None and owner.is_dependency):
        return "dependencies"
    if any(path.startswith(folder + "/") for folder in full.environments):
        return "dependencies"
    return "application" if owner is None and _OWN_TOP.match(path) else "system"


def _is_nested(package: Package) -> bool:
    return (one := ecosystems().by_kind.get(package.kind)) is not None and one.nested


def _whole_reason(name: str, because: str) -> str:
    match reasons.kind(because):
        case reasons.Kind.INCLUDED:
            return because
        case reasons.Kind.REPAIRED:
            return f"{because}, with {name} whole"
        case _:
            return reasons.whole(name, because)


def _line_of(folder: str) -> str:
    """A dist-info directory is named for the version: the next one is meant too."""
    match = _DIST_INFO.fullmatch(folder)
    return f"{escape(match[1])}-*{match[2]}/" if match else escape(folder) + "/"
