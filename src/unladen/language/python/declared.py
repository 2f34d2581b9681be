"""What a Python project asks for at run time, by its manifests and by what its image's installers wrote down."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from unladen import temporary
from unladen.errors import BadProject
from unladen.image.interface import FileTree
from unladen.image.scene import Scene
from unladen.language.python import dependencies, requirements

BY_NAME = "what pip or uv was asked for by name"
"""REQUESTED: https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-requested-file"""
_FOR_DEVELOPERS = re.compile(
    r"(?:^|[-_.])(?:dev|devel|development|test|tests|testing|lint|docs?|typing|ci)(?:$|[-_.])"
)
"""Names of files, extras and groups that nothing needs at run time."""
_MANIFESTS = re.compile(
    r"(?:requirements[^/]*\.(?:txt|in)|requirements/[^/]+\.txt|pyproject\.toml|setup\.(?:py|cfg)|Pipfile)"
)


def declared(scene: Scene, root: Path | None) -> Mapping[str, str]:
    """Canonical name of a distribution → what declares it. `root` is the project's folder; of an image alone the
    manifests are those that lie in it beside the application."""
    if root is not None:
        asked, developers = dict(_asked(root)), set(_developers(root))
    else:
        with temporary.folder() as folder:
            _copy_manifests(scene, folder)
            asked, developers = dict(_asked(folder)), set(_developers(folder))
    for package in scene.packages:
        by_name = package.kind == "pip" and any(f"{each}/REQUESTED" in scene.tree for each in package.roots)
        if by_name and package.name not in developers:
            asked.setdefault(package.name, BY_NAME)
    return asked


def _asked(root: Path) -> Iterator[tuple[str, str]]:
    """(name, file) by every manifest; of several that name it, the last is told."""
    pyproject = _toml(root, "pyproject.toml")
    yield from _named(_texts(pyproject, "project", "dependencies"), "pyproject.toml")
    yield from _named(_texts(pyproject, "tool", "poetry", "dependencies"), "pyproject.toml")
    yield from _named(_texts(_toml(root, "Pipfile"), "packages"), "Pipfile")
    for name in ("setup.py", "setup.cfg"):
        if (root / name).is_file():
            yield from ((each.name, name) for each in dependencies.of_setup(root))
    if file := dependencies.requirements_file(root):
        yield from _required(root, file)


def _developers(root: Path) -> Iterator[str]:
    """Names that developers alone ask for."""
    found: list[tuple[str, str]] = []
    for file in (*root.glob("*requirements*.txt"), *root.glob("requirements/*.txt")):
        if _FOR_DEVELOPERS.search(file.stem):
            found += _required(root, file.relative_to(root))
    pyproject = _toml(root, "pyproject.toml")
    for place in (("project", "optional-dependencies"), ("dependency-groups",)):
        for group in filter(_FOR_DEVELOPERS.search, _texts(pyproject, *place)):
            found += _named(_texts(pyproject, *place, group), "")
    for group in filter(_FOR_DEVELOPERS.search, _texts(pyproject, "tool", "poetry", "group")):
        found += _named(_texts(pyproject, "tool", "poetry", "group", group, "dependencies"), "")
    found += _named(_texts(pyproject, "tool", "poetry", "dev-dependencies"), "")
    found += _named(_texts(_toml(root, "Pipfile"), "dev-packages"), "")
    run = dict(_asked(root))
    yield from (name for name, _ in found if name not in run)


def _required(root: Path, file: Path) -> Iterator[tuple[str, str]]:
    with suppress(BadProject):
        yield from ((each.name, str(file)) for each in requirements.read(root, file).wanted)


def _named(texts: Iterable[str], where: str) -> Iterator[tuple[str, str]]:
    yield from ((found.name, where) for text in texts if (found := requirements.wanted(text)))


def _texts(table: object, *names: str) -> list[str]:
    """The texts of a list, or the names of a table, at that place; [] where it is something else."""
    for name in names:
        table = table.get(name) if isinstance(table, dict) else None
    return [each for each in table if isinstance(each, str)] if isinstance(table, list | dict) else []


def _toml(root: Path, name: str) -> Mapping[str, Any]:
    """Empty where it cannot be read: what is declared there is not known then."""
    with suppress(BadProject):
        return dependencies.toml(root, name)
    return {}


def _copy_manifests(scene: Scene, folder: Path) -> None:
    for top in reversed(scene.application):  # the first one's are not written over
        for path in (*scene.tree.children(top), *scene.tree.children(f"{top}/requirements")):
            name = path[len(top) + 1 :]
            if _MANIFESTS.fullmatch(name) and (content := _content(scene.tree, path)) is not None:
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_bytes(content)


def _content(tree: FileTree, path: str) -> bytes | None:
    entry = tree.get(path)
    return tree.read(path) if entry is not None and entry.kind in ("file", "hardlink") else None
