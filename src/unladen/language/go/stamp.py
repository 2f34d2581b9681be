"""The version a binary is stamped with: `-X main.version=…`, from the project's git tag."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unladen.language.go.source import GoFile
from unladen.language.interface import Fact
from unladen.syntax.go import below, string
from unladen.syntax.grammar import text

if TYPE_CHECKING:
    from tree_sitter import Node

_NAMES = frozenset({"version", "buildversion", "appversion"})
_GIT_SECONDS = 10


def version_variable(main: Sequence[GoFile], root: Path) -> tuple[Fact[str], str] | None:
    """(the main package's `var version`, its value in the source). A constant cannot be stamped."""
    for file in main:
        for found in file.find("(source_file (var_declaration) @all)"):
            for spec in below(found["all"][0], "var_spec"):
                name, value = text(spec.child_by_field_name("name")), spec.child_by_field_name("value")
                initial = string(next(iter(value.named_children), None)) if value else ""
                if name.lower() in _NAMES and initial is not None and _is_text(spec):
                    alone = spec.parent and spec.parent.type == "var_declaration"
                    source = f"{file.where(spec, root)} {'var ' if alone else ''}{text(spec)}"
                    return Fact(f"main.{name}", source), initial
    return None


def _is_text(spec: Node) -> bool:
    return text(spec.child_by_field_name("type")) in ("", "string")


def git_version(root: Path) -> Fact[str] | None:
    """`git describe --tags` of the project.

    In a folder of a larger repository only tags of that folder count ("api/v1.2.3" for api/: Go's own rule,
    https://go.dev/ref/mod#vcs-version), and the version is what follows the folder.
    """
    top = _git(root, "rev-parse", "--show-toplevel")
    if top is None:
        return None
    folder = root.resolve().relative_to(Path(top).resolve()).as_posix() if top else "."
    prefix = "" if folder == "." else f"{folder}/"
    command = ["describe", "--tags", *([f"--match={prefix}v*"] if prefix else [])]
    version = _git(root, *command)
    if not version or not re.fullmatch(r"[\w./+-]+", version):
        return None
    return Fact(version.removeprefix(prefix), f"git {' '.join(command)}")


def _git(root: Path, *arguments: str) -> str | None:
    """One line of git's answer, None where there is no git, no repository or no answer."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
