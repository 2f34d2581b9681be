"""What a Node project asks for at run time, by the package.json beside a node_modules of its image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from unladen.image.scene import Scene
from unladen.language.node.packages import read_manifest

_FOR_RUNNING = ("dependencies", "optionalDependencies")
"""https://docs.npmjs.com/cli/configuring-npm/package-json"""


def declared(scene: Scene, root: Path | None) -> Mapping[str, str]:
    """Name of a package → the manifest that declares it. What `root` has counts as far as it is in the image."""
    found: dict[str, str] = {}
    for path in scene.tree:
        folder, _, last = path.rpartition("/")
        if last != "node_modules" or "/node_modules" in folder:
            continue
        manifest = f"{folder}/package.json"
        if scene.packages.of(scene.real(manifest)) is not None:
            continue  # a distribution's, or of a package
        about = read_manifest(scene.tree, manifest)
        for section in _FOR_RUNNING:
            names = about.get(section)
            found |= dict.fromkeys(names if isinstance(names, dict) else (), manifest)
    return found
