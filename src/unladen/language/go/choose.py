"""Which program of the project is it?"""

from __future__ import annotations

import posixpath
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from unladen.errors import BadProject
from unladen.language.go.listen import listens
from unladen.language.go.users import UsersGo
from unladen.language.go.workspace import MainPackage, Workspace, program
from unladen.language.interface import Fact, Overrides


def choose_main(
    workspace: Workspace, mains: Sequence[MainPackage], overrides: Overrides, users: UsersGo | None
) -> Fact[MainPackage]:
    """What `start` or the Dockerfile names, else the root's, else of those that listen the one in the README."""
    root = workspace.root
    if not mains:
        raise BadProject(
            f"cannot find a program in {root.name}: no package main with a func main",
            hint="A library has nothing to run. If the program is in a subfolder with a go.mod of its own, name that.",
        )
    for wanted, source in _wanted(overrides, users):
        if found := next((main for main in mains if is_called(main, wanted)), None):
            return Fact(found, source)
    first = mains[0]
    if len(mains) == 1:
        return Fact(first, f"{first.entry.relative_to(root).as_posix()} is the only main package")
    serving = [main for main in mains if listens(program(workspace, main))]
    candidates = [first] if first.path == "." or not serving else serving
    documented = {main.path: at for main in candidates if (at := _line_in_readme(root, main))}
    chosen = min(candidates, key=lambda main: documented.get(main.path, (True, sys.maxsize)))
    others = ", ".join(main.path for main in mains if main is not chosen)
    only_built, line = documented.get(chosen.path, (False, 0))
    why = f"README.md:{line} {'builds' if only_built else 'runs'} it" if line else "the first of several"
    return Fact(chosen, f'{why}; start = ["./cmd/name"] in unladen.toml chooses another: {others}')


def _line_in_readme(root: Path, main: MainPackage) -> tuple[bool, int] | None:
    """The first line that runs the program, alone or by `go run`; else (True) the first that builds it."""
    readme = root / "README.md"
    lines = readme.read_text(encoding="utf-8", errors="replace").splitlines() if readme.is_file() else []
    name = re.escape(main.name)
    runs = rf"\s*[$>]\s*(?:go run (?:\S*/)?|\S*/)?{name}(?:\s|$)|\s*(?:go run \S*/|\./){name}(?:\s|$)"
    builds = rf".*\bgo (?:build|install) .*/{name}(?:@\S+)?(?:\s|$)"
    patterns = ((False, runs), (True, builds))
    found = (
        (at, n) for at, pattern in patterns for n, line in enumerate(lines, 1) if re.match(pattern, line)
    )
    return next(found, None)


def _wanted(overrides: Overrides, users: UsersGo | None) -> Iterator[tuple[str, str]]:
    """(name or path of the main package, who says so)."""
    if overrides.start:
        words = [word for word in overrides.start if word not in ("go", "run")]
        yield words[0] if words else "", "unladen.toml"
    if users and users.build:
        tree, where = users.copied.tree, f"Dockerfile:{users.build.line} go build"
        folder = posixpath.relpath(users.build_dir, tree) if tree else "."
        yield (
            (users.build.package, f"{where} {users.build.package}")
            if users.build.package
            else (folder, where)
        )
    if users and users.start.program:
        yield posixpath.basename(users.start.program), f"Dockerfile:{users.start.line} starts it"


def is_called(main: MainPackage, wanted: str) -> bool:
    """Whether a word means the package: its path, its name, or its import path."""
    path = posixpath.normpath(wanted.removesuffix("/..."))
    own = posixpath.normpath(main.path)
    return path in (own, main.name) or main.path == f"./{path}" or wanted == f"{main.module.mod.module}/{own}"
