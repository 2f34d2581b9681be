"""What code names and can only get from its image: programs, libraries, modules, zones, types of files, users."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

NeedKind = Literal[
    "program",  # by name or path
    "commands",  # programs that only a run would tell
    "library",  # as dlopen takes it ("libpq.so.5"), or find_library ("pq")
    "module",
    "zone",
    "certificates",
    "file type",  # ".webmanifest"
    "services",  # ports by their names
    "user",
    "group",
]


@dataclass(frozen=True)
class Named:
    """A need that code names. `where` is a file and a line; `package` is the dependency whose code it is, "" for the
    program's own; `optional`: the code asks whether it is there and does without; `outside`: what runs the
    image (a compose file) names it, not code."""

    kind: NeedKind
    name: str
    where: str
    package: str = ""
    optional: bool = False
    outside: bool = False


def told_once(each: Iterable[Named]) -> tuple[Named, ...]:
    """The program's own first; of several places that name the same, one for each package."""
    found: dict[tuple[str, str, str], Named] = {}
    for one in sorted(each, key=lambda one: (bool(one.package), one.optional)):
        found.setdefault((one.kind, one.name, one.package), one)
    return tuple(found.values())
