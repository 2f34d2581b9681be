"""What is in an image: layers, configuration, and one merged tree of files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from unladen.image.source import Window

Kind = Literal["file", "dir", "symlink", "hardlink", "char", "block", "fifo"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One path of the merged tree. `path` is absolute ("/usr/bin/python3"); `size` is in bytes; `link` is the
    target of a symlink (as stored) or a hard link (absolute); `layer` the number of its layer."""

    path: str
    kind: Kind
    size: int
    mode: int
    uid: int
    gid: int
    mtime: int
    link: str = ""
    layer: int = 0
    xattrs: Mapping[str, bytes] = field(default_factory=dict)


class FileTree(Protocol):
    """The merged file system of an image. Paths that are not UTF-8 are decoded with surrogateescape."""

    def __contains__(self, path: object) -> bool: ...
    def __iter__(self) -> Iterator[str]:
        """Every path, sorted, without "/" itself."""
        ...

    def __len__(self) -> int: ...
    def get(self, path: str) -> Entry | None:
        """The entry at exactly this path (no symlink is followed)."""
        ...

    def resolve(self, path: str) -> tuple[str, ...]:
        """Every path met on the way to what `path` names, links inside the image's own root: each symlink hop
        (also of parent directories) and, last, the real path. Empty where nothing is there or links loop."""
        ...

    def children(self, path: str) -> tuple[str, ...]: ...
    def read(self, path: str) -> bytes:
        """The contents of a regular file or hard link (links followed). Raises KeyError."""
        ...

    def part(self, path: str, offset: int, size: int) -> bytes:
        """`size` bytes of the same from `offset`, fewer at its end. Raises KeyError."""
        ...

    def hidden(self) -> Iterator[Entry]:
        """What layers hold and later ones hide: files that were removed, or written again."""
        ...

    def lower(self, count: int) -> FileTree:
        """The files as they were after the first `count` layers."""
        ...


@dataclass(frozen=True)
class Layer:
    """One layer: `diff_id` is the digest of its uncompressed tar, `size_bytes` that tar's size."""

    diff_id: str
    size_bytes: int


class Image(Protocol):
    """An image at hand, wherever it comes from."""

    @property
    def layers(self) -> tuple[Layer, ...]: ...
    @property
    def contents(self) -> tuple[Window, ...]:
        """Each layer's uncompressed tar."""
        ...

    @property
    def config(self) -> Mapping[str, object]:
        """The OCI image configuration, as parsed JSON."""
        ...

    @property
    def tree(self) -> FileTree: ...
