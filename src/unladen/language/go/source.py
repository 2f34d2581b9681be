"""Go source files: what is called, string literals, imports, and whether a build for Linux takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from unladen.syntax.go import GRAMMAR, string
from unladen.syntax.grammar import line, text

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True)
class Literal:
    """A string literal."""

    value: str
    node: Node


@dataclass(frozen=True)
class Call:
    """`function` is what is called, as it is written: "http.ListenAndServe", "api.Group(p).GET"."""

    function: str
    arguments: tuple[Node, ...]
    node: Node

    @property
    def name(self) -> str:
        """ "GET" of "api.Group(p).GET"."""
        return self.function.rpartition(".")[2]

    def strings(self) -> tuple[str | None, ...]:
        """The arguments' values; None for those that are no string literals."""
        return tuple(map(string, self.arguments))


def call_of(node: Node) -> Call:
    """A call_expression."""
    arguments = node.child_by_field_name("arguments")
    given = [each for each in (arguments.named_children if arguments else ()) if each.type != "comment"]
    return Call(text(node.child_by_field_name("function")), tuple(given), node)


@dataclass(frozen=True)
class GoFile:
    """One source file. It is parsed when something in it is first asked for, and once."""

    path: Path
    text: str

    @cached_property
    def root(self) -> Node:
        return GRAMMAR.parse(self.text)

    @cached_property
    def _head(self) -> Node:
        """Imports stand before every function: a dependency's file need not be parsed as a whole."""
        return GRAMMAR.parse(self.text.partition("\nfunc ")[0])

    def find(self, query: str) -> list[dict[str, list[Node]]]:
        return GRAMMAR.find(query, self.root)

    @cached_property
    def literals(self) -> tuple[Literal, ...]:
        """Every string literal that is not the path of an import."""
        query = "[(interpreted_string_literal) (raw_string_literal)] @literal"
        nodes = [found["literal"][0] for found in self.find(query)]
        parents = [(node, node.parent) for node in nodes]
        return tuple(
            Literal(string(node) or "", node)
            for node, parent in parents
            if parent and parent.type != "import_spec"
        )

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        return tuple(call_of(found["call"][0]) for found in self.find("(call_expression) @call"))

    @cached_property
    def package(self) -> str:
        found = GRAMMAR.find("(package_clause (package_identifier) @name)", self._head)
        return text(found[0]["name"][0]) if found else ""

    @cached_property
    def imported(self) -> dict[str, Node]:
        """Import path → where it is."""
        paths = [found["path"][0] for found in GRAMMAR.find("(import_spec path: (_) @path)", self._head)]
        return {string(path) or "": path for path in paths}

    @property
    def imports(self) -> tuple[str, ...]:
        return tuple(self.imported)

    @cached_property
    def has_main(self) -> bool:
        """Whether `func main` is here; most files are not parsed for it."""
        query = '(function_declaration name: (identifier) @name (#eq? @name "main"))'
        return "func main(" in self.text and self.package == "main" and bool(self.find(query))

    def where(self, node: Node, root: Path) -> str:
        """`cmd/api/main.go:41`, for a fact's source."""
        return f"{self.path.relative_to(root).as_posix()}:{line(node)}"


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


def fits_constraint(source: str, *, cgo: bool = True) -> bool:
    """Whether the file's `//go:build` line is true for a Linux build without tags of its own."""
    found = re.search(r"^package |^//go:build (.+)", source, re.MULTILINE)
    if not found or not found[1]:
        return True
    # a constraint is an expression of Go but for the dot in go1.21
    root = GRAMMAR.parse("package p\nvar _ = " + re.sub(r"\bgo1\.\d+\b", "gc", found[1]))
    value = GRAMMAR.find("(var_spec value: (expression_list (_) @value))", root)
    return root.has_error or not value or _is_true(value[0]["value"][0], cgo)


def _is_true(node: Node, cgo: bool) -> bool:
    inner = [_is_true(child, cgo) for child in node.named_children]
    match node.type:
        case "identifier":
            return text(node) in {"linux", "unix", _MACHINE, "gc", "cgo" if cgo else "linux"}
        case "unary_expression":
            return not inner[0]
        case "binary_expression" if text(node.child_by_field_name("operator")) == "||":
            return any(inner)
    return all(inner)


def folders(root: Path) -> Iterator[Path]:
    """Every folder of a module that may hold a package: no vendor, testdata, hidden or nested module."""
    yield root
    for entry in sorted(root.iterdir() if root.is_dir() else ()):
        skipped = entry.name[0] in "._" or entry.name in ("vendor", "testdata", "node_modules")
        if entry.is_dir() and not entry.is_symlink() and not skipped and not (entry / "go.mod").exists():
            yield from folders(entry)
