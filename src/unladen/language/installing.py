"""What a command of a Dockerfile installs with: a language's package manager, what it keeps and what it reads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Installing:
    """`cache` is the folder in which root's downloads stay ("" where it keeps none), `uncached` the option that makes
    it keep none, which stands behind the word `verb` ("" where there is none). `manifests` are the files of the
    project, relative to the working directory, that decide what is installed; None where it is not certain that
    nothing else of the project is read. Where the environment has one of the variables `moved_by`, the folder is
    another one."""

    cache: str
    verb: str
    uncached: str = ""
    manifests: tuple[str, ...] | None = None
    moved_by: tuple[str, ...] = ()
