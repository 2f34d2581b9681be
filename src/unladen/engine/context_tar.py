"""A build context as a tar stream, for the legacy builder, which takes no .dockerignore from elsewhere."""

from __future__ import annotations

import io
import os
import secrets
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from unladen.engine.ignore import IgnoreRules, parse_ignore

DOCKERIGNORE = ".dockerignore"


def context_stream(
    context: Path, dockerfile: str, dockerignore: str
) -> tuple[str, Callable[[IO[bytes]], None]]:
    """The Dockerfile's name inside, and what writes the stream. No file is held in memory.

    The daemon takes the Dockerfile and .dockerignore out again because the .dockerignore inside names both.
    """
    name = f".unladen.{secrets.token_hex(8)}"
    rules = parse_ignore(dockerignore)

    def write(target: IO[bytes]) -> None:
        with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            # First, because the client takes a stream that begins with a long header for a Dockerfile.
            for text, inside in ((f"{DOCKERIGNORE}\n{name}\n", DOCKERIGNORE), (dockerfile, name)):
                data = text.encode("utf-8", "surrogateescape")
                member = tarfile.TarInfo(inside)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
            for path, inside in context_files(context, rules):
                if inside != DOCKERIGNORE:
                    tar.add(path, inside, recursive=False, filter=_as_root)
                    tar.members = []  # type: ignore[attr-defined]  # it remembers every file

    return name, write


def context_files(folder: Path, rules: IgnoreRules, inside: str = "") -> Iterator[tuple[Path, str]]:
    """What is in a build context, as paths and as the names inside; `inside` is the folder's own, with its slash."""
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        path = f"{inside}{entry.name}"
        excluded = rules.excludes(path)
        is_folder = entry.is_dir(follow_symlinks=False)
        if not excluded:
            yield Path(entry.path), path
        if is_folder and (not excluded or rules.may_include_again):
            yield from context_files(Path(entry.path), rules, f"{path}/")


def _as_root(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """As the docker client sends it: everything is root's."""
    if not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
        return None  # sockets and devices are not for an image
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member
