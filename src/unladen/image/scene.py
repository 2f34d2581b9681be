"""An image as its program sees it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unladen.image.interface import FileTree
from unladen.image.packages import Packages
from unladen.image.settings import Settings


@dataclass(frozen=True)
class Scene:
    """An image's files, how its program is started, whose files are whose, which directories hold the
    application's own source, and which are environments of dependencies."""

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
