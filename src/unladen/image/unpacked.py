"""Layers that a daemon of this machine keeps unpacked, as the tars that they came in.

What the daemon keeps beside the files makes the very tar again, byte by byte (its headers, and which file's contents
follow): https://github.com/vbatts/tar-split/blob/master/tar/storage/entry.go. Nothing has to be saved to be read.
"""

from __future__ import annotations

import base64
import errno
import gzip
import json
import os
import tempfile
import zlib
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from unladen.engine.store import Unpacked, UnpackedLayer
from unladen.errors import BadImage, DiskFull
from unladen.image.interface import Layer
from unladen.image.source import Window, exactly
from unladen.image.stored import StoredImage

_FILE, _SEGMENT = 1, 2
"""Kinds of entries: a file's contents, a stretch of the tar as it stands."""


@dataclass(frozen=True)
class UnpackedWindow(Window):
    """A layer's tar. `file` has the stretches that stand for themselves, one after the other; `starts` is where in the
    tar each part begins, `parts` where its bytes are: in `file` from an offset on, or in a file below `root`."""

    root: Path
    starts: tuple[int, ...]
    parts: tuple[int | str, ...]

    def at(self, offset: int, count: int) -> bytes:
        count = max(min(count, self.size - offset), 0)
        found = []
        number = bisect_right(self.starts, offset) - 1
        while count:
            part = self._of(number, offset, count)
            found.append(part)
            offset, count, number = offset + len(part), count - len(part), number + 1
        return found[0] if len(found) == 1 else b"".join(found)

    def ahead(self, offset: int, count: int) -> bytes:
        """No file is opened for what is not asked for."""
        number = bisect_right(self.starts, offset) - 1
        return self.at(
            offset, max(count, self._end(number) - offset if isinstance(self.parts[number], int) else 0)
        )

    def within(self, offset: int, size: int) -> Window:
        raise NotImplementedError("a layer holds no archive")

    @cached_property
    def _checked(self) -> set[Path]:
        """Folders below `root` that no link is above."""
        return set()

    def _check(self, folder: Path) -> None:
        """Links of an image lead into the image, where the kernel would follow them into this machine: an archive may
        have one where a later entry has a folder. Raises OSError."""
        if folder.resolve() != self.root.resolve() / folder.relative_to(self.root):
            raise OSError(errno.ELOOP, "a link is above it")
        self._checked.add(folder)

    def _end(self, number: int) -> int:
        return self.starts[number + 1] if number + 1 < len(self.starts) else self.size

    def _of(self, number: int, offset: int, count: int) -> bytes:
        """What of a part is wanted from an offset of the tar on, all of it."""
        start, part = self.starts[number], self.parts[number]
        count = min(count, self._end(number) - offset)
        if isinstance(part, int):
            return exactly(self.file.fileno(), part + offset - start, count, "its record of a layer")
        path = self.root / part
        try:
            if path.parent not in self._checked:
                self._check(path.parent)
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise BadImage(f"cannot read {path} of an image: {error.strerror}") from error
        try:
            return exactly(descriptor, offset - start, count, str(path))
        finally:
            os.close(descriptor)


def unpacked_image(place: Unpacked, folder: Path | None = None) -> StoredImage:
    """The image, read where it lies; what the records of its layers say takes one nameless file in `folder`. Raises
    BadImage, DiskFull."""
    config = json.loads(place.config)
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - held open by the windows
    contents = tuple(_window(layer, file) for layer in place.layers)
    known = zip(config["rootfs"]["diff_ids"], contents, strict=True)
    return StoredImage(config, tuple(Layer(str(id), each.size) for id, each in known), contents)


def _window(layer: UnpackedLayer, file: IO[bytes]) -> UnpackedWindow:
    """The stretches of the tar that stand for themselves are appended to the file."""
    starts: list[int] = []
    parts: list[int | str] = []
    size, kept = 0, file.tell()
    try:
        with gzip.open(layer.split) as record:
            for line in record:
                entry = json.loads(line)
                if entry["type"] == _SEGMENT:
                    stretch = base64.b64decode(entry["payload"])
                    if not parts or isinstance(parts[-1], str):  # else the stretch before goes on
                        starts.append(size)
                        parts.append(kept)
                    file.write(stretch)
                    size, kept = size + len(stretch), kept + len(stretch)
                elif entry["type"] == _FILE and entry.get("size"):
                    starts.append(size)
                    parts.append(_name(entry))
                    size += entry["size"]
        file.flush()
    except (ValueError, KeyError, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadImage(f"cannot read {layer.split}, the record of a layer: {error}") from error
    except OSError as error:
        raise DiskFull(f"cannot read a layer of an image: {error.strerror}") from error
    return UnpackedWindow(file, 0, size, layer.root, tuple(starts), tuple(parts))


def _name(entry: dict[str, Any]) -> str:
    raw = entry.get("name_raw")
    name = os.fsdecode(base64.b64decode(raw)) if raw else str(entry["name"])
    return os.path.normpath(f"/{name}").lstrip("/")
