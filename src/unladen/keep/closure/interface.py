"""A kind of need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from unladen.keep.scene import Scene


class Closure(Protocol):
    """Finds what one kept file needs. It may remember what it has read: there is one per selection."""

    def __call__(self, path: str, scene: Scene, used: bool) -> Iterable[str]:
        """Paths that the file or link at the real `path` needs, in any spelling; "/" at the end means all below;
        what is not there does not count. `used`: the program was seen to use it, or something used needs it;
        else it is there because its package is kept whole."""
        ...
