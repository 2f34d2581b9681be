"""The library that the runtime of the program brings: every module of it that a program may import."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from unladen.language.ecosystem import Ecosystem
from unladen.language.interface import Lost
from unladen.language.registry import ecosystems
from unladen.proof.has.interface import Pair, Part
from unladen.proof.interface import Loss

NAMED = 3


def library(pair: Pair) -> Part:
    counted, losses = 0, list[Loss]()
    for each in ecosystems().each:
        modules = each.library(pair.baseline.scene)
        counted += len(modules)
        losses += _lost(pair, each, modules)
    return Part("modules of the runtime", counted, tuple(losses))


def _lost(pair: Pair, language: Ecosystem, modules: Mapping[str, str]) -> Iterator[Loss]:
    """Modules of a folder are one loss. Compiled ones count where the library lies in the same place: other builds of a
    runtime have them in the interpreter itself."""
    there = language.library(pair.rung.scene) if modules else {}
    if not there:  # an image without a runtime at all has no use for it, or does not start
        return
    spares = language.spares(pair.baseline.scene)
    roots = tuple(posixpath.commonpath(each.values()) if each else "" for each in (modules, there))
    lost: dict[tuple[str, str], list[str]] = {}
    for name, path in modules.items():
        is_compiled = path.endswith(ecosystems().shared_objects)
        if name in there or (is_compiled and roots[0] != roots[1]):
            continue
        if spares(name):
            continue
        entry = pair.baseline.scene.tree.get(path)
        origin = pair.baseline.origins.of(entry.layer) if entry else ""
        top = name.partition("/")[0] if not is_compiled else name
        lost.setdefault((top, origin), []).append(name)
    why = str(Lost.UNUSED) if Lost.UNUSED in pair.intent.takes_away else ""
    for (top, origin), names in lost.items():
        shown = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
        said = "is gone from the runtime's library" + (f": {shown}" if names != [top] else "")
        yield Loss("package", f"module {top}", said, origin, why, len(names))
