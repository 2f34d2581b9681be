"""How a language runs a project's own tests in a container."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

AT = "/unladen-tests"
"""The folder in the container that is ours."""
DEPTH = 4
SIZE = 20 << 20
"""Bytes of tests and their data that are copied into a container."""
COUNT = 3000

Copies = tuple[tuple[str, Path], ...]


@dataclass(frozen=True)
class Tests:
    """`argv` runs them in the image's working directory. It reads the ids of tests, a JSON array, from standard input
    (nothing: all of them, as far as it gets in half a minute) and prints one JSON object on standard output: {"tests":
    {id: "passed", "failed" or "skipped"}, "note": why there are none}. `copies` are the files that it needs and where
    they go: (path in the container, below its working directory if not absolute; file or folder of the host).

    Where tests are compiled, `dockerfile` does it in the project's folder with these `files` (name → text) beside it:
    what its image then has in `AT` is copied, too."""

    argv: tuple[str, ...]
    copies: Copies
    dockerfile: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    is_command: bool = False
    """`argv` is a command of the user's own: it reads nothing, and prints what it likes."""


@dataclass(frozen=True)
class Untested:
    """The tests cannot be run; `why` completes "they say nothing: …"."""

    why: str


def copied(
    root: Path,
    folder: re.Pattern[str],
    file: re.Pattern[str],
    foreign: re.Pattern[str],
    beside: Sequence[str] = (),
) -> Copies:
    """Folders of tests as a whole, and single files of tests elsewhere, by their names; `beside` are files of the root
    that they may need. None where there are so many that copying them would take longer than running them."""
    found = list(_found(root, DEPTH, folder, file, foreign))
    found += [path for name in beside if (path := root / name).is_file() and path not in found]
    every = files_of(found)
    if len(every) > COUNT or sum(each.lstat().st_size for each in every) > SIZE:
        return ()
    return tuple((path.relative_to(root).as_posix(), path) for path in found)


def files_of(paths: Sequence[Path]) -> list[Path]:
    """What is there and below."""
    return [each for path in paths for each in (path, *path.rglob("*"))]


def _found(
    place: Path, depth: int, folder: re.Pattern[str], file: re.Pattern[str], foreign: re.Pattern[str]
) -> Iterator[Path]:
    for path in sorted(place.iterdir()):
        if path.is_symlink() or foreign.fullmatch(path.name):
            continue
        if path.is_dir():
            if folder.fullmatch(path.name):
                yield path
            elif depth:
                yield from _found(path, depth - 1, folder, file, foreign)
        elif file.fullmatch(path.name):
            yield path
