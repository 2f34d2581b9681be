"""The merged file system of an image: layers laid over one another, whiteouts applied, links resolved.

Whiteouts: https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
"""

from __future__ import annotations

import io
import posixpath
import tarfile
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeVar

from unladen.image.interface import Entry
from unladen.image.source import Cursor, Window
from unladen.image.tar import BLOCK, Member, members

T = TypeVar("T")

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
HOPS = 40
"""Symlinks followed before a path counts as a loop, as in Linux."""


class Found(NamedTuple):
    """An entry and where its data lie in its layer: offsets in the layer's tar, `data` -1 where it has none.
    `packed` is what a sparse file takes in the tar, -1 for any other."""

    entry: Entry
    header: int
    data: int
    packed: int = -1


def absolute(name: str) -> str:
    """A tar's name as a path of the image: "./usr//bin/" is "/usr/bin"; `..` cannot leave the root."""
    return posixpath.normpath("/" + name.lstrip("/"))


def merge(layers: Sequence[Mapping[str, T]], is_dir: Callable[[T], bool]) -> tuple[dict[str, T], set[str]]:
    """What is visible of layers (lowest first), each a mapping from absolute path to anything.

    Goes from the top down, so that whatever is met first counts. The second value holds directories that
    are there because something lies in them, though no layer has an entry for them. "/" is left out.
    """
    shown: dict[str, T] = {}
    implied: set[str] = set()
    gone: set[str] = set()  # nothing at or below these shows through from lower layers
    emptied: set[str] = set()  # nothing below these does
    for layer in reversed(layers):
        covered: dict[str, bool] = {"/": "/" in emptied}
        gone_here, emptied_here, parents = set(), set(), set()
        for path, value in layer.items():
            parent, _, name = path.rpartition("/")
            parent = parent or "/"
            if name.startswith(WHITEOUT):
                if name == OPAQUE:
                    emptied_here.add(parent)
                elif not name.startswith(WHITEOUT * 2):  # .wh..wh.* are aufs's own
                    gone_here.add(posixpath.join(parent, name[len(WHITEOUT) :]))
                continue
            directory = is_dir(value)
            if not directory:
                gone_here.add(path)
            if path == "/":
                continue
            hidden = path in shown or path in gone or _covered(parent, gone, emptied, covered)
            if not hidden and (directory or path not in implied):
                shown[path] = value
            while parent != "/" and parent not in parents:
                parents.add(parent)
                parent = posixpath.dirname(parent)
        implied |= {
            it for it in parents - gone if not _covered(posixpath.dirname(it), gone, emptied, covered)
        }
        gone |= gone_here
        emptied |= emptied_here
    return shown, implied - shown.keys()


def _covered(folder: str, gone: set[str], emptied: set[str], known: dict[str, bool]) -> bool:
    """Whether layers above hide what a lower layer has in this folder. Remembers every folder on the way."""
    way = []
    while folder not in known:
        way.append(folder)
        if folder in gone or folder in emptied:
            known[folder] = True
            break
        folder = posixpath.dirname(folder)
    answer = known[folder]
    known.update(dict.fromkeys(way, answer))
    return answer


def index(layer: Window, number: int) -> dict[str, Found]:
    """Every entry of a layer's uncompressed tar by absolute path, whiteouts included."""
    found: dict[str, Found] = {}
    for member in members(Cursor(layer)):
        path = absolute(member.name)
        if member.kind == "hardlink":
            found[path] = _hard_link(path, member, number, found)
        else:
            data = member.data if member.kind == "file" else -1
            packed = member.stored if member.sparse else -1
            found[path] = Found(_entry(path, member, number), member.header, data, packed)
    return found


def _hard_link(path: str, member: Member, number: int, layer: Mapping[str, Found]) -> Found:
    """One more name of its target as this layer has it, whatever a later layer makes of the target."""
    link = absolute(member.link)
    target = layer.get(link)
    if target is None:
        return Found(replace(_entry(path, member, number), link=link), member.header, -1)
    entry = target.entry
    if entry.kind not in ("file", "hardlink"):
        return target._replace(entry=replace(entry, path=path))
    return target._replace(entry=replace(entry, path=path, kind="hardlink", link=entry.link or link))


def _entry(path: str, member: Member, number: int) -> Entry:
    return Entry(
        path,
        member.kind,
        member.size,
        member.mode,
        member.uid,
        member.gid,
        member.mtime,
        member.link if member.kind == "symlink" else "",
        number,
        member.xattrs,
    )


class LayeredTree:
    """The FileTree of layers held as windows onto their uncompressed tars."""

    def __init__(
        self, layers: Sequence[Window], indexed: Sequence[Mapping[str, Found]] | None = None
    ) -> None:
        """`indexed` is each layer's index, where it is known."""
        self._layers = tuple(layers)
        if indexed is None:
            indexed = [index(layer, number) for number, layer in enumerate(layers)]
        self._indexed = indexed
        self._found, implied = merge(indexed, lambda found: found.entry.kind == "dir")
        for path in implied:
            self._found[path] = Found(Entry(path, "dir", 0, 0o755, 0, 0, 0), 0, -1)
        roots = [layer["/"].entry for layer in indexed if "/" in layer]
        self._root = roots[-1] if roots else Entry("/", "dir", 0, 0o755, 0, 0, 0)
        self._sorted = sorted(self._found)
        self._children: dict[str, list[str]] = {}
        for path in self._sorted:
            self._children.setdefault(posixpath.dirname(path), []).append(path)

    def lower(self, count: int) -> LayeredTree:
        """The files as they were after the first `count` layers."""
        return LayeredTree(self._layers[:count], self._indexed[:count])

    def hidden(self) -> Iterator[Entry]:
        for layer in self._indexed:
            for path, found in layer.items():
                if self._found.get(path) is not found and not path.rpartition("/")[2].startswith(WHITEOUT):
                    yield found.entry

    def __contains__(self, path: object) -> bool:
        return path in self._found or path == "/"

    def __iter__(self) -> Iterator[str]:
        return iter(self._sorted)

    def __len__(self) -> int:
        return len(self._sorted)

    def get(self, path: str) -> Entry | None:
        """The entry at exactly this path; "/" is known too, though it is not iterated over."""
        found = self._found.get(path)
        return found.entry if found else self._root if path == "/" else None

    def children(self, path: str) -> tuple[str, ...]:
        """The paths directly below a directory, sorted (no symlink is followed)."""
        return tuple(self._children.get(path, ()))

    def below(self, path: str) -> Iterator[str]:
        """Every path anywhere below a directory, sorted."""
        prefix = path.rstrip("/") + "/"
        at = bisect_left(self._sorted, prefix)
        while at < len(self._sorted) and self._sorted[at].startswith(prefix):
            yield self._sorted[at]
            at += 1

    def resolve(self, path: str) -> tuple[str, ...]:
        links: list[str] = []
        here, left = "/", [part for part in reversed(path.split("/")) if part]
        while left:
            part = left.pop()
            if part in (".", ".."):
                here = posixpath.dirname(here) if part == ".." else here
                continue
            here = posixpath.join(here, part)
            entry = self.get(here)
            if entry is None or len(links) > HOPS:
                return ()
            if entry.kind == "symlink":
                links.append(here)
                here = "/" if entry.link.startswith("/") else posixpath.dirname(here)
                left += [part for part in reversed(entry.link.split("/")) if part]
            elif left and entry.kind != "dir":
                return ()
        return (*dict.fromkeys(links), here)

    def read(self, path: str) -> bytes:
        found, layer = self._lies(path)
        return _unpacked(layer, found) if found.packed >= 0 else layer.at(found.data, found.entry.size)

    def part(self, path: str, offset: int, size: int) -> bytes:
        found, layer = self._lies(path)
        if found.packed >= 0:
            return _unpacked(layer, found)[offset : offset + size]
        return layer.at(found.data + offset, max(min(size, found.entry.size - offset), 0))

    def _lies(self, path: str) -> tuple[Found, Window]:
        """Where a file's contents are. Raises KeyError."""
        found = self._found.get(path)
        if found is None or found.data < 0:
            way = self.resolve(path)
            found = self._found.get(way[-1]) if way else None
        if found is not None and found.data < 0 and found.entry.kind == "hardlink":
            # a link to what only a lower layer has: no builder writes it, the specification allows it
            found = self._found.get(found.entry.link)
        if found is None or found.data < 0:
            raise KeyError(path)
        return found, self._layers[found.entry.layer]


def _unpacked(layer: Window, found: Found) -> bytes:
    """A sparse file with its holes: rare enough to leave to tarfile, which knows all ways to store them."""
    part = layer.at(found.header, found.data - found.header + found.packed)
    part += bytes(-len(part) % BLOCK)
    with tarfile.open(fileobj=io.BytesIO(part), mode="r:") as tar:
        member = tar.next()
        file = tar.extractfile(member) if member else None
        return file.read() if file else b""
