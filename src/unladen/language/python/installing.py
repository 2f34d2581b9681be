"""`pip install` and `uv` in a Dockerfile: the cache that they keep, and the requirements files that they read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from unladen.language.installing import Installing
from unladen.language.python.pipsteps import PIP_OPTIONS_WITH_VALUE
from unladen.syntax.bash import Command

_PIP = re.compile(r"(?:pip[\d.]*|python[\d.]* -m pip) (?:-\S+ )*install\b")
_LISTS = ("-r", "--requirement", "-c", "--constraint")
_UNCACHED = "--no-cache-dir"


def installing(command: Command, root: Path | None) -> Installing | None:
    """`root` is the project's folder, None where that is not known."""
    words = (command.name, *command.words[1:])
    if words[0] == "uv" and words[1:2] in (("sync",), ("pip",)):
        return Installing("/root/.cache/uv", words[1], "--no-cache" if words[1] == "sync" else "")
    if not _PIP.match(" ".join(words)) or any(word.startswith(("--target", "--cache-dir")) for word in words):
        return None
    if _UNCACHED in words:
        return Installing("", "install", manifests=_manifests(words, root))
    return Installing("/root/.cache/pip", "install", _UNCACHED, _manifests(words, root))


def _manifests(words: tuple[str, ...], root: Path | None) -> tuple[str, ...] | None:
    """The requirements files, where these and names of packages are all that is asked for."""
    lists: list[str] = []
    rest = iter(words[words.index("install") + 1 :])
    for word in rest:
        name, equals, value = word.partition("=")
        if word in _LISTS or (equals and name in _LISTS):
            lists.append(value if equals and name in _LISTS else next(rest, ""))
        elif re.match(r"-[rc].", word):
            lists.append(word[2:])
        elif word in PIP_OPTIONS_WITH_VALUE:
            next(rest, "")
        elif word in ("-e", "--editable") or re.search(r"^[^-].*[/\\$`*]|^\.|^[^-].*\.whl$", word):
            return None
    if lists and (root is None or not all(_is_whole(root, each) for each in lists)):
        return None
    return tuple(dict.fromkeys(lists))


def _is_whole(root: Path, name: str) -> bool:
    """Whether a requirements file names packages alone: no other file, no folder of the project."""
    path = root / name
    if name.startswith(("/", "..")) or "$" in name or not path.is_file():
        return False
    return not any(_leads_on(line) for line in _lines(path))


def _lines(path: Path) -> Iterator[str]:
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if text := line.partition(" #")[0].strip():
            yield text


def _leads_on(line: str) -> bool:
    return bool(
        re.match(r"-(?:r|c|e|f)\b|--(?:requirement|constraint|editable|find-links)\b|\.|/|file:", line)
    )
