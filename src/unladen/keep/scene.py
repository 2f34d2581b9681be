"""What is known about the full image before anything is selected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from unladen.image.interface import FileTree
from unladen.image.owners.find import find_packages
from unladen.image.owners.interface import Packages
from unladen.keep.settings import Settings, settings

LIBRARIES = re.compile(r"/(?:site-packages|dist-packages|node_modules)(?:/|$)")
"""Where dependencies lie, in whatever directory."""


@dataclass(frozen=True)
class Scene:
    """The full image's files, how its program is started, whose files are whose, which directories hold the
    application's own source, and which are virtual environments of Python."""

    tree: FileTree
    settings: Settings
    packages: Packages
    application: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()

    def is_dir(self, path: str) -> bool:
        entry = self.tree.get(path)
        return entry is not None and entry.kind == "dir"

    def real(self, path: str) -> str:
        """The path that `path` comes to, links followed; "" where there is nothing."""
        way = self.tree.resolve(path)
        return way[-1] if way else ""

    def below(self, folder: str) -> Iterator[str]:
        """Everything below a directory, directories included."""
        for path in self.tree.children(folder):
            yield path
            if self.is_dir(path):
                yield from self.below(path)

    def program(self, name: str) -> str:
        """Where the program that a command line names is, as it is spelled there; "" where it is not found."""
        if "/" in name:
            tried = [name if name.startswith("/") else f"{self.settings.workdir or ''}/{name}"]
        else:
            tried = [f"{folder.rstrip('/')}/{name}" for folder in self.settings.search_path]
        found = (path for path in tried if (real := self.real(path)) and not self.is_dir(real))
        return next(found, "")


def scene(tree: FileTree, config: Mapping[str, Any], application: tuple[str, ...] | None = None) -> Scene:
    """`config` is the image's (`Image.config`); `application` None takes the working directory for it."""
    found = settings(config)
    folders = default_application(found) if application is None else application
    own = tuple(sorted({folder.rstrip("/") for folder in folders} - {""}))
    return Scene(
        tree,
        found,
        find_packages(tree),
        tuple(folder for folder in own if folder in tree),
        tuple(path.rpartition("/")[0] for path in tree if path.endswith("/pyvenv.cfg")),
    )


def default_application(settings: Settings) -> tuple[str, ...]:
    """The working directory, where it is not one that the system shares."""
    folder = "/" + settings.workdir.strip("/")
    return () if _SHARED.fullmatch(folder) else (folder,)


_SHARED = re.compile(
    r"/(?:bin|boot|dev|etc|home|lib|lib32|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp)?"
    r"|/usr(?:/(?:bin|lib|local|local/bin|local/lib|sbin|share|src))?"
    r"|/var(?:/(?:cache|lib|run|tmp))?"
    r"|/go(?:/src)?"
)
