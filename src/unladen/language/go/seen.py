"""What has been read of a project: every belief follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unladen.language.go.source import GoFile
from unladen.language.go.usersfile import UsersFile
from unladen.language.go.workspace import MainPackage, Workspace
from unladen.language.interface import Overrides

HOME = "/app"
"""The guide's working directory, for a project without a Dockerfile."""


@dataclass(frozen=True)
class Seen:
    """`users` is what the project's own Dockerfile says, `files` the sources of `main` and what it imports."""

    root: Path
    overrides: Overrides
    workspace: Workspace
    users: UsersFile | None
    main: MainPackage
    files: tuple[GoFile, ...]
