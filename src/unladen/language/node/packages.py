"""Node packages: what lies in node_modules/NAME (or node_modules/@scope/NAME), down to the next node_modules.

Format: https://docs.npmjs.com/cli/configuring-npm/folders
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from unladen.image.interface import FileTree
from unladen.image.packages import Package

_MODULES = "/node_modules/"


def node_packages(tree: FileTree) -> Iterable[Package]:
    """Every package, by where it lies."""
    files: dict[str, list[str]] = {}
    for path in tree:
        root = package_root(path)
        if root and (entry := tree.get(path)) is not None and entry.kind != "dir":
            files.setdefault(root, []).append(path)
    found = (_package(tree, root, own) for root, own in sorted(files.items()))
    return [package for package in found if package]


def node_runtimes(tree: FileTree, owned: Callable[[str], bool]) -> Iterator[Package]:
    """Node itself, as Docker Hub's images have it."""
    for path in tree:
        if path.endswith("/bin/node") and not owned(path):
            yield Package("runtime", "node", "", (path,), word="runtime")


def package_root(path: str) -> str:
    """The directory of the innermost package that a path is in, "" where it is in none."""
    start = path.rfind(_MODULES)
    if start < 0:
        return ""
    head, inner = path[: start + len(_MODULES)], path[start + len(_MODULES) :].split("/")
    size = 2 if inner[0].startswith("@") else 1
    if len(inner) <= size or inner[0].startswith("."):
        return ""
    return head + "/".join(inner[:size])


def _package(tree: FileTree, root: str, files: list[str]) -> Package | None:
    manifest = f"{root}/package.json"
    if manifest not in tree:
        return None
    about = read_manifest(tree, manifest)
    depends = about.get("dependencies")
    return Package(
        "npm",
        str(about.get("name") or root.rpartition(_MODULES)[2]),
        str(about.get("version") or ""),
        tuple(files),
        roots=(root,),
        metadata=(manifest,),
        depends=tuple(sorted(depends)) if isinstance(depends, dict) else (),
        word="Node package",
    )


def read_manifest(tree: FileTree, path: str) -> dict[str, Any]:
    """A package.json, {} where it cannot be read."""
    try:
        about = json.loads(tree.read(path))
    except (KeyError, ValueError):
        return {}
    return about if isinstance(about, dict) else {}


def entry_points(tree: FileTree, root: str) -> Iterable[str]:
    """The files that package.json names as what `require` and `import` load, as paths of the tree."""
    about = read_manifest(tree, f"{root}/package.json")
    named = [about.get("main") or "index.js", *_targets(about.get("exports"))]
    for name in named:
        yield from file_of(tree, posixpath.normpath(posixpath.join(root, str(name))))


def file_of(tree: FileTree, base: str) -> Iterable[str]:
    """The file that a module's path means, its ending left out or not; none where there is none.
    https://nodejs.org/api/modules.html#all-together"""
    tried = (base, f"{base}.js", f"{base}.json", f"{base}.node", f"{base}/index.js")
    return [path for path in tried if (entry := tree.get(path)) and entry.kind != "dir"][:1]


def _targets(exports: object) -> Iterable[str]:
    """https://nodejs.org/api/packages.html#exports: strings, conditions and subpaths, nested; no patterns."""
    if isinstance(exports, str):
        return (exports,) if "*" not in exports else ()
    values = exports.values() if isinstance(exports, dict) else exports if isinstance(exports, list) else ()
    return [target for value in values for target in _targets(value)]
