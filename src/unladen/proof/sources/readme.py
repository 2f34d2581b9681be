"""The requests that README and documentation show: lines of curl, wget and HTTPie."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from unladen.proof.interface import NO_CASES, Corpus
from unladen.proof.sources import curl
from unladen.proof.sources.asked import Asked, LeftOut, asked, corpus_of_files
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.prose import commands
from unladen.proof.sources.recorded import Recorded
from unladen.proof.sources.repository import files, read

COUNT = 200
SIZE = 1 << 20
DOCUMENT = re.compile(
    r"(?!CHANGE|LICEN|requirements|constraints|NOTICE).*\.(?:md|markdown|rst|txt)|README", re.IGNORECASE
)
_ENVIRONMENT = re.compile(rb"\$\{?[A-Z_][A-Z0-9_]+")


def shown(around: Surroundings) -> Corpus:
    """What the documents of the project show how to ask."""
    if around.root is None or around.live is None:
        return NO_CASES
    return corpus_of_files(documented(around.root))


def documented(root: Path) -> Iterator[Asked]:
    """The requests of each document."""
    for name, path in documents(root):
        yield asked(name, _requests(read(path), name, root))


def documents(root: Path) -> list[tuple[str, Path]]:
    """(path below the root, file) of each document, README first."""
    found = files(root, DOCUMENT, count=COUNT, size=SIZE)
    return sorted(found, key=lambda each: not each[0].lower().startswith("readme"))


def _requests(text: str, name: str, root: Path) -> Iterator[Recorded | LeftOut]:
    for line, command in commands(text, curl.NAMES):
        found = curl.request_of(command.words, root, f"{name}:{line} {command.name}")
        if isinstance(found, Recorded) and (blank := _ENVIRONMENT.search(found.body)):
            yield LeftOut(f"nothing gives {blank[0].decode()} a value")
        elif found is not None:
            yield found
