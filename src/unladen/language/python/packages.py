"""Python distributions: from the RECORD of their dist-info, or the lists of an egg-info.

Formats: https://packaging.python.org/en/latest/specifications/recording-installed-packages/ and core-metadata.
"""

from __future__ import annotations

import csv
import io
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator

from unladen.image.interface import FileTree
from unladen.image.packages import Package, files_below, read_text, stanzas
from unladen.language.python.modules import stand_in

ABOUT = r".*/(?:site|dist)-packages/[^/]+\.(?:dist|egg)-info"
"""What tells Python that a distribution is installed, whoever installed it."""
_INFO = re.compile(ABOUT)
_LIBRARY = re.compile(r"(.*)/lib/(python3\.\d+)/os\.pyc?")
_SITE = re.compile(r"/(?:site|dist)-packages/")
_NOTED = ("METADATA", "PKG-INFO", "RECORD", "entry_points.txt", "top_level.txt")
"""What importlib.metadata and scanners read."""


def python_packages(tree: FileTree) -> Iterable[Package]:
    """Every distribution that says which files are its own, by name."""
    found = [_distribution(tree, path) for path in tree if path.endswith("-info") and _INFO.fullmatch(path)]
    return sorted((each for each in found if each), key=lambda package: (package.name, package.roots))


def python_runtimes(tree: FileTree, owned: Callable[[str], bool]) -> Iterator[Package]:
    """Interpreters with their libraries: Docker Hub's images build theirs into /usr/local."""
    for path in tree:
        match = _LIBRARY.fullmatch(path) if path.endswith(("/os.py", "/os.pyc")) else None
        if match is None or owned(path):
            continue
        library, version = f"{match[1]}/lib/{match[2]}", re.escape(match[2].removeprefix("python"))
        files = [each for each in files_below(tree, library) if not _SITE.search(each)]
        files += [p for p in tree.children(f"{match[1]}/bin") if re.search(rf"/python(3|{version})?$", p)]
        files += [p for p in tree.children(f"{match[1]}/lib") if re.search(r"/libpython3[^/]*\.so[^/]*$", p)]
        yield Package("runtime", match[2], "", tuple(sorted(files)), roots=(library,), word="runtime")


def normalized(name: str) -> str:
    """A distribution's name as names are compared: https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def _distribution(tree: FileTree, info: str) -> Package | None:
    site = posixpath.dirname(info)
    files = tuple(sorted(set(_there(tree, _listed(tree, info)))))
    if not files:
        return None
    head = read_text(tree, f"{info}/METADATA") or read_text(tree, f"{info}/PKG-INFO")
    fields = next(stanzas(head), {})
    name = fields.get("Name") or posixpath.basename(info).split("-")[0]
    return Package(
        "pip",
        normalized(name),
        fields.get("Version", ""),
        files,
        roots=_roots(files, site, info),
        metadata=tuple(path for each in _NOTED if (path := f"{info}/{each}") in tree),
        depends=tuple(dict.fromkeys(_requirements(head))),
        word="Python package",
    )


def _listed(tree: FileTree, info: str) -> Iterator[str]:
    """Paths as the distribution lists them: relative to the directory that its dist-info is in."""
    site = posixpath.dirname(info)
    if record := read_text(tree, f"{info}/RECORD"):
        rows = csv.reader(io.StringIO(record, newline=""))
        yield from (posixpath.join(site, row[0]) for row in rows if row)
    elif listed := read_text(tree, f"{info}/installed-files.txt"):  # of setup.py install
        yield from (posixpath.join(info, line) for line in listed.splitlines() if line)
    yield from (path for path in tree.children(info) if record or listed)


def _there(tree: FileTree, paths: Iterable[str]) -> Iterator[str]:
    folders: dict[str, str] = {}
    for path in paths:
        folder, name = posixpath.split(posixpath.normpath(path))
        if folder not in folders:
            way = tree.resolve(folder)
            folders[folder] = way[-1] if way else ""
        here = stand_in(posixpath.join(folders[folder], name), tree)
        entry = tree.get(here)
        if folders[folder] and entry is not None and entry.kind != "dir":
            yield here


def _roots(files: Iterable[str], site: str, info: str) -> tuple[str, ...]:
    """The directories right below site-packages in which it installs: "pandas", "numpy.libs", its dist-info."""
    names = {path[len(site) + 1 :].partition("/") for path in files if path.startswith(site + "/")}
    tops = {f"{site}/{top}" for top, slash, _ in names if slash and top != "__pycache__"}
    return tuple(sorted(tops | {info}))


def _requirements(head: str) -> Iterator[str]:
    """What it needs whatever is installed beside it: extras are left out."""
    for line in head.partition("\n\n")[0].splitlines():
        if line.startswith("Requires-Dist:") and "extra ==" not in line:
            match = re.match(r"Requires-Dist:\s*([A-Za-z0-9][A-Za-z0-9._-]*)", line)
            if match:
                yield normalized(match[1])
