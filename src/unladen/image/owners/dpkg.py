"""Debian packages: from dpkg's own data, or from the status.d that distroless images have instead.

Formats: dpkg(1) /var/lib/dpkg/{status,info/*.list}, github.com/GoogleContainerTools/distroless (status.d holds
NAME, a control stanza, and NAME.md5sums).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from unladen.image.interface import FileTree
from unladen.image.owners.interface import Package, as_compiled, read_text, stanzas

DPKG = "/var/lib/dpkg"
STATUS, STATUS_D, INFO = f"{DPKG}/status", f"{DPKG}/status.d", f"{DPKG}/info"


def debian_packages(tree: FileTree) -> Iterable[Package]:
    """Every installed package, by name."""
    real = _Real(tree)
    if STATUS in tree:
        return sorted(_installed(tree, real), key=lambda package: package.name)
    return _with_links(tree, sorted(_distroless(tree, real), key=lambda package: package.name))


def _installed(tree: FileTree, real: _Real) -> Iterator[Package]:
    lists = {path.removeprefix(f"{INFO}/").removesuffix(".list"): path for path in tree.children(INFO)}
    for stanza in stanzas(read_text(tree, STATUS)):
        name, architecture = stanza.get("Package", ""), stanza.get("Architecture", "")
        if not name or " installed" not in stanza.get("Status", ""):
            continue
        path = lists.get(f"{name}:{architecture}") or lists.get(name)
        files = real.files(read_text(tree, path).splitlines()) if path else ()
        yield _package(stanza, files, _python_metadata(files))


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
            files = real.files("/" + line.partition("  ")[2] for line in lines)
            yield _package(stanza, files, (path, *_python_metadata(files)))


def _package(stanza: Mapping[str, str], files: tuple[str, ...], metadata: tuple[str, ...]) -> Package:
    return Package(
        "deb",
        stanza["Package"],
        stanza.get("Version", ""),
        files,
        metadata=metadata,
        depends=_names(stanza.get("Pre-Depends", ""), stanza.get("Depends", "")),
    )


def _names(*relations: str) -> tuple[str, ...]:
    """The packages of `libc6 (>= 2.36), debconf | debconf-2.0`, every alternative among them."""
    found = re.findall(r"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)", ",".join(relations))
    return tuple(dict.fromkeys(found))


def _python_metadata(files: Iterable[str]) -> tuple[str, ...]:
    """What tells Python that a Debian package installed a distribution."""
    return tuple(path for path in files if re.search(r"/dist-packages/[^/]+\.(?:dist|egg)-info(?:/|$)", path))


class _Real:
    """dpkg's paths as the tree has them: /lib/… is /usr/lib/… where /usr is merged."""

    def __init__(self, tree: FileTree) -> None:
        self._tree = tree
        self._folders: dict[str, str] = {}

    def files(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Those of the paths that are files or links of the tree. A directory of the package that is a link in
        the tree (/lib) belongs to no one."""
        listed = tuple(paths)
        folders = {path.rpartition("/")[0] for path in listed}
        found = set()
        for path in listed:
            folder, _, name = path.rpartition("/")
            if not name or path in folders:
                continue
            here = as_compiled(f"{self._folder(folder)}/{name}", self._tree)
            entry = self._tree.get(here)
            if entry is not None and entry.kind != "dir":
                found.add(here)
        return tuple(sorted(found))

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
        Package(
            p.kind,
            p.name,
            p.version,
            tuple(sorted((*p.files, *links.get(i, ())))),
            p.roots,
            p.metadata,
            p.depends,
        )
        for i, p in enumerate(packages)
    ]
