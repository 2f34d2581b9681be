"""A file tree without some of its paths, as it is once they are taken away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from unladen.image.interface import Entry, FileTree


@dataclass(frozen=True)
class Without:
    """Implements `image.interface.FileTree`. With a folder of `gone`, all that is in it has to be there, too."""

    tree: FileTree
    gone: frozenset[str]

    def __contains__(self, path: object) -> bool:
        return path not in self.gone and path in self.tree

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        return tuple(path for path in self.tree if path not in self.gone)

    def get(self, path: str) -> Entry | None:
        return None if path in self.gone else self.tree.get(path)

    def resolve(self, path: str) -> tuple[str, ...]:
        way = self.tree.resolve(path)
        return () if any(each in self.gone for each in way) else way

    def children(self, path: str) -> tuple[str, ...]:
        return tuple(each for each in self.tree.children(path) if each not in self.gone)

    def read(self, path: str) -> bytes:
        self._check(path)
        return self.tree.read(path)

    def part(self, path: str, offset: int, size: int) -> bytes:
        self._check(path)
        return self.tree.part(path, offset, size)

    def hidden(self) -> Iterator[Entry]:
        return self.tree.hidden()

    def lower(self, count: int) -> FileTree:
        return Without(self.tree.lower(count), self.gone)

    def _check(self, path: str) -> None:
        if path in self.gone:
            raise KeyError(path)
