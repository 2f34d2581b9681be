"""What could stand in the place of a base image that cannot be had: a version that can be assembled here, where the
project accepts it."""

from __future__ import annotations

import re
from pathlib import Path

from unladen.bases.catalogue import CATALOGUE, canonical
from unladen.dockerfile.users import UsersDockerfile
from unladen.language.registry import ecosystems


def hint(reference: str, root: Path, users: UsersDockerfile | None) -> str:
    """What to try where a base is missing; "" where nothing is known. `users` is the project's own Dockerfile."""
    if stage := _later_stage(reference, users):
        return (
            f"{reference} is the name of the stage in line {stage}: a stage can only stand on one above it."
        )
    repository, _, tag = canonical(reference).partition("@")[0].partition(":")
    if re.search(r"alpine|windows|nanoserver", tag):
        return ""
    known = [name for name in CATALOGUE if name.partition(":")[0] == repository and _alike(name, tag)]
    asked = ""
    for name in known:
        if (content := ecosystems().content(repository, _version(name), root)) is None:
            continue
        if content.is_enough:
            return f"{content.said}, and {name} can be had: try FROM {name}{_by_argument(reference, users)}."
        asked = asked or f"{content.said}, and of {repository} only {', '.join(known)} can be assembled here."
    return asked


def _later_stage(reference: str, users: UsersDockerfile | None) -> int:
    """The line of a stage of that name that comes too late for the FROM that names it; 0 where there is none."""
    stages = users.staged.stages if users else ()
    return next((each.line for each in stages if each.name and each.name == reference.lower()), 0)


def _alike(name: str, tag: str) -> bool:
    """Whether both are slim ones, or neither is: what one has, the other has too. Alpine is another system."""
    return ("slim" in name) == ("slim" in tag) and "alpine" not in name


def _version(name: str) -> str:
    found = re.match(r"[^:]*:([\d.]*\d)", name)
    return found[1] if found else ""


def _by_argument(reference: str, users: UsersDockerfile | None) -> str:
    """Where the FROM line has the version from an ARG, that no line need be changed."""
    for stage in users.staged.stages if users else ():
        if stage.base == reference and (variable := re.search(r"\$\{?(\w+)", stage.start.text)):
            return f" (its ARG: --build-arg {variable[1]}=…)"
    return ""
