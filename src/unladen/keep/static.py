"""What is used, as far as can be told without running anything: where tracing is forbidden, policy `package` works
from this. Everything that was installed for the program's language counts as used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from unladen.image.interface import FileTree
from unladen.image.packages import Package
from unladen.image.scene import Scene
from unladen.keep.policy import counts_as_use
from unladen.keep.touched import WITHOUT_TRACE, Touched
from unladen.language.ecosystem import Ecosystem
from unladen.language.registry import ecosystems
from unladen.language.scene import scene


def without_trace(
    tree: FileTree, config: Mapping[str, Any], application: tuple[str, ...] | None = None
) -> tuple[Touched, ...]:
    """Stands in for what a trace shows; arguments as of `select`."""
    full = scene(tree, config, application)
    dependencies = list(_dependencies(full))
    kinds = {each.kind for each in dependencies}
    languages = {*_languages(full), *(each for each in ecosystems().each if each.kind in kinds)}
    packages = [*dependencies, *_runtimes(full, languages)]
    programs = [path for word in full.settings.command if (path := full.program(word))]
    paths = {*programs, *_starts(full), *(path for each in packages for path in _one_of(each))}
    return tuple(sorted(Touched(path, True, WITHOUT_TRACE) for path in paths))


def _starts(full: Scene) -> Iterator[str]:
    """What an interpreter reads of its environment when it starts, and no package has: pyvenv.cfg, *.pth."""
    known = ecosystems()
    for folder in full.environments:
        yield from (path for name in known.environment if (path := f"{folder}/{name}") in full.tree)
    yield from (path for path in full.tree if known.passive.fullmatch(path))


def _languages(full: Scene) -> Iterator[Ecosystem]:
    """By the programs that the command line names, their interpreters among them."""
    for word in full.settings.command:
        path = full.program(word)
        names = [word.rpartition("/")[2], full.real(path).rpartition("/")[2]]
        if path and (line := _first_line(full, path)).startswith("#!"):
            names += re.findall(r"[^/\s]+", line)
        yield from (each for each in ecosystems().each if any(map(each.runs, names)))


def _first_line(full: Scene, path: str) -> str:
    entry = full.tree.get(full.real(path))
    if entry is None or entry.kind not in ("file", "hardlink") or not entry.mode & 0o111:
        return ""
    return full.tree.read(path)[:256].partition(b"\n")[0].decode("utf-8", "replace")


def _dependencies(full: Scene) -> Iterator[Package]:
    installers = ecosystems().installers
    return (each for each in full.packages if each.is_dependency and each.id not in installers)


def _runtimes(full: Scene, languages: Iterable[Ecosystem]) -> Iterator[Package]:
    """The languages' own packages, and what Debian says that these depend on."""
    todo = [
        package
        for package in full.packages
        if not package.is_dependency
        and any(each.runtime and re.fullmatch(each.runtime, package.name) for each in languages)
    ]
    done: set[str] = set()
    while todo:
        package = todo.pop()
        if package.id in done:
            continue
        done.add(package.id)
        yield package
        todo += [each for name in package.depends for each in full.packages.named(f"deb:{name}")]


def _one_of(package: Package) -> Iterable[str]:
    """A file that stands for the package's use."""
    return [path for path in package.files if counts_as_use(path)][:1]
