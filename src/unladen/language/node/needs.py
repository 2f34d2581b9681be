"""Node packages: package.json says what kind of module a file is, and what the package's name loads; a module says
which files beside it it loads, sooner or later."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from unladen.image.scene import Scene
from unladen.language.node.packages import entry_points, file_of, package_root

_RELATIVE = re.compile(
    rb"""(?:\brequire\s*\(|\bimport\s*\(|\bfrom|\bimport)\s*["'](\.{1,2}(?:/[^"'\n]*)?)["']""", re.DOTALL
)
"""What `require` and `import` load by a path that is written out."""


def node_needs(path: str, scene: Scene, used: bool) -> Iterable[str]:
    root = package_root(path) if used else ""
    if not root:
        return
    folder = path.rpartition("/")[0]
    while folder.startswith(root):
        yield f"{folder}/package.json"
        folder = folder.rpartition("/")[0]
    yield from entry_points(scene.tree, root)
    if path.endswith((".js", ".cjs", ".mjs")):
        yield from _beside(path, scene)


def _beside(path: str, scene: Scene) -> Iterator[str]:
    folder = posixpath.dirname(path)
    for match in _RELATIVE.findall(scene.tree.read(path)):
        name = match.decode("utf-8", "surrogateescape")
        yield from file_of(scene.tree, posixpath.normpath(posixpath.join(folder, name)))
