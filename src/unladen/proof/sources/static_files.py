"""Static files that lie in an image beside those that a crawl was given: which URLs they have."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from urllib.parse import quote, unquote

from unladen.image.interface import FileTree
from unladen.proof.interface import Response

MOST = 30
SIZE_LIMIT = 1 << 20


def beside(tree: FileTree, shown: Mapping[str, Response]) -> tuple[str, ...]:
    """Paths of URLs that are likely for files in the folders from which `shown` was served: one of each suffix before
    the second of any."""
    wanted = {
        unquote(path): answer
        for path, answer in shown.items()
        if answer.status == 200 and answer.body and "?" not in path and posixpath.splitext(path)[1]
    }
    folders: dict[str, str] = {}
    for path, file in _same(tree, wanted):
        url, folder = _top(path, file)
        folders.setdefault(folder, url)
    by_suffix: dict[str, list[str]] = {}
    for folder, url in sorted(folders.items()):
        for file in _below(tree, folder):
            path = quote(posixpath.join(url, posixpath.relpath(file, folder)))
            if path not in shown:
                by_suffix.setdefault(posixpath.splitext(file)[1], []).append(path)
    rows = zip_longest(*(by_suffix[suffix] for suffix in sorted(by_suffix)))
    return tuple(dict.fromkeys(path for row in rows for path in row if path))[:MOST]


def _same(tree: FileTree, wanted: Mapping[str, Response]) -> Iterator[tuple[str, str]]:
    """(path of a URL, file of the image with the very bytes that it answers), the one with most of the path in common
    first."""
    by_name: dict[str, list[str]] = {}
    for path in wanted:
        by_name.setdefault(posixpath.basename(path), []).append(path)
    found: dict[str, str] = {}
    for file in tree:
        for path in by_name.get(posixpath.basename(file), ()):
            entry = tree.get(file)
            if (
                entry is None
                or entry.size != len(wanted[path].body)
                or entry.kind not in ("file", "hardlink")
            ):
                continue
            better = path not in found or _common(path, file) > _common(path, found[path])
            if better and tree.read(file) == wanted[path].body:
                found[path] = file
    yield from found.items()


def _common(path: str, file: str) -> int:
    """How many of the last parts of two paths are the same."""
    pairs = zip(reversed(path.split("/")), reversed(file.split("/")), strict=False)
    return next((n for n, (one, other) in enumerate(pairs) if one != other), 0)


def _top(path: str, file: str) -> tuple[str, str]:
    """The URL and the folder below which both go on alike: /static/css/a.css from /app/static/css/a.css is /static
    and /app/static."""
    common = max(1, min(_common(path, file), len(path.strip("/").split("/")) - 1))
    for _ in range(common):
        path, file = posixpath.dirname(path), posixpath.dirname(file)
    return path, file


def _below(tree: FileTree, folder: str, depth: int = 3) -> Iterator[str]:
    for path in sorted(tree.children(folder)):
        entry = tree.get(path)
        if entry is None or posixpath.basename(path).startswith("."):
            continue
        if entry.kind == "dir" and depth:
            yield from _below(tree, path, depth - 1)
        elif entry.kind in ("file", "hardlink") and entry.size <= SIZE_LIMIT:
            yield path
