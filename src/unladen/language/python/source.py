"""What the project's own source says, read as a syntax tree and never run."""

from __future__ import annotations

import ast
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SKIPPED = frozenset(
    [
        "venv",
        "env",
        "node_modules",
        "__pycache__",
        "site-packages",
        "tests",
        "test",
        "docs",
        "build",
        "dist",
        "examples",
        "migrations",
        "static",
    ]
)
_MOST_FILES = 400
_LARGEST = 1_000_000
_DEEPEST = 4


@dataclass(frozen=True)
class Module:
    """A file of the project. `name` is how it is imported from the root ("app.main")."""

    path: Path
    tree: ast.Module
    imports: dict[str, str]
    """Local name → what it stands for ("FastAPI" → "fastapi.FastAPI")."""

    @property
    def name(self) -> str:
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)

    def at(self, node: ast.AST) -> str:
        """`main.py:41 os.environ.get('PORT', 8000)`, in one line."""
        text = " ".join(ast.unparse(node).split())
        return f"{self.path}:{getattr(node, 'lineno', 1)} {text if len(text) <= 70 else text[:67] + '...'}"

    def full_name(self, node: ast.AST) -> str:
        """The dotted name of an expression with imports resolved: `web.run_app` → `aiohttp.web.run_app`."""
        if isinstance(node, ast.Name):
            return self.imports.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            return f"{self.full_name(node.value)}.{node.attr}"
        return ""

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))


def modules(root: Path) -> tuple[Module, ...]:
    """The project's Python files, nearest to the root first; those that do not parse are left out."""
    return tuple(parsed for path in _files(root) if (parsed := _parse(root, path)))


def _files(root: Path) -> list[Path]:
    found: list[Path] = []
    for folder, folders, names in os.walk(root):
        here = Path(folder).relative_to(root)
        deep = len(here.parts) >= _DEEPEST
        folders[:] = [] if deep else sorted(n for n in folders if n not in _SKIPPED and not n.startswith("."))
        found += [here / name for name in sorted(names) if name.endswith(".py")]
        if len(found) >= _MOST_FILES:
            break
    return sorted(found[:_MOST_FILES], key=lambda path: (len(path.parts), str(path)))


def _parse(root: Path, path: Path) -> Module | None:
    file = root / path
    try:
        return parsed(path, file.read_bytes()) if file.stat().st_size <= _LARGEST else None
    except OSError:
        return None


def parsed(path: Path, content: bytes) -> Module | None:
    """A module's source; None where it does not parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in the user's strings are no business of ours
            tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return None
    imports: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                imports[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imports.update(
                {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            )
    return Module(path, tree, imports)
