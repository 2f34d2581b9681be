"""Which files of the project does the program read or write while it runs?

The baseline has the whole source tree in its working directory; a small image has what is copied into it.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from unladen.language.go.source import Call, GoFile, call_of
from unladen.syntax.go import above, string
from unladen.syntax.grammar import text

if TYPE_CHECKING:
    from tree_sitter import Node

_READS = re.compile(
    r"(?:os|ioutil)\.(?:ReadFile|ReadDir|Open)|os\.DirFS|http\.(?:Dir|ServeFile)|filepath\.(?:Glob|Walk|WalkDir)"
    r"|template\.Must|.*\.(?:ParseFiles|ParseGlob|LoadHTMLGlob|LoadHTMLFiles|StaticFile|Static|SendFile|ServeFile)"
    r"|tls\.LoadX509KeyPair|godotenv\.\w+|.*\.(?:SetConfigFile|AddConfigPath)"
)
_OPENS_ALL = re.compile(r"http\.Dir|os\.DirFS|os\.ReadDir|filepath\.Walk(?:Dir)?")
_UNCLEAR = re.compile(r"(?:os|ioutil)\.(?:ReadFile|ReadDir|Open)|os\.DirFS|http\.Dir")
_WRITES = re.compile(r"os\.(?:Create|WriteFile|Mkdir|MkdirAll|OpenFile)|ioutil\.WriteFile")
_DATABASES = re.compile(r"(?:sql|sqlx|gorm|sqlite)\.Open")
_DATABASE = re.compile(r"(?:file:)?([^\":?\n]+\.\w+)")
_JOIN = re.compile(r"(?:filepath|path)\.Join")
_ALWAYS_WRITABLE = re.compile(r":memory:|/(?:tmp|dev|proc|sys)/")
_NAMES = (["identifier"], ["selector_expression"], ["index_expression"])
_LONGEST_PATH = 200


@dataclass(frozen=True)
class RuntimeFiles:
    """`reads` are paths of the project ("." for all of it) and `writes` paths that are written,
    each with where it is named; `left_out` places that read what no image is to hold (.env);
    `unclear` places that open a path which only a run would tell."""

    reads: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()
    writes: tuple[tuple[str, str], ...] = ()
    unclear: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where the program runs in the baseline image: its working directory, and where the project's root is
    (None where that image holds chosen files only)."""

    workdir: str
    tree: str | None

    def project_path(self, path: str) -> str | None:
        """The path in the project ("." for all of it) that the program means by `path`."""
        if self.tree is None or path.startswith("~"):
            return None
        absolute = posixpath.normpath(posixpath.join(self.workdir, path))
        if absolute == self.tree:
            return "."
        inside = self.tree.rstrip("/") + "/"
        return absolute.removeprefix(inside) if absolute.startswith(inside) else None


def runtime_files(
    files: Sequence[GoFile],
    root: Path,
    place: Place,
    excluded: Callable[[str], bool] = lambda path: False,
    start: tuple[str, Sequence[str]] = ("", ()),
) -> RuntimeFiles:
    """Reads the sources. `excluded` tells whether a path is kept out of every image; `start` is who says how the
    program is started, and its arguments: `-config FILE` names a file that it reads."""
    says, arguments = start
    named = [
        (literal.value, f"{file.where(literal.node, root)} {literal.value}", _reader(literal.node))
        for file in files
        if not file.path.name.endswith(".pb.go")
        for literal in file.literals
    ]
    named += [(part, f"{says} {part}", "") for word in arguments for part in (word, word.partition("=")[2])]
    reads: dict[str, str] = {}
    left_out: list[str] = []
    top = {".", *(entry.name for entry in root.iterdir())}
    for value, where, reader in named:
        path = _path_of(value, reader, root, place, top)
        if path is not None and excluded(path):
            left_out.append(where)
        elif path is not None:
            reads.setdefault(path, where)
    return RuntimeFiles(
        reads=tuple(_without_nested(reads)),
        left_out=tuple(left_out),
        writes=tuple(_writes(files, root, place.workdir)),
        unclear=tuple(_unclear(files, root)),
    )


def _reader(literal: Node) -> str:
    """The call around a literal that reads what it names; empty where there is none."""
    calls = (call_of(each).function for each in above(literal, "call_expression"))
    return next((function for function in calls if _READS.fullmatch(function)), "")


def _path_of(value: str, reader: str, root: Path, place: Place, top: set[str]) -> str | None:
    """The project's file or folder that a text names, if there is one; `top` are the names in its root.

    Any literal may be handed on to a call elsewhere, so each that names something of the project counts. Of folders
    with Go source in them only those count that are read here and hold something else: others are packages.
    """
    text = value.removeprefix("file://")
    if not text or len(text) > _LONGEST_PATH or any(char in text for char in "\n\0{}<>\"'"):
        return None
    path = place.project_path(_before_glob(text))
    if path == "." and "*" in text and reader:
        return text if any(_is_data(PurePosixPath(entry.name)) for entry in root.glob(text)) else None
    if path == ".":
        return "." if _OPENS_ALL.fullmatch(reader) else None
    if path is None or path.partition("/")[0] not in top or path.startswith(".git"):
        return None
    there = root / path
    try:
        if there.is_file():
            return path if _is_data(PurePosixPath(path)) else None
        data, is_package = _has_data(there), any(there.glob("*.go"))
        fits = (data and reader) or (not is_package and (data or reader))
        return path if there.is_dir() and fits else None
    except OSError:
        return None


def _before_glob(text: str) -> str:
    """ "templates/*.html" → "templates"."""
    plain = itertools.takewhile(
        lambda part: not any(char in part for char in "*?["), PurePosixPath(text).parts
    )
    return str(PurePosixPath(*plain))


_NO_DATA = frozenset({"go.mod", "go.sum", "go.work", "go.work.sum", "Dockerfile", "Makefile", "unladen.toml"})


def _is_data(path: PurePosixPath) -> bool:
    return path.suffix != ".go" and path.name not in _NO_DATA


def _has_data(folder: Path) -> bool:
    return any(entry.is_file() and _is_data(PurePosixPath(entry.name)) for entry in folder.rglob("*"))


def _without_nested(reads: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Sorted; what lies in a folder that is taken anyway is left out."""
    for path in sorted(reads):
        if not any(str(parent) in reads for parent in PurePosixPath(path).parents if path != "."):
            yield path, reads[path]


def _writes(files: Sequence[GoFile], root: Path, workdir: str) -> Iterator[tuple[str, str]]:
    """Paths as the program names them, but relative to the working directory where they lie in it; a folder
    that is made, or that a name is joined to, ends in a slash."""
    seen: set[str] = set()
    for file in files:
        for call in file.calls:
            written, folder = _written(call)
            path = posixpath.normpath(written).removeprefix(workdir.rstrip("/") + "/") + (
                "/" if folder else ""
            )
            if written and path not in seen and not _ALWAYS_WRITABLE.match(path):
                seen.add(path)
                yield path, file.where(call.node, root)


def _written(call: Call) -> tuple[str, bool]:
    """(path that a call writes to, empty where it writes to none or it is not written out; is it a folder?)."""
    if _DATABASES.fullmatch(call.function):
        values = [value for value in call.strings() if value not in (None, "sqlite", "sqlite3")]
        matched = _DATABASE.match(values[0] or "") if values else None
        return (matched[1] if matched else ""), False
    opened = call.name != "OpenFile" or any("O_CREATE" in text(argument) for argument in call.arguments)
    if not _WRITES.fullmatch(call.function) or not call.arguments or not opened:
        return "", False
    first = call.arguments[0]
    if first.type == "call_expression" and _JOIN.fullmatch((join := call_of(first)).function):
        return (join.strings()[0] or "" if join.arguments else ""), True
    return string(first) or "", call.name.startswith("Mkdir")


def _unclear(files: Sequence[GoFile], root: Path) -> Iterator[str]:
    """A name, a part of it, an element of it: what is put together is left out."""
    for file in files:
        for call in file.calls:
            kinds = [argument.type for argument in call.arguments]
            if _UNCLEAR.fullmatch(call.function) and kinds in _NAMES:
                yield f"{file.where(call.node, root)} {text(call.node)}"
