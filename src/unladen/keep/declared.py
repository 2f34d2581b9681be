"""What the project declares for run time, and what its code names: policy `package` never takes these away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unladen.image.packages import Package
from unladen.image.scene import Scene
from unladen.keep import reasons
from unladen.language.named import Named
from unladen.language.registry import ecosystems


def declared(full: Scene, root: Path | None = None) -> dict[str, tuple[Package, str]]:
    """What manifests ask for, and all that this depends on, by the package's first file, with the reason. `root` is the
    project's folder."""
    found: dict[str, tuple[Package, str]] = {}
    asked = ecosystems().declared(full, root)
    todo = [
        (package, reasons.declared(where))
        for id, where in asked.items()
        for package in _nearest((where,), full.packages.named(id))
    ]
    while todo:
        package, why = todo.pop(0)
        if not package.files or package.files[0] in found:
            continue
        found[package.files[0]] = (package, why)
        because = reasons.declared_below(package.name)
        for name in package.depends:
            named = full.packages.named(f"{package.kind}:{name}")
            todo += [(each, because) for each in _nearest(package.roots, named)]
    return found


def _nearest(places: Sequence[str], named: Sequence[Package]) -> Sequence[Package]:
    """Of several packages of a name those that are found from `places`: in the innermost folder of packages around
    them. All of them, where none lies so."""
    around = [f"{place}/" for place in places]
    reach = {
        id(each): folder
        for each in named
        for root in each.roots
        if any(place.startswith(folder := _reach(root)) for place in around)
    }
    longest = max(map(len, reach.values()), default=0)
    return [each for each in named if len(reach.get(id(each), "")) == longest]


def _reach(root: str) -> str:
    """The folder below which a package at `root` is found: the one that the folder of packages lies in."""
    last = [match.start() for match in ecosystems().libraries.finditer(root)][-1:]
    return root[: last[0] + 1] if last else f"{root.rpartition('/')[0]}/"


@dataclass(frozen=True)
class InCode:
    """A program, library or module that code names: where it is in the image, and `owner`, the package that has it."""

    path: str
    owner: Package | None
    named: Named


def named_in_code(full: Scene, named: Iterable[Named]) -> tuple[InCode, ...]:
    """What of the image the program's own code names; of what a package's code names libraries and modules. Tools of
    builds are named everywhere: what only installs others is not wanted for that."""
    installers = ecosystems().installers
    places: dict[tuple[str, str], tuple[tuple[str, Package | None], ...]] = {}
    found = []
    for each in named:
        if each.kind not in _PLACES or each.outside or (each.package and each.kind == "program"):
            continue
        key = (each.kind, each.name)
        if key not in places:
            paths = tuple(_PLACES[each.kind](full, each.name))
            places[key] = tuple((path, full.packages.of(full.real(path))) for path in paths)
        found += [
            InCode(path, owner, each)
            for path, owner in places[key]
            if owner is None or owner.id not in installers
        ]
    return tuple(found)


def gone(declared: Mapping[str, tuple[Package, str]], kept: Mapping[str, object]) -> tuple[str, ...]:
    """The declared packages of which a list keeps no more than what says that they are there."""
    lost = (
        package for package, _ in declared.values() if not any(path in kept for path in _code_of(package))
    )
    return tuple(sorted({package.name for package in lost}))


def _code_of(package: Package) -> Sequence[str]:
    about = ecosystems().about
    code = [path for path in package.files if path not in package.metadata and not about.match(path)]
    return code or package.files


def _program(full: Scene, name: str) -> Iterable[str]:
    return filter(None, (full.program(name),))


def _library(full: Scene, name: str) -> Iterable[str]:
    if "/" in name:
        return (name,) if full.real(name) else ()
    wanted = re.compile(rf"(?:.*/)(?:{re.escape(name)}|lib{re.escape(name)}\.so(?:\.\d+)*)")
    return (path for path in full.tree if ".so" in path and wanted.fullmatch(path))


def _module(full: Scene, name: str) -> Iterable[str]:
    return filter(None, (each.module(full, name) for each in ecosystems().each))


_PLACES: Mapping[str, Callable[[Scene, str], Iterable[str]]] = {
    "program": _program,
    "library": _library,
    "module": _module,
}
"""Kinds of what code names that are files of packages; the others are always kept."""
