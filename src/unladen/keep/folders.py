"""Folders that no package owns: somebody put there what the program needs, and one of its files stands for all."""

from __future__ import annotations

import re

from unladen.image.scene import Scene
from unladen.image.settings import Settings
from unladen.keep.compact import is_shared
from unladen.language.scene import default_application

_HOME = re.compile(r"/home/[^/]+|/usr/share/[^/]+")


class Folders:
    """Looks at each folder once."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known: dict[str, bool] = {}

    def own(self, path: str) -> str:
        """The folder that the file at a real path is in, where all below it is nobody's; else ""."""
        folder = path.rpartition("/")[0]
        if folder not in self._known:
            self._known[folder] = self._is_nobodys(folder)
        return folder if self._known[folder] else ""

    def _is_nobodys(self, folder: str) -> bool:
        scene = self._scene
        if is_shared(folder) or _HOME.fullmatch(folder) or not _may_be_own(folder):
            return False
        if any(f"{folder}/".startswith(f"{own}/") for own in scene.application):
            return False
        return all(scene.packages.of(path) is None for path in scene.below(folder))


def _may_be_own(folder: str) -> bool:
    """Not one that the system shares."""
    return bool(default_application(Settings(workdir=folder)))
