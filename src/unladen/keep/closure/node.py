"""Node packages: package.json says what kind of module a file is, and what the package's name loads."""

from __future__ import annotations

from collections.abc import Iterable

from unladen.image.owners.npm import entry_points, package_root
from unladen.keep.scene import Scene


def node_needs(path: str, scene: Scene, used: bool) -> Iterable[str]:
    root = package_root(path) if used else ""
    if not root:
        return
    folder = path.rpartition("/")[0]
    while folder.startswith(root):
        yield f"{folder}/package.json"
        folder = folder.rpartition("/")[0]
    yield from entry_points(scene.tree, root)
