"""The files of a repository that may hold what is asked of its program: a bounded walk, the same in every run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from unladen.language.registry import ecosystems

DEPTH = 6
ENTRIES = 20_000
"""Files and folders that are looked at."""
_FOREIGN = frozenset(
    {"vendor", "vendored", "third_party", "thirdparty", "external", "build", "dist", "target", "env"}
)
"""Folders of other people's files, or of what was built."""


def files(root: Path, name: re.Pattern[str], *, count: int, size: int) -> Iterator[tuple[str, Path]]:
    """(path below the root, file) of regular files whose name matches, the root's own first; at most `count`, none of
    more than `size` bytes."""
    found = 0
    for path in _walk(root):
        if found == count:
            return
        try:
            fits = name.fullmatch(path.name) and path.is_file() and path.stat().st_size <= size
        except OSError:
            continue
        if fits:
            found += 1
            yield path.relative_to(root).as_posix(), path


def read(path: Path) -> str:
    """The text, "" of what is none."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""
    return "" if "\0" in text else text


def _walk(root: Path) -> Iterator[Path]:
    """Files, folder by folder, the shallow ones first. Hidden folders, dependencies and links are passed over."""
    foreign = _FOREIGN | ecosystems().not_source
    folders, seen = [root], 0
    for _ in range(DEPTH):
        deeper: list[Path] = []
        for folder in folders:
            try:
                entries = sorted(folder.iterdir())
            except OSError:
                continue
            for entry in entries:
                seen += 1
                if seen > ENTRIES:
                    return
                if entry.is_symlink():
                    continue
                if not entry.is_dir():
                    yield entry
                elif not entry.name.startswith(".") and entry.name not in foreign:
                    deeper.append(entry)
        folders = deeper
