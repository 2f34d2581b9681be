"""What only Python knows of a project: everything that its rungs need, read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from unladen.language.interface import Fact
from unladen.language.python import native
from unladen.language.python.dependencies import Dependencies
from unladen.language.python.start import Start
from unladen.language.python.taken import NO_CHECK, Check, Copied, OwnStep

SHELL = ("/bin/sh", "-c")


@dataclass(frozen=True)
class Details:
    """`packages` are Debian's names. `copies` land in `workdir`, `elsewhere` outside of it; `manifests` are what
    follows the word COPY."""

    version: str
    dependencies: Dependencies
    start: Start
    workdir: str = "/app"
    manifests: tuple[str, ...] = ()
    copies: tuple[Copied, ...] = ()
    elsewhere: tuple[Copied, ...] = ()
    packages: tuple[str, ...] = ()
    steps: tuple[OwnStep, ...] = ()
    args: tuple[tuple[str, str], ...] = ()
    """What ARG sets where `steps` run."""
    env: tuple[tuple[str, str], ...] = ()
    ports: tuple[int, ...] = ()
    kept: tuple[str, ...] = ()
    """Instructions taken over as they are (LABEL, STOPSIGNAL, VOLUME)."""
    check: Check = NO_CHECK
    notes: tuple[str, ...] = ()
    imports_pkg_resources: bool = False
    """Whether the program itself imports pkg_resources, which comes with setuptools."""
    media_types: bool = True
    """Whether the baseline has the file of media types that `mimetypes` reads; slim bases come without."""

    def beliefs(self) -> Mapping[str, Fact[str]]:
        shown = {"installer": Fact[str](self.installer, self.dependencies.source)}
        if self.entrypoint:
            shown["entrypoint"] = Fact(json.dumps(list(self.entrypoint)), self.start.source)
        return shown

    @property
    def entrypoint(self) -> tuple[str, ...]:
        return self.start.entrypoint

    @property
    def command(self) -> tuple[str, ...]:
        return self.start.command

    @property
    def site(self) -> str:
        return f"/opt/venv/lib/python{self.version}/site-packages"

    @property
    def installer(self) -> str:
        return self.dependencies.installer

    @property
    def installs_dependencies(self) -> bool:
        """Whether anything of others is installed, as far as can be told."""
        wanted = self.dependencies
        return self.installer not in ("none", "pip", "pyproject") or bool(
            wanted.wanted or wanted.vcs or wanted.needs_source
        )

    @property
    def version_from_vcs(self) -> bool:
        return self.dependencies.version_from_vcs

    @property
    def build_packages(self) -> tuple[str, ...]:
        """What is needed to install alone: compilers, headers, version control."""
        vcs = self.dependencies.vcs
        tools = ("git",) if "git" in vcs or self.version_from_vcs else vcs
        return tuple(sorted({*filter(native.build_only, self.packages), *tools}))

    @property
    def run_packages(self) -> tuple[str, ...]:
        return tuple(each for each in self.packages if not native.build_only(each))

    @property
    def apt_packages(self) -> tuple[str, ...]:
        """`run_packages` that a base with a package manager does not hold anyway."""
        return tuple(each for each in self.run_packages if each not in native.IN_DEBIAN)

    @property
    def has_work_folder(self) -> bool:
        """Whether the program has a folder of its own to be copied from one stage to another."""
        return self.workdir != "/"

    @property
    def shell_text(self) -> str:
        """The text that /bin/sh runs at the start, "" where no shell is called."""
        argv = self.start.argv
        return argv[2] if argv[:2] == SHELL and len(argv) == 3 else ""

    @property
    def script(self) -> str:
        """The shell script that the program starts with, "" where it starts with another program."""
        shells = ("sh", "bash", "/bin/sh", "/bin/bash")
        first = next((word for word in self.start.argv if word not in shells), "")
        return first if first.endswith(".sh") else ""
