"""What is known of an image from its files and its configuration alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from unladen.image.interface import FileTree
from unladen.image.scene import Scene
from unladen.image.settings import Settings, settings
from unladen.language.registry import ecosystems


def scene(tree: FileTree, config: Mapping[str, Any], application: tuple[str, ...] | None = None) -> Scene:
    """`config` is the image's (`Image.config`); `application` None takes the working directory for it."""
    found, known = settings(config), ecosystems()
    folders = default_application(found) if application is None else application
    markers = tuple(f"/{name}" for name in known.environment)
    own = tuple(sorted({folder.rstrip("/") for folder in folders} - {""}))
    return Scene(
        tree,
        found,
        known.packages_of(tree),
        tuple(folder for folder in own if folder in tree),
        tuple(path.rpartition("/")[0] for path in tree if path.endswith(markers)),
    )


def default_application(settings: Settings) -> tuple[str, ...]:
    """The working directory, where it is not one that the system shares."""
    folder = "/" + settings.workdir.strip("/")
    return () if _SHARED.fullmatch(folder) or folder in ecosystems().workdirs else (folder,)


_SHARED = re.compile(
    r"/(?:bin|boot|dev|etc|home|lib|lib32|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp)?"
    r"|/usr(?:/(?:bin|lib|local|local/bin|local/lib|sbin|share|src))?"
    r"|/var(?:/(?:cache|lib|run|tmp))?"
)
