"""What an image's weight is made of: base, packages of the system, dependencies, own files, waste."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from unladen.image.interface import Entry
from unladen.language.registry import ecosystems
from unladen.progress import Part
from unladen.proof.has.interface import Side

BASE, SYSTEM, DEPENDENCIES, OWN, WASTE = (
    "base image",
    "system packages",
    "dependencies",
    "own files",
    "waste",
)
_WASTE = (
    (
        re.compile(r"/var/lib/(?:apt/lists|dnf|yum)/.+|/var/cache/(?:apt|apk|dnf|yum)/.+|/etc/apk/cache/.+"),
        "package lists",
    ),
    (re.compile(r"/var/cache/.+|/(?:root|home/[^/]+)/\.cache/.+"), "caches"),
    (re.compile(r"/(?:tmp|var/tmp)/.+"), "temporary files"),
    (re.compile(r"/var/log/.+"), "logs of the build"),
)
_REPLACED = "what a later instruction removes or writes again"
_SHOWN = 3
"""Things that are named of a part."""
_WORTH_NAMING = 0.05
"""Share of the part below which a thing is not named."""


def makeup(side: Side) -> tuple[Part, ...]:
    """The parts in the order in which an image is made. Together they are all that the layers hold; a hard link weighs
    nothing. Where the base is not known, it is what `Origins` takes for it."""
    found: dict[str, Counter[str]] = {name: Counter() for name in (BASE, SYSTEM, DEPENDENCIES, OWN, WASTE)}
    for entry in _shown(side):
        part, what = _part(side, entry)
        found[part][what] += entry.size
    for entry in side.image.tree.hidden():
        if entry.kind == "file":
            is_base = side.origins.is_base(entry.layer)
            found[BASE if is_base else WASTE]["" if is_base else _REPLACED] += entry.size
    return tuple(Part(name, sum(things.values()), _largest(things)) for name, things in found.items())


def _shown(side: Side) -> Iterator[Entry]:
    tree = side.image.tree
    return (entry for path in tree if (entry := tree.get(path)) is not None and entry.kind == "file")


def _part(side: Side, entry: Entry) -> tuple[str, str]:
    """Which part a file belongs to, and the thing of it that it is of."""
    if side.origins.is_base(entry.layer):
        return BASE, ""
    if what := next((what for pattern, what in _WASTE if pattern.fullmatch(entry.path)), ""):
        return WASTE, what
    package = side.scene.packages.of(entry.path)
    if package is None and ecosystems().is_cache(entry.path):
        return WASTE, "caches"
    if package is None:
        return OWN, "/".join(entry.path.split("/")[:3])
    return DEPENDENCIES if package.is_dependency else SYSTEM, package.name


def _largest(things: Counter[str]) -> tuple[tuple[str, int], ...]:
    least = sum(things.values()) * _WORTH_NAMING
    named = ((name, size) for name, size in things.most_common() if name and size > least)
    return tuple(islice(named, _SHOWN))
