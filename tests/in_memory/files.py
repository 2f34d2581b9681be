"""A file tree in memory, its differences as layers, and layers laid over it."""

from __future__ import annotations

import errno
import io
import os
import posixpath
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from unladen.image.tree import HOPS, OPAQUE, WHITEOUT, absolute

ROOM = 64 << 20
"""Bytes that a tree may take beyond those that it began with, unless a test says otherwise."""
SHM = "/dev/shm"
SHM_ROOM = 4 << 20


@dataclass(frozen=True)
class Node:
    """A file, a directory or a symbolic link. Hard links are files of their own here."""

    kind: str
    data: bytes = b""
    link: str = ""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0


ROOT = Node("dir", mode=0o755)


def file(data: bytes | str, mode: int = 0o644, mtime: int = 0) -> Node:
    return Node("file", data.encode() if isinstance(data, str) else data, mode=mode, mtime=mtime)


def failed(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)


@dataclass
class Tree:
    """Absolute path → node; "/" is always there. Raises OSError as a kernel would."""

    nodes: dict[str, Node] = field(default_factory=dict)
    room: int = ROOM

    def copy(self) -> Tree:
        return Tree(dict(self.nodes), self.room)

    def get(self, path: str) -> Node | None:
        return ROOT if path in ("/", SHM, "/dev") else self.nodes.get(path)

    def real(self, path: str, *, follow: bool = True) -> str:
        """The path that `path` comes to, links followed (of its last part only with `follow`); that last part
        need not be there."""
        here, hops = "/", 0
        left = [part for part in reversed(path.split("/")) if part]
        while left:
            part = left.pop()
            if part in (".", ".."):
                here = posixpath.dirname(here) if part == ".." else here
                continue
            here = posixpath.join(here, part)
            node = self.get(here)
            if node is None and left:
                raise failed(errno.ENOENT, path)
            if node and node.kind == "symlink" and (left or follow):
                hops += 1
                if hops > HOPS:
                    raise failed(errno.ELOOP, path)
                here = "/" if node.link.startswith("/") else posixpath.dirname(here)
                left += [part for part in reversed(node.link.split("/")) if part]
            elif node and left and node.kind != "dir":
                raise failed(errno.ENOTDIR, path)
        return here

    def node(self, path: str, *, follow: bool = True) -> Node:
        found = self.get(self.real(path, follow=follow))
        if found is None:
            raise failed(errno.ENOENT, path)
        return found

    def exists(self, path: str) -> bool:
        try:
            self.node(path)
        except OSError:
            return False
        return True

    def read(self, path: str) -> bytes:
        found = self.node(path)
        if found.kind == "dir":
            raise failed(errno.EISDIR, path)
        return found.data

    def write(self, path: str, node: Node) -> None:
        """Replaces what is there; a directory stays one."""
        real = self.real(path, follow=node.kind == "file")
        before = self.get(real)
        if before and before.kind == "dir" and node.kind != "dir":
            raise failed(errno.EISDIR, path)
        if self.node(posixpath.dirname(real)).kind != "dir":
            raise failed(errno.ENOTDIR, path)
        grown = len(node.data) - len(before.data if before else b"")
        if grown > self._left(real):
            raise failed(errno.ENOSPC, path)
        if not real.startswith(f"{SHM}/"):
            self.room -= max(grown, 0)
        self.nodes[real] = node

    def _left(self, path: str) -> int:
        if path.startswith(f"{SHM}/"):
            return SHM_ROOM - sum(len(self.nodes[each].data) for each in self.below(SHM))
        return self.room

    def make_folders(self, path: str) -> None:
        here = ""
        for part in path.strip("/").split("/"):
            here = f"{here}/{part}".replace("//", "/")
            if part and not self.exists(here):
                self.write(here, Node("dir", mode=0o755))

    def put(self, path: str, node: Node) -> None:
        """`write`, with the directories above."""
        self.make_folders(posixpath.dirname(path))
        self.write(path, node)

    def remove(self, path: str) -> None:
        """A file, or a directory with all that is below."""
        real = self.real(path, follow=False)
        if real not in self.nodes:
            raise failed(errno.ENOENT, path)
        for each in [real, *self.below(real)]:
            del self.nodes[each]

    def below(self, folder: str) -> list[str]:
        prefix = folder.rstrip("/") + "/"
        return sorted(path for path in self.nodes if path.startswith(prefix))

    def children(self, folder: str) -> list[str]:
        """Names, sorted. Raises OSError."""
        if self.node(folder).kind != "dir":
            raise failed(errno.ENOTDIR, folder)
        prefix = self.real(folder).rstrip("/") + "/"
        names = (path[len(prefix) :] for path in self.nodes if path.startswith(prefix))
        return sorted(name for name in names if "/" not in name)


def differences(before: Tree, after: Tree) -> Iterator[tuple[str, str]]:
    """(A, C or D, path) of what differs, directories above a change among them, as engines list it."""
    changed = {
        path: "C" if path in before.nodes else "A"
        for path, node in after.nodes.items()
        if before.nodes.get(path) != node
    }
    changed |= {
        path: "D"
        for path in before.nodes.keys() - after.nodes.keys()
        if posixpath.dirname(path) in (*after.nodes, "/")
    }
    for path in list(changed):
        while (path := posixpath.dirname(path)) != "/":
            changed.setdefault(path, "C")
    yield from sorted(((kind, path) for path, kind in changed.items()), key=lambda pair: pair[1])


def layer_of(before: Tree, after: Tree) -> bytes:
    """The tar of what a step changed, whiteouts for what it removed."""
    nodes: dict[str, Node] = {}
    for kind, path in differences(before, after):
        if kind == "D":
            folder, name = posixpath.split(path)
            nodes[posixpath.join(folder, WHITEOUT + name)] = Node("file")
        elif before.nodes.get(path) != (node := after.nodes[path]):
            nodes[path] = node
    return tar_of(nodes)


def tar_of(nodes: Mapping[str, Node], strip: str = "/") -> bytes:
    """A tar of the nodes; `strip` is taken off the beginning of their paths."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, node in nodes.items():
            member = tarfile.TarInfo(path.removeprefix(strip).lstrip("/"))
            member.mode, member.uid, member.gid, member.mtime = node.mode, node.uid, node.gid, node.mtime
            member.size, member.linkname = len(node.data), node.link
            member.type = {"dir": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE}.get(node.kind, tarfile.REGTYPE)
            tar.addfile(member, io.BytesIO(node.data))
    return stream.getvalue()


def lay(tree: Tree, layer: bytes) -> None:
    """Lays the layer's tar over the tree."""
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        for member in tar:
            path = absolute(member.name)
            folder, name = posixpath.split(path)
            if name == OPAQUE:
                for each in tree.below(folder):
                    tree.nodes.pop(each, None)
            elif name.startswith(WHITEOUT):
                tree.remove(posixpath.join(folder, name.removeprefix(WHITEOUT)))
            elif path != "/":
                node = _node(tar, member)
                if node.kind != "dir":
                    for each in tree.below(path):
                        del tree.nodes[each]
                    tree.nodes.pop(path, None)
                tree.put(path, node)


def _node(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Node:
    kind = "dir" if member.isdir() else "symlink" if member.issym() else "file"
    found = tar.extractfile(member) if kind == "file" else None
    plain = Node(kind, mode=member.mode, uid=member.uid, gid=member.gid, mtime=int(member.mtime))
    return replace(
        plain, data=found.read() if found else b"", link=member.linkname if kind == "symlink" else ""
    )
