"""What is of a single language stays in its folder: no other code names a language's tools, folders or files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import unladen

ROOT = Path(unladen.__file__).parent
OWN = ("language/", "syntax/", "bases/recipes/")
"""The languages' folders, the grammars of their sources, and the recipes of their base images: a file a family."""

NAMES = re.compile(
    r"\b(?:python[\d.]*|pip|uv|poetry|conda|node(?:js)?|npm|yarn|golang|goenv|goproxy|java|jvm|openjdk|ruby|gem|cargo"
    r"|rust|php|composer|perl|site-packages|dist-packages|node_modules|__pycache__|pyvenv|django|flask|fastapi)\b"
    r"|\.py[co]?\b|\.[cm]?js\b|\bmain\.go\b|\b(?:python|pip|node|npm|cargo|go)_",
    re.IGNORECASE,
)

ALLOWED = {
    "bases/archives.py": "the clients of the registries that archives of bases come from, whatever is in these",
    "bases/pick.py": "distroless Python's library is compiled as the image that it stands for has it",
    "proof/sources/commands.py": "an example of a command in a hint",
    "proof/sources/learned.py": "k6 scripts are JavaScript whatever the project is written in",
    "tracing/sensor_binary.py": "how unladen itself is installed",
    "cli/bases.py": "an example of a base image in the help",
}


def names() -> Iterator[tuple[str, int, str]]:
    """(file, line, text) of strings that name something of a language; documentation and comments may."""
    for path in sorted(ROOT.rglob("*.py")):
        file = path.relative_to(ROOT).as_posix()
        if file.startswith(OWN):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str | bytes)
                and id(node) not in said
            ):
                text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
                if NAMES.search(text):
                    yield file, node.lineno, text


def test_no_code_outside_the_folders_names_a_language() -> None:
    assert [found for found in names() if found[0] not in ALLOWED] == []


def test_the_list_of_exceptions_is_no_longer_than_it_must_be() -> None:
    assert set(ALLOWED) - {file for file, _, _ in names()} == set()


def test_no_room_imports_the_folder_of_a_language() -> None:
    """But the registry, which finds it; recipes of bases are their own families."""
    folders = [path.name for path in (ROOT / "language").iterdir() if (path / "__init__.py").is_file()]
    importing = re.compile(
        rf"unladen\.language\.(?:{'|'.join(folders)})\b|unladen\.language import .*\b(?:{'|'.join(folders)})\b"
    )
    found = [
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if importing.search(path.read_text(encoding="utf-8")) and ROOT / "language" not in path.parents[1:]
    ]
    assert found == []
