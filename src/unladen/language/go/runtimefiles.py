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

from unladen.language.go.source import GoFile, Literal

_READS = (
    r"(?:os|ioutil)\.(?:ReadFile|ReadDir|Open)|os\.DirFS|http\.(?:Dir|ServeFile)|filepath\.(?:Glob|Walk|WalkDir)"
    r"|\w*[tT]emplates?\w*\.(?:ParseFiles|ParseGlob)|template\.Must\(\w+\.\w+|\.(?:ParseFiles|ParseGlob)"
    r"|\.(?:LoadHTMLGlob|LoadHTMLFiles|StaticFile|Static|SendFile|ServeFile)|tls\.LoadX509KeyPair|godotenv\.\w+"
    r"|\.(?:SetConfigFile|AddConfigPath)"
)
_READ_CALL = re.compile(rf"(?:{_READS})\(")
_UNCLEAR_CALL = re.compile(
    r"(?<![\w.])((?:os|ioutil)\.(?:ReadFile|ReadDir|Open)|os\.DirFS|http\.Dir)\(\s*([A-Za-z_][\w.]*(?:\[\w+\])?)\s*\)"
)
_WRITE_CALL = re.compile(
    r"\b(?P<call>os\.(?:Create|WriteFile|Mkdir|MkdirAll|OpenFile)|ioutil\.WriteFile)\(\s*"
    r"(?P<join>(?:filepath|path)\.Join\(\s*)?[\"`](?P<path>[^\"`\n]+)[\"`](?P<rest>[^\n]*)"
    r"|\b(?:sql|sqlx|gorm|sqlite)\.Open\(\s*(?:\"sqlite3?\",\s*)?\"(?:file:)?(?P<database>[^\":?\n]+\.\w+)"
)
_ALWAYS_WRITABLE = re.compile(r":memory:|/(?:tmp|dev|proc|sys)/")
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
    files: Sequence[GoFile], root: Path, place: Place, excluded: Callable[[str], bool] = lambda path: False
) -> RuntimeFiles:
    """Reads the sources. `excluded` tells whether a path is kept out of every image."""
    reads: dict[str, str] = {}
    left_out: list[str] = []
    top = {".", *(entry.name for entry in root.iterdir())}
    for file in (file for file in files if not file.path.name.endswith(".pb.go")):
        for literal in file.literals:
            path = _path_of(file, literal, root, place, top) if literal.start >= file.import_end else None
            if path is not None and excluded(path):
                left_out.append(f"{file.where(literal.start, root)} {literal.value}")
            elif path is not None:
                reads.setdefault(path, f"{file.where(literal.start, root)} {literal.value}")
    return RuntimeFiles(
        reads=tuple(_without_nested(reads)),
        left_out=tuple(left_out),
        writes=tuple(_writes(files, root, place.workdir)),
        unclear=tuple(_unclear(files, root)),
    )


def _path_of(file: GoFile, literal: Literal, root: Path, place: Place, top: set[str]) -> str | None:
    """The project's file or folder that a literal names, if there is one; `top` are the names in its root.

    Any literal may be handed on to a call elsewhere, so each that names something of the project counts,
    except for a folder with nothing but Go source in it, which is a coincidence.
    """
    text = literal.value.removeprefix("file://")
    if not text or len(text) > _LONGEST_PATH or any(char in text for char in "\n\0{}<>\"'"):
        return None
    path = place.project_path(_before_glob(text))
    if path == "." and "*" in text and _is_read(file, literal):
        return text if any(_is_data(PurePosixPath(entry.name)) for entry in root.glob(text)) else None
    if path == ".":
        return "." if _opens_all(file, literal) else None
    if path is None or path.partition("/")[0] not in top or path.startswith(".git"):
        return None
    there = root / path
    try:
        if there.is_file():
            return path if _is_data(PurePosixPath(path)) else None
        return path if there.is_dir() and (_is_read(file, literal) or _has_data(there)) else None
    except OSError:
        return None


def _is_read(file: GoFile, literal: Literal) -> bool:
    return bool(_READ_CALL.search(file.code[max(0, literal.start - 160) : literal.start]))


def _opens_all(file: GoFile, literal: Literal) -> bool:
    """Whether "." is really opened: a program that serves or walks its own folder."""
    before = file.code[max(0, literal.start - 40) : literal.start]
    return bool(re.search(r"(?:http\.Dir|os\.DirFS|os\.ReadDir|filepath\.Walk(?:Dir)?)\(\s*$", before))


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
        for match in _WRITE_CALL.finditer(file.code):
            if match["call"] == "os.OpenFile" and "O_CREATE" not in match["rest"]:
                continue
            folder = match["join"] or (match["call"] or "").startswith("os.Mkdir")
            path = posixpath.normpath(match["path"] or match["database"])
            path = path.removeprefix(workdir.rstrip("/") + "/") + ("/" if folder else "")
            if path not in seen and not _ALWAYS_WRITABLE.match(path):
                seen.add(path)
                yield path, file.where(match.start(), root)


def _unclear(files: Sequence[GoFile], root: Path) -> Iterator[str]:
    for file in files:
        for match in _UNCLEAR_CALL.finditer(file.code):
            yield f"{file.where(match.start(), root)} {match[1]}({match[2]})"
