"""Growing what is kept until it needs nothing more."""

from __future__ import annotations

import posixpath
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from unladen.image.elf import Elves
from unladen.image.packages import Package
from unladen.image.scene import Scene
from unladen.keep import reasons
from unladen.keep.closure.data import data_needs
from unladen.keep.closure.links import link_needs
from unladen.keep.closure.nss import Nss
from unladen.keep.closure.shebang import shebang_needs
from unladen.keep.closure.shell import shell_needs
from unladen.keep.folders import Folders
from unladen.keep.lines import escape
from unladen.keep.policy import counts_as_use, together, unit, whole
from unladen.language.ecosystem import Needs
from unladen.language.registry import ecosystems

_ELSEWHERE = ("/proc/", "/sys/", "/dev/")


@dataclass(frozen=True, slots=True)
class Why:
    """Why a path is kept. `used`: the program was seen to use it, or something used needs it."""

    reason: str
    used: bool = False


class Selection:
    """What is kept of a scene so far, and why: the first reason counts."""

    def __init__(self, scene: Scene, *, packages_whole: bool, traced: bool = True) -> None:
        """`traced`: what is used was seen, so that modules which were not loaded are known."""
        elves = Elves(scene, ecosystems().shared_objects)
        self.scene = scene
        self.kept: dict[str, Why] = {}
        self.whole: dict[str, str] = {}
        """Package id → why it is kept whole."""
        self.trees: dict[str, str] = {}
        """Directory that is kept with all below it → why."""
        self._packages_whole = packages_whole
        self._traced = traced
        self._source_alone: set[str] = set()
        """Ids of packages kept whole of which bytecode is kept for what was loaded: the rest of their modules are
        compiled should they ever be imported."""
        self._ecosystems = ecosystems().each
        self._closures: tuple[tuple[Needs, bool], ...] = (
            (link_needs, False),
            (elves, True),
            (shebang_needs, False),
            (shell_needs, False),
            (Nss(elves), True),
            (data_needs, True),
            *((needs, True) for each in self._ecosystems for needs in each.needs(scene)),
        )
        """Each with whether needing counts as using the needed one's package: an interpreter is needed by any
        script that might be run, but a trace shows those that are."""
        self._folders = Folders(scene)
        self._beside = tuple(beside for each in self._ecosystems for beside in each.beside(scene))
        self._described: set[int] = set()
        self._ways: dict[str, tuple[str, ...]] = {}
        self._todo: deque[str] = deque()

    def keep(self, path: str, reason: str, *, used: bool = False, opened: bool = False) -> bool:
        """Keeps what `path` names (any spelling), with the links on the way; "/" at its end means all below as
        well. `opened` counts as using its package. False where there is nothing."""
        way = self._way(path.rstrip("/")) if path.strip("/") and not path.startswith(_ELSEWHERE) else ()
        if not way or way[-1] == "/":
            return False
        for link in way[:-1]:
            self._add(link, reasons.LINKS, used)
        real = way[-1]
        self._add(real, reason, used)
        if path.endswith("/") and real not in self.trees and self.scene.is_dir(real):
            self.trees[real] = reason
            for inner in self.scene.below(real):
                self._add(inner, reason, used)
        if opened and self._packages_whole and counts_as_use(real):
            self._keep_unit(real, reason)
        return True

    def _keep_unit(self, real: str, because: str) -> None:
        """Keeps what a file that was opened stands for: its package, or the folder that nobody owns."""
        package = self.scene.packages.of(real)
        if package is not None:
            for each in together(package, self.scene.packages):
                self.keep_package(each, because, compiled=not self._traced)
        elif not self.scene.is_dir(real) and (folder := self._folders.own(real)):
            self.keep(
                f"{folder}/", reasons.whole(f"the folder {escape(folder)}, which no package owns", because)
            )

    def keep_package(self, package: Package | None, because: str, *, compiled: bool = True) -> None:
        """Keeps a package whole, hygiene apart; without `compiled`, what is not used of its modules as source alone."""
        if package is None:
            return
        known = self.whole.get(package.id)
        self.whole[package.id] = because if known is None else min(known, because, key=reasons.order)
        if known is None and not compiled:
            self._source_alone.add(package.id)
        elif compiled and package.id in self._source_alone:
            self._source_alone.remove(package.id)
            self._todo.extend(path for path in whole(package) if path in self.kept)  # for their bytecode
        elif known is not None:
            return
        for path in whole(package):
            if compiled or self.scene.packages.source_of(path) not in self.scene.tree:
                self._add(path, reasons.whole(unit(package), because), False)

    def close(self) -> None:
        """Adds what is needed by what is kept, and what that needs, until nothing is missing."""
        while self._todo:
            path = self._todo.popleft()
            used = self.kept[path].used
            for closure, uses in self._closures:
                for need in _paths(closure(path, self.scene, used)):
                    self.keep(need, reasons.needed(path), used=used, opened=used and uses)
            for beside in self._beside:
                for need in _paths(beside(path, self.scene, used or self._is_compiled(path))):
                    # a source goes where its compiled file goes
                    self.keep(need, self.kept[path].reason, used=used, opened=used)
            self._describe(path)
            if used:
                for each in self._ecosystems:
                    for need, why in each.always(path, self.scene):
                        self.keep(need, reasons.always(why))

    def _is_compiled(self, path: str) -> bool:
        """Whether a module's bytecode is kept though nothing loaded it."""
        owner = self.scene.packages.of(path)
        return owner is None or owner.id not in self._source_alone

    def _describe(self, path: str) -> None:
        """Keeps what says that the package of a kept path is there, once."""
        owner = self.scene.packages.of(path)
        if owner is not None and id(owner) not in self._described:
            self._described.add(id(owner))
            for need in owner.metadata:
                self.keep(need, reasons.PACKAGE_METADATA)

    def _add(self, path: str, reason: str, used: bool) -> None:
        known = self.kept.get(path)
        if path == "/" or (known is not None and (known.used or not used)):
            return
        self.kept[path] = Why(known.reason if known else reason, used)
        self._todo.append(path)

    def _way(self, path: str) -> tuple[str, ...]:
        """The links on the way to what a path names, and it. Most paths have none, and are in one of few folders."""
        if path not in self._ways:
            folder = path.rpartition("/")[0]
            entry = self.scene.tree.get(path) if folder and self._way(folder) == (folder,) else None
            if entry is not None and entry.kind != "symlink" and not path.endswith(("/.", "/..")):
                self._ways[path] = (path,)
            else:
                self._ways[path] = self.scene.tree.resolve(path) or self._dangling(path)
        return self._ways[path]

    def _dangling(self, path: str, seen: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The way to a link that leads nowhere or in a circle; who opens it is told which of them."""
        folder, _, name = path.rpartition("/")
        way = self.scene.tree.resolve(folder or "/")
        if not way or name in ("", ".", ".."):
            return ()
        link = f"{way[-1].rstrip('/')}/{name}"
        entry = self.scene.tree.get(link)
        if entry is None or link in seen:
            return ()
        target = posixpath.join(way[-1], entry.link) if entry.kind == "symlink" else ""
        onward = self._dangling(target, (*seen, link)) if target else ()
        return tuple(dict.fromkeys((*way[:-1], *onward, link)))


def _paths(needs: Iterable[str | Package]) -> list[str]:
    """The paths among the needs, and those of packages that are needed whole."""
    return sorted(
        {path for need in needs for path in (whole(need) if isinstance(need, Package) else (need,))}
    )
