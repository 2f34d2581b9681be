"""The version a binary is stamped with: `-X main.version=…`, from the project's git tag."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from unladen.language.go.source import GoFile
from unladen.language.interface import Fact

_VARIABLE = re.compile(
    r'^(?:var\s+|\t)(?P<name>(?i:version|buildversion|appversion))\s*(?:string\s*)?(?:=\s*"(?P<value>[^"]*)")?\s*$',
    re.MULTILINE,
)
_GIT_SECONDS = 10


def version_variable(main: Sequence[GoFile], root: Path) -> tuple[Fact[str], str] | None:
    """(the main package's `var version`, its value in the source). A constant cannot be stamped."""
    for file in main:
        for match in _VARIABLE.finditer(file.code):
            if match[0].startswith("var") or _in_var_block(file.code, match.start()):
                source = f"{file.where(match.start(), root)} {match[0].strip()}"
                return Fact(f"main.{match['name']}", source), match["value"] or ""
    return None


def _in_var_block(code: str, offset: int) -> bool:
    opened = list(re.finditer(r"^(var|const|type|import)?[^\n]*\($|^\)", code[:offset], re.MULTILINE))
    return bool(opened) and opened[-1][1] == "var"


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
