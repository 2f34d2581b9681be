"""Runtimes that no package manager installed: Docker Hub's Python and Node images build theirs into /usr/local."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from unladen.image.interface import FileTree
from unladen.image.owners.interface import Package, read_text

_PYTHON = re.compile(r"(.*)/lib/(python3\.\d+)/os\.pyc?")
_NODE = re.compile(r"(.*)/bin/node")
_JAVA = re.compile(r"(.*)/lib/(?:modules|rt\.jar)")
_SITE = re.compile(r"/(?:site|dist)-packages/")


def runtimes(tree: FileTree, owned: Callable[[str], bool]) -> Iterable[Package]:
    """Python, Node and Java as they lie in the image, where `owned` says that nobody else has them."""
    found: list[Package] = []
    for path in tree:
        if path.endswith(("/os.py", "/os.pyc")) and (match := _PYTHON.fullmatch(path)) and not owned(path):
            found.append(_python(tree, match[1], match[2]))
        elif path.endswith("/bin/node") and (match := _NODE.fullmatch(path)) and not owned(path):
            found.append(_node(tree, match[1]))
        elif (
            path.endswith(("/lib/modules", "/lib/rt.jar"))
            and (match := _JAVA.fullmatch(path))
            and not owned(path)
        ):
            found.extend(_java(tree, match[1]))
    return found


def _python(tree: FileTree, prefix: str, name: str) -> Package:
    library = f"{prefix}/lib/{name}"
    files = [path for path in below(tree, library) if not _SITE.search(path)]
    version = name.removeprefix("python")
    files += [
        path
        for path in tree.children(f"{prefix}/bin")
        if re.search(rf"/python(3|{re.escape(version)})?$", path)
    ]
    files += [
        path for path in tree.children(f"{prefix}/lib") if re.search(r"/libpython3[^/]*\.so[^/]*$", path)
    ]
    return Package("runtime", name, "", tuple(sorted(files)), roots=(library,))


def _node(tree: FileTree, prefix: str) -> Package:
    return Package("runtime", "node", "", (f"{prefix}/bin/node",))


def _java(tree: FileTree, home: str) -> Iterator[Package]:
    if f"{home}/bin/java" not in tree:
        return
    match = re.search(r'JAVA_VERSION="([^"]+)"', read_text(tree, f"{home}/release"))
    yield Package("runtime", "java", match[1] if match else "", tuple(below(tree, home)), roots=(home,))


def below(tree: FileTree, folder: str) -> Iterator[str]:
    """Every file and link below a directory."""
    for path in tree.children(folder):
        entry = tree.get(path)
        if entry is not None and entry.kind == "dir":
            yield from below(tree, path)
        else:
            yield path
