"""Windows onto files: an uncompressed layer is a stretch of bytes inside an archive, read where it lies."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import IO, Protocol

from unladen.errors import BadImage

AHEAD = 1 << 17


class Source(Protocol):
    """Bytes read forward."""

    def read(self, count: int) -> bytes:
        """The next `count` bytes; fewer only at the end."""
        ...

    def skip(self, count: int) -> None:
        """Passes over `count` bytes. Raises BadImage where there are not as many."""
        ...

    def tell(self) -> int: ...


def exactly(descriptor: int, offset: int, count: int, name: str) -> bytes:
    """`count` bytes of an open file from `offset`; no position is moved. Raises BadImage where there are fewer."""
    parts = []
    while count:
        part = os.pread(descriptor, count, offset)
        if not part:
            raise BadImage(f"cannot read {name}: it ends too early")
        parts.append(part)
        offset, count = offset + len(part), count - len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


@dataclass(frozen=True)
class Window:
    """`size` bytes of an open file from `start` on. Reading moves no file position: threads may share it."""

    file: IO[bytes]
    start: int
    size: int

    def at(self, offset: int, count: int) -> bytes:
        """`count` bytes from `offset`, fewer only at the window's end. Raises BadImage if the file is cut."""
        count = max(min(count, self.size - offset), 0)
        return exactly(self.file.fileno(), self.start + offset, count, self.file.name)

    def ahead(self, offset: int, count: int) -> bytes:
        """At least `count` bytes from `offset`, with what lies close by: most often that is wanted next."""
        return self.at(offset, max(count, AHEAD))

    def within(self, offset: int, size: int) -> Window:
        """A window in this window."""
        return Window(self.file, self.start + offset, size)


class Cursor:
    """A window read forward, with a little read ahead: headers of small files lie close together."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._position = 0
        self._ahead = b""
        self._ahead_at = 0

    def read(self, count: int) -> bytes:
        begin = self._position - self._ahead_at
        if begin < 0 or begin + count > len(self._ahead):
            self._ahead = self._window.ahead(self._position, count)
            self._ahead_at, begin = self._position, 0
        found = self._ahead[begin : begin + count]
        self._position += len(found)
        return found

    def skip(self, count: int) -> None:
        if self._position + count > self._window.size:
            raise BadImage(f"cannot read {self._window.file.name}: it ends too early")
        self._position += count

    def tell(self) -> int:
        return self._position
