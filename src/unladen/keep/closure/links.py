"""A link is of no use without what it points to. (The links on the way to a path are kept with the path.)"""

from __future__ import annotations

from collections.abc import Iterable

from unladen.image.scene import Scene


def link_needs(path: str, scene: Scene, used: bool) -> Iterable[str]:
    entry = scene.tree.get(path)
    if (
        entry is not None
        and entry.kind == "symlink"
        and (real := scene.real(path))
        and not scene.is_dir(real)
    ):
        yield real
