"""What a list would lack is seen before anything is built from it: the full image's tree without the rest is compared
with the baseline's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from unladen.image.interface import FileTree, Image, Layer
from unladen.image.source import Window
from unladen.image.without import Without
from unladen.keep import reasons
from unladen.keep.expand import expand
from unladen.keep.keeplist import KeepList
from unladen.keep.repair import repaired
from unladen.keep.select import Repair, select
from unladen.language.scene import scene
from unladen.proof.has.examine import examine
from unladen.proof.has.interface import Side
from unladen.proof.interface import Loss
from unladen.slimming.bench import KEEPABLE, Bench
from unladen.slimming.mend import gone

TIMES = 3
"""What is kept in addition may need something itself."""


@dataclass(frozen=True)
class Kept:
    """Implements `image.interface.Image`: an image of which some paths are kept."""

    full: Image
    tree: FileTree

    @property
    def layers(self) -> tuple[Layer, ...]:
        return self.full.layers

    @property
    def contents(self) -> tuple[Window, ...]:
        return self.full.contents

    @property
    def config(self) -> Mapping[str, object]:
        return self.full.config


def completed(bench: Bench, keep: KeepList) -> KeepList:
    """The list with the paths whose loss nothing would explain."""
    tree = bench.opened.tree
    for _ in range(TIMES if bench.ground.held else 0):
        lost = {each.subject: each.difference for each in foreseen(bench, keep)}
        if not lost:
            break
        bench.say("choosing what is kept", f"{len(lost)} more")
        before = keep
        for subject, difference in lost.items():
            wanted = Repair(0, subject, touched=gone(bench, subject))
            more = select(bench.scene, (), policy="file", repairs=[wanted])
            keep = repaired(keep, more, tree, reason=reasons.foreseen(difference))
        if keep == before:
            break
    return keep


def foreseen(bench: Bench, keep: KeepList) -> tuple[Loss, ...]:
    """What an image of this list would lack of the baseline's, and keeping a path would help."""
    held, tree = bench.ground.held, bench.opened.tree
    if held is None:
        return ()
    kept = expand(keep, tree).paths
    there = Without(tree, frozenset(path for path in tree if path not in kept))
    side = Side(
        Kept(bench.opened, there), scene(there, bench.opened.config), held.base_layers, held.base_labels
    )
    found = examine(held, side, bench.intent(keep)).unexplained
    return tuple(each for each in found if each.kind in KEEPABLE and each.subject.startswith("/"))
