"""Packages and what belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from unladen.image.interface import FileTree

Kind = Literal["deb", "pip", "npm", "runtime"]

WORDS = {"deb": "Debian package", "pip": "Python package", "npm": "Node package", "runtime": "runtime"}
"""How a kind is called in a sentence."""


@dataclass(frozen=True)
class Package:
    """An installed package. `files` are the files and links of the tree that belong to it (real paths, sorted,
    no directories), `roots` the directories that are its own (Python and Node: what it installs, and its
    dist-info), `metadata` the files that tell scanners and the program itself that it is there, `depends` the
    names of packages of the same kind that it asks for."""

    kind: Kind
    name: str
    version: str
    files: tuple[str, ...] = field(repr=False, default=())
    roots: tuple[str, ...] = ()
    metadata: tuple[str, ...] = field(repr=False, default=())
    depends: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"

    def __str__(self) -> str:
        return f"the {WORDS[self.kind]} {self.name}"


Owner = Callable[[FileTree], Iterable[Package]]
"""Finds the packages of one kind."""


class Packages:
    """The packages of an image, and whose a path is. Where two claim a path, the first one has it."""

    def __init__(self, packages: Iterable[Package]) -> None:
        self._packages = tuple(packages)
        self._owner: dict[str, Package] = {}
        for package in self._packages:
            for path in package.files:
                self._owner.setdefault(path, package)

    def __iter__(self) -> Iterator[Package]:
        return iter(self._packages)

    def __len__(self) -> int:
        return len(self._packages)

    def of(self, path: str) -> Package | None:
        """The package that the file or link at a real path belongs to; compiled Python belongs to whom its
        source belongs to."""
        owner = self._owner.get(path)
        if owner is None and path.endswith(".pyc") and (source := source_of(path)):
            owner = self._owner.get(source)
        return owner

    def named(self, name: str) -> tuple[Package, ...]:
        """`NAME` of any kind, or `KIND:NAME`; the same one may be installed in several places (Node)."""
        kind, colon, rest = name.partition(":")
        if colon and kind in WORDS:
            return tuple(each for each in self._packages if (each.kind, each.name) == (kind, rest))
        return tuple(each for each in self._packages if each.name == name)


def source_of(bytecode: str) -> str:
    """The source of "…/__pycache__/name.cpython-311.pyc", or "" where the bytecode stands for itself."""
    folder, _, name = bytecode.rpartition("/")
    parent, slash, last = folder.rpartition("/")
    if last != "__pycache__" or not slash:
        return ""
    return f"{parent}/{name.split('.')[0]}.py"


def as_compiled(path: str, tree: FileTree) -> str:
    """The file that stands where `path` was installed: a module's bytecode where its source was taken away."""
    if path.endswith(".py") and path not in tree and f"{path}c" in tree:
        return f"{path}c"
    return path


def stanzas(text: str) -> Iterator[dict[str, str]]:
    """The stanzas of a control file or of a METADATA file's head, continuation lines joined by spaces.
    Format: https://www.debian.org/doc/debian-policy/ch-controlfields.html#syntax-of-control-files"""
    for block in text.split("\n\n"):
        fields: dict[str, str] = {}
        last = ""
        for line in block.splitlines():
            if line[:1] in (" ", "\t") and last:
                fields[last] += " " + line.strip()
            elif ":" in line:
                last, _, value = line.partition(":")
                fields[last] = value.strip()
        if fields:
            yield fields


def read_text(tree: FileTree, path: str) -> str:
    """A file's text, "" where there is none; what is not UTF-8 is kept as surrogates."""
    try:
        return tree.read(path).decode("utf-8", "surrogateescape")
    except KeyError:
        return ""
