"""go.mod and go.work, read as far as a container build needs them (format: https://go.dev/ref/mod#go-mod-file)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath


@dataclass(frozen=True)
class Line:
    """One directive with its arguments, blocks taken apart; `number` counts from 1."""

    number: int
    verb: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class ModFile:
    """A go.mod. `go` and `toolchain` are bare versions ("1.24.2"), empty where the file names none."""

    path: Path
    module: str
    go: str
    toolchain: str
    requires: tuple[tuple[str, str], ...]
    """(module path, version), in file order."""
    replaces: tuple[tuple[str, str, str], ...]
    """(module path, replacement, its version); a replacement that is a folder has no version."""
    lines: tuple[Line, ...]

    def line_of(self, verb: str) -> int:
        return next((line.number for line in self.lines if line.verb == verb), 1)

    @property
    def local_replaces(self) -> tuple[tuple[str, str], ...]:
        """(module path, folder) of each `replace` by a folder."""
        return tuple((old, new) for old, new, version in self.replaces if not version and new.startswith("."))


def read_mod(path: Path) -> ModFile:
    """Reads a go.mod."""
    lines = tuple(_lines(path.read_text(encoding="utf-8", errors="replace")))
    first = {line.verb: line.words[0] for line in reversed(lines) if line.words}
    return ModFile(
        path=path,
        module=first.get("module", ""),
        go=first.get("go", ""),
        toolchain=first.get("toolchain", "").removeprefix("go").partition("-")[0],
        requires=tuple((w[0], w[1]) for w in _words(lines, "require") if len(w) >= 2),
        replaces=tuple(_replaces(lines)),
        lines=lines,
    )


def read_work(path: Path) -> tuple[str, tuple[str, ...]]:
    """(go version, folders in use) of a go.work; folders relative to the file ("." for its own)."""
    lines = tuple(_lines(path.read_text(encoding="utf-8", errors="replace")))
    go = next((words[0] for words in _words(lines, "go") if words), "")
    return go, tuple(str(PurePosixPath(words[0])) for words in _words(lines, "use") if words)


def _words(lines: tuple[Line, ...], verb: str) -> Iterator[tuple[str, ...]]:
    return (line.words for line in lines if line.verb == verb)


def _replaces(lines: tuple[Line, ...]) -> Iterator[tuple[str, str, str]]:
    for words in _words(lines, "replace"):
        if "=>" in words:
            arrow = words.index("=>")
            new = words[arrow + 1 :]
            if arrow and new:
                yield words[0], new[0], new[1] if len(new) > 1 else ""


def _lines(text: str) -> Iterator[Line]:
    block = ""
    for number, raw in enumerate(text.splitlines(), 1):
        words = tuple(word.strip('"`') for word in re.sub(r"//.*", "", raw).split())
        if not words:
            continue
        if block:
            if words[0] == ")":
                block = ""
            else:
                yield Line(number, block, words)
        elif words[-1] == "(":
            block = words[0]
        else:
            yield Line(number, words[0], words[1:])
