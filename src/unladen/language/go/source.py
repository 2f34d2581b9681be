"""Go source files: comments taken out, string literals, imports, and whether a build for Linux takes them."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r'|(?P<string>"(?:\\.|[^"\\\n])*"|`[^`]*`)'
    r"|(?P<rune>'(?:\\.|[^'\\\n])+')",
    re.DOTALL,
)
_IMPORTS = re.compile(
    r'^import\s*(?:\((?P<block>[^)]*)\)|(?:[\w.]+\s+)?(?P<one>["`][^"`\n]+["`]))', re.MULTILINE
)
_PACKAGE = re.compile(r"^package\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Literal:
    """A string literal's value; `start` and `end` are its offsets in the code."""

    value: str
    start: int
    end: int


@dataclass(frozen=True)
class GoFile:
    """One source file. `code` is its text with every comment blanked out, so that offsets stay the same."""

    path: Path
    text: str

    @cached_property
    def code(self) -> str:
        return _TOKEN.sub(_blank_comment, self.text)

    @cached_property
    def literals(self) -> tuple[Literal, ...]:
        return tuple(
            Literal(_unquoted(match["string"]), match.start(), match.end())
            for match in _TOKEN.finditer(self.text)
            if match["string"]
        )

    @cached_property
    def package(self) -> str:
        found = _PACKAGE.search(self.code)
        return found[1] if found else ""

    @cached_property
    def imports(self) -> tuple[str, ...]:
        found = []
        for match in _IMPORTS.finditer(self.code):
            found += re.findall(r'["`]([^"`\n]+)["`]', match["block"] or match["one"] or "")
        return tuple(found)

    @cached_property
    def import_end(self) -> int:
        """The offset after the last import: literals before it name packages."""
        return max((match.end() for match in _IMPORTS.finditer(self.code)), default=0)

    @cached_property
    def _newlines(self) -> list[int]:
        return [offset for offset, char in enumerate(self.text) if char == "\n"]

    def line(self, offset: int) -> int:
        """The line number of an offset, from 1."""
        return bisect_right(self._newlines, offset - 1) + 1

    def where(self, offset: int, root: Path) -> str:
        """`cmd/api/main.go:41`, for a fact's source."""
        return f"{self.path.relative_to(root).as_posix()}:{self.line(offset)}"


def read_package(folder: Path, *, cgo: bool = True) -> tuple[GoFile, ...]:
    """The files of one folder that a build for Linux takes: no tests, none for other systems."""
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.suffix == ".go" and entry.is_file())
    except OSError:
        return ()
    files = (
        GoFile(folder / name, (folder / name).read_text(encoding="utf-8", errors="replace"))
        for name in names
        if not name.endswith("_test.go") and name[0] not in "._" and fits_name(name)
    )
    return tuple(file for file in files if fits_constraint(file.text, cgo=cgo))


# Build constraints: https://pkg.go.dev/cmd/go#hdr-Build_constraints. The lists are Go's own
# (internal/syslist): a file name's suffix only counts where it is one of them.

_SYSTEMS = re.compile(
    "aix|android|darwin|dragonfly|freebsd|hurd|illumos|ios|js|linux|nacl|netbsd|openbsd|plan9|solaris|wasip1"
    "|windows|zos"
)
_MACHINES = re.compile(
    "386|amd64|amd64p32|arm|armbe|arm64|arm64be|loong64|mips|mipsle|mips64|mips64le|mips64p32|mips64p32le|ppc"
    "|ppc64|ppc64le|riscv|riscv64|s390|s390x|sparc|sparc64|wasm"
)
_MACHINE = "amd64"


def fits_name(name: str) -> bool:
    """Whether `name_GOOS_GOARCH.go` lets the file into a Linux build (amd64 stands for every machine)."""
    parts = name.removesuffix(".go").split("_")[1:]
    machine = parts.pop() if parts and _MACHINES.fullmatch(parts[-1]) else _MACHINE
    system = parts.pop() if parts and _SYSTEMS.fullmatch(parts[-1]) else "linux"
    return system == "linux" and machine == _MACHINE


def fits_constraint(text: str, *, cgo: bool = True) -> bool:
    """Whether the file's `//go:build` line is true for a Linux build without tags of its own."""
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("//go:build "):
            return _true(stripped.removeprefix("//go:build "), cgo)
        if stripped.startswith("package "):
            break
    return True


def _true(expression: str, cgo: bool) -> bool:
    on = {"linux", "unix", _MACHINE, "gc"} | ({"cgo"} if cgo else set())

    def word(match: re.Match[str]) -> str:
        name = match[0]
        return str(name in on or bool(re.fullmatch(r"go1\.\d+", name)))

    python = re.sub(r"[\w.]+", word, expression)
    python = python.replace("&&", " and ").replace("||", " or ").replace("!", " not ")
    if not re.fullmatch(r"(?:True|False|and|or|not|[() \t])+", python):
        return True
    try:
        return _evaluate(ast.parse(python.strip(), mode="eval").body)
    except SyntaxError:
        return True


def _evaluate(node: ast.expr) -> bool:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_evaluate(value) for value in values)
        case ast.BoolOp(values=values):
            return any(_evaluate(value) for value in values)
        case ast.UnaryOp(operand=operand):
            return not _evaluate(operand)
        case ast.Constant(value=value):
            return bool(value)
        case _:
            return True


def _blank_comment(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0]) if match["comment"] else match[0]


def _unquoted(token: str) -> str:
    if token.startswith("`") or "\\" not in token:
        return token[1:-1]
    try:
        return str(ast.literal_eval(token))  # Go's escapes are Python's, but for a rare few
    except (SyntaxError, ValueError):
        return token[1:-1]


def folders(root: Path) -> Iterator[Path]:
    """Every folder of a module that may hold a package: no vendor, testdata, hidden or nested module."""
    yield root
    for entry in sorted(root.iterdir() if root.is_dir() else ()):
        skipped = entry.name[0] in "._" or entry.name in ("vendor", "testdata", "node_modules")
        if entry.is_dir() and not entry.is_symlink() and not skipped and not (entry / "go.mod").exists():
            yield from folders(entry)
