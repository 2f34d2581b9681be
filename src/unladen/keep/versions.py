"""Distributions whose version was asked for, though nothing else of them was used."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from unladen.image.scene import Scene
from unladen.keep.policy import info_folder
from unladen.keep.touched import Touched
from unladen.language.registry import ecosystems


def asked_for(full: Scene, touched: Iterable[Touched]) -> set[str]:
    """Of the paths that were touched, the heads of distributions that were asked for by their names. Who reads the
    heads of all that are in a folder only looks around."""
    heads: dict[str, dict[str, set[str]]] = {}
    for touch in touched:
        real = full.real(touch.path) if touch.opened else ""
        if real.endswith(ecosystems().about_heads) and (info := info_folder(real)):
            heads.setdefault(posixpath.dirname(info), {}).setdefault(info, set()).add(touch.path)
    found: set[str] = set()
    for folder, read in heads.items():
        if len(read) < sum(info_folder(path) == path for path in full.tree.children(folder)):
            found.update(path for paths in read.values() for path in paths)
    return found
