"""Packages and what belongs to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from unladen.image.interface import FileTree

SYSTEM = ("deb", "runtime")
"""Kinds that are no language's dependencies."""


@dataclass(frozen=True)
class Package:
    """An installed package. `files` are the files and links of the tree that belong to it (real paths, sorted,
    no directories), `roots` the directories that are its own, `empty_folders` those that it makes and puts nothing
    into, `metadata` the files that tell scanners and the program itself that it is there, `depends` the names of
    packages of the same kind that it asks for, `word` what its kind is called in a sentence."""

    kind: str
    name: str
    version: str
    files: tuple[str, ...] = field(repr=False, default=())
    roots: tuple[str, ...] = ()
    empty_folders: tuple[str, ...] = ()
    metadata: tuple[str, ...] = field(repr=False, default=())
    depends: tuple[str, ...] = ()
    word: str = "package"

    @property
    def is_dependency(self) -> bool:
        """Whether a language's package manager installed it."""
        return self.kind not in SYSTEM

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.name}"

    def __str__(self) -> str:
        return f"the {self.word} {self.name}"


class Packages:
    """The packages of an image, and whose a path is. Where two claim a path, the first one has it. `source_of` says
    which source a compiled file belongs to ("" for none)."""

    def __init__(
        self, packages: Iterable[Package], source_of: Callable[[str], str] = lambda path: ""
    ) -> None:
        self.source_of = source_of
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
        """The package that the file or link at a real path belongs to; a compiled file belongs to whom its source
        belongs to."""
        return self._owner.get(path) or self._owner.get(self.source_of(path))

    def named(self, name: str) -> tuple[Package, ...]:
        """`NAME` of any kind, or `KIND:NAME`; the same one may be installed in several places."""
        return tuple(each for each in self._packages if name in (each.name, each.id))


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


def files_below(tree: FileTree, folder: str) -> Iterator[str]:
    """Every file and link below a directory."""
    for path in tree.children(folder):
        entry = tree.get(path)
        if entry is not None and entry.kind == "dir":
            yield from files_below(tree, path)
        else:
            yield path
