"""Languages' package managers in RUN lines: downloads stay out of the image, and are there for the next build."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from unladen.dockerfile import edit
from unladen.dockerfile.edit import Change
from unladen.dockerfile.users import Run, UsersDockerfile
from unladen.general.system_packages import behind_word, is_plain
from unladen.language.installing import Installing
from unladen.language.interface import Dialect
from unladen.language.registry import ecosystems
from unladen.syntax.bash import Command

ROOT = ("", "0", "0:0", "root", "root:root", "root:0")


def caches(users: UsersDockerfile, dialect: Dialect, root: Path | None) -> Iterator[Change]:
    """Where the builder has mounts, a cache mount, in every stage; else the option that keeps nothing, in those that
    the image consists of. Only for root, whose home is known, and where nothing on the line or in the environment
    speaks of caches already."""
    in_image = users.staged.chain()
    for stage in users.staged.stages:
        own = {each.start for each in stage.instructions}
        for run in users.reading(stage).runs:
            if run.instruction.start not in own or not _is_roots(run) or _speaks_of_caches(run):
                continue
            found = list(_installing(run, root))
            folders = dict.fromkeys(each.cache for _, each in found if each.cache)
            if dialect.mounts and folders:
                flags = "".join(f" --mount=type=cache,target={folder}" for folder in folders)
                why = "downloads are kept for the next build, and not in the image"
                rest = "" if run.instruction.heredocs else f" {run.instruction.escape}\n   "
                yield Change(edit.insert(run.instruction.after_keyword, f"{flags}{rest}"), why)
            elif folders and stage in in_image and is_plain(run):
                yield from _uncached(run, found)


def _installing(run: Run, root: Path | None) -> Iterator[tuple[Command, Installing]]:
    known = {name.upper() for name in (*run.scope.env, *run.scope.args)}
    for command in run.script.commands if run.script else ():
        found = ecosystems().installing(command, root)
        if found and not known.intersection(found.moved_by):
            yield command, found


def _is_roots(run: Run) -> bool:
    return run.scope.user in ROOT and "HOME" not in run.scope.env


def _speaks_of_caches(run: Run) -> bool:
    names = (*run.scope.env, *run.scope.args)
    return re.search(r"(?i)cache", run.instruction.source) is not None or any(
        "CACHE" in name.upper() for name in names
    )


def _uncached(run: Run, found: list[tuple[Command, Installing]]) -> Iterator[Change]:
    for command, each in found:
        at = behind_word(run, command, each.verb) if each.cache and each.uncached else None
        if at is not None:
            yield Change(edit.insert(at, f" {each.uncached}"), "what was downloaded is not kept in the image")
