"""Debian packages: from dpkg's own data, or from the status.d that distroless images have instead.

Formats: dpkg(1) /var/lib/dpkg/{status,info/*.list}, github.com/GoogleContainerTools/distroless (status.d holds
NAME, a control stanza, and NAME.md5sums).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from unladen.image.interface import FileTree
from unladen.image.packages import Package, read_text, stanzas

DPKG = "/var/lib/dpkg"
STATUS, STATUS_D, INFO = f"{DPKG}/status", f"{DPKG}/status.d", f"{DPKG}/info"


def debian_packages(
    tree: FileTree, stand_in: Callable[[str, FileTree], str], about: re.Pattern[str]
) -> Iterable[Package]:
    """Every installed package, by name. `stand_in` says which file is there instead of one that was taken away;
    paths that begin as `about` tell a language's programs that a package is there."""
    real = _Real(tree, stand_in)
    found = _installed(tree, real) if STATUS in tree else _distroless(tree, real)
    packages = sorted((_described(package, about) for package in found), key=lambda package: package.name)
    return packages if STATUS in tree else _with_links(tree, packages)


def _described(package: Package, about: re.Pattern[str]) -> Package:
    told = tuple(path for path in package.files if about.match(path))
    return replace(package, metadata=(*package.metadata, *told))


def _installed(tree: FileTree, real: _Real) -> Iterator[Package]:
    lists = {path.removeprefix(f"{INFO}/").removesuffix(".list"): path for path in tree.children(INFO)}
    for stanza in stanzas(read_text(tree, STATUS)):
        name, architecture = stanza.get("Package", ""), stanza.get("Architecture", "")
        if not name or " installed" not in stanza.get("Status", ""):
            continue
        path = lists.get(f"{name}:{architecture}") or lists.get(name)
        files, empty = real.listed(read_text(tree, path).splitlines() if path else ())
        yield replace(_package(stanza, files), empty_folders=empty)


def _distroless(tree: FileTree, real: _Real) -> Iterator[Package]:
    for path in tree.children(STATUS_D):
        if path.endswith(".md5sums"):
            continue
        for stanza in stanzas(read_text(tree, path)):
            if not stanza.get("Package"):
                continue
            sums = f"{path}.md5sums"
            # "HASH  usr/lib/libfoo.so.1.2": regular files alone
            lines = read_text(tree, sums).splitlines()
            files, _ = real.listed("/" + line.partition("  ")[2] for line in lines)
            yield _package(stanza, files, (path,))


def _package(stanza: Mapping[str, str], files: tuple[str, ...], metadata: tuple[str, ...] = ()) -> Package:
    return Package(
        "deb",
        stanza["Package"],
        stanza.get("Version", ""),
        files,
        metadata=metadata,
        depends=_names(stanza.get("Pre-Depends", ""), stanza.get("Depends", "")),
        word="Debian package",
    )


def _names(*relations: str) -> tuple[str, ...]:
    """The packages of `libc6 (>= 2.36), debconf | debconf-2.0`, every alternative among them."""
    found = re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)", ",".join(relations))
    return tuple(dict.fromkeys(found))


class _Real:
    """dpkg's paths as the tree has them: /lib/… is /usr/lib/… where /usr is merged."""

    def __init__(self, tree: FileTree, stand_in: Callable[[str, FileTree], str]) -> None:
        self._tree = tree
        self._stand_in = stand_in
        self._folders: dict[str, str] = {}

    def listed(self, paths: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Of a package's paths, those that are files or links of the tree, and its directories that hold nothing of
        the package. A directory that is a link in the tree (/lib) belongs to no one."""
        every = tuple(paths)
        above = {path.rpartition("/")[0] for path in every}
        files: set[str] = set()
        empty: set[str] = set()
        for path in every:
            folder, _, name = path.rpartition("/")
            if not name or path in above:
                continue
            here = self._stand_in(f"{self._folder(folder)}/{name}", self._tree)
            entry = self._tree.get(here)
            if entry is not None:
                (empty if entry.kind == "dir" else files).add(here)
        return tuple(sorted(files)), tuple(sorted(empty))

    def _folder(self, folder: str) -> str:
        if folder not in self._folders:
            way = self._tree.resolve(folder) if folder else ("",)
            self._folders[folder] = way[-1] if way else folder
        return self._folders[folder]


def _with_links(tree: FileTree, packages: list[Package]) -> list[Package]:
    """md5sums name no links: a link that nobody owns belongs to whom its target belongs to."""
    owner = {path: index for index, package in enumerate(packages) for path in package.files}
    links: dict[int, list[str]] = {}
    for path in tree:
        entry = tree.get(path)
        if entry is None or entry.kind != "symlink" or path in owner:
            continue
        way = tree.resolve(path)
        if way and (index := owner.get(way[-1])) is not None:
            links.setdefault(index, []).append(path)
    return [
        replace(package, files=tuple(sorted((*package.files, *links.get(index, ())))))
        for index, package in enumerate(packages)
    ]
