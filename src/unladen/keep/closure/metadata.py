"""What says that a package is there: for scanners (dpkg's status.d), and for the program (METADATA, entry points)."""

from __future__ import annotations

from collections.abc import Iterable

from unladen.keep.scene import Scene


def metadata_needs(path: str, scene: Scene, used: bool) -> Iterable[str]:
    owner = scene.packages.of(path)
    return owner.metadata if owner else ()
