"""Images that outlive their session (--keep-images): how they are called, and which of an engine's are this user's.

A name alone owns nothing: anybody may give it to an image of his own. So the ledger holds the name with the image.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import chain, count
from pathlib import Path
from typing import Protocol

from unladen.errors import EngineFailed

REPOSITORY = "unladen"
KEPT = f"{REPOSITORY}/kept"
"""The repository of kept images whose own name was given to a later one."""
TAKEN = ("kept", "session")
"""Repositories of unladen's own, after which no project's images are called."""


class Images(Protocol):
    """What is asked of an engine."""

    def find(self, reference: str) -> str | None: ...
    def tag(self, image: str, reference: str) -> None: ...


def name_for(project: str, rung: str) -> str:
    """unladen/PROJECT:RUNG, as far as a reference may have these characters."""
    folder = re.sub(r"[._-]{2,}", "-", re.sub(r"[^a-z0-9._-]+", "-", project.lower())).strip("._-")[:100]
    folder = f"{folder}-project" if folder in TAKEN else folder.rstrip("._-") or "project"
    tag = re.sub(r"[^\w.-]+", "-", rung, flags=re.ASCII).lstrip(".-")[:100]
    return f"{REPOSITORY}/{folder}:{tag or 'rung'}"


def keep(images: Images, state: Path, engine: str, image: str, name: str) -> str:
    """Gives an image that name and writes it down; where another image has it that was not kept, the first free one of
    NAME-2, NAME-3… An image that was kept under the name stays under its id. Gives the name. Raises EngineFailed."""
    id = images.find(image)
    if id is None:
        raise EngineFailed(f"cannot keep image {image}: it is not there")
    known = kept(state, engine)
    for wished in chain([name], (f"{name}-{number}" for number in count(2))):
        there = images.find(wished)
        if there is not None and not is_kept(known, wished, there):
            continue
        if there not in (None, id):
            _give(images, state, engine, there, f"{KEPT}:{_digits(there)[:12]}")
        _give(images, state, engine, id, wished)
        return wished
    raise AssertionError("names never end")


def kept(state: Path, engine: str) -> Mapping[str, str]:
    """The names that were written down → their images' ids; a line of an earlier version says the id in its name."""
    path = state / "kept"
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        of, _, rest = line.partition("\t")
        reference, _, id = rest.partition("\t")
        if of == engine:
            found[reference] = id or reference.rpartition(":")[2]
    return found


def is_kept(known: Mapping[str, str], name: str, image: str) -> bool:
    """Whether the image that has the name now is the one that was kept under it."""
    return name in known and _digits(image).startswith(_digits(known[name]))


def _give(images: Images, state: Path, engine: str, image: str, name: str) -> None:
    if kept(state, engine).get(name) != image:
        state.mkdir(parents=True, exist_ok=True)
        with (state / "kept").open("a", encoding="utf-8") as file:
            file.write(f"{engine}\t{name}\t{image}\n")
    images.tag(image, name)


def _digits(id: str) -> str:
    return id.removeprefix("sha256:")
