"""Forms with files (multipart/form-data, RFC 7578), and the files of the repository that requests send."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

BOUNDARY = "unladen-boundary"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
FILE_LIMIT = 1 << 20
"""Bytes of a file of the repository that is sent."""


class CannotSend(Exception):
    """What a request sends cannot be told; the text completes "3 left out (…)"."""


class Files:
    """Files that requests send, named from one of `places` (the root of the project itself, where none is given). None
    outside of the project is read."""

    def __init__(self, root: Path | None, *places: Path) -> None:
        self.root = root.resolve() if root else None
        self.places = tuple(place.resolve() for place in places) or ((self.root,) if self.root else ())

    def read(self, name: str) -> bytes:
        """Raises CannotSend."""
        for path in ((place / name).resolve() for place in self.places):
            if self.root and path.is_relative_to(self.root) and path.is_file():
                if path.stat().st_size > FILE_LIMIT:
                    raise CannotSend("they send a file of more than 1 MB")
                return path.read_bytes()
        raise CannotSend("they send a file that is not there")


def part(name: str, content: bytes, *, file: str = "", kind: str = "") -> bytes:
    """One field; with the name of a `file` it is one, of the media type `kind`."""
    head = f'Content-Disposition: form-data; name="{name}"'
    if file:
        head += f'; filename="{file.replace(chr(92), "/").rpartition("/")[2]}"'
        kind = kind or "application/octet-stream"
    if kind:
        head += f"\r\nContent-Type: {kind}"
    return head.encode() + b"\r\n\r\n" + content


def form(parts: Iterable[bytes]) -> bytes:
    """The body, which is sent with the content-type `TYPE`."""
    edge = f"--{BOUNDARY}".encode()
    return b"".join(edge + b"\r\n" + each + b"\r\n" for each in parts) + edge + b"--\r\n"
