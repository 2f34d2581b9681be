"""Adding to a list what it lacks, without touching what somebody wrote in it.

The rounds that get wider: what the failing case touched on the full image (`Repair.touched`), then the packages
involved whole (`involved`, as `Repair.packages`), then all that they depend on (`Repair.depends`), then the trees of
data that are looked up by name (`DATA_TREES`, to include).
"""

from __future__ import annotations

from collections.abc import Iterable

from unladen.image.interface import FileTree
from unladen.keep import reasons
from unladen.keep.compact import Place, compact
from unladen.keep.expand import expand
from unladen.keep.keeplist import KeepList, keep_list
from unladen.keep.policy import counts_as_use
from unladen.keep.scene import Scene
from unladen.keep.touched import Touched

DATA_TREES = (
    "/usr/share/zoneinfo/",
    "/usr/lib/locale/",
    "/usr/share/locale/",
    "/usr/share/i18n/",
    "/usr/lib/gconv/",
    "/usr/lib/*/gconv/",
)
"""As lines; those that match something can be included."""


def involved(full: Scene, touched: Iterable[Touched]) -> tuple[str, ...]:
    """The ids of the packages that a case used, for a `Repair` that keeps them whole."""
    paths = (full.real(touch.path) for touch in touched if touch.opened)
    owners = (full.packages.of(path) for path in paths if path and counts_as_use(path))
    return tuple(sorted({owner.id for owner in owners if owner}))


def repaired(keep: KeepList, wanted: KeepList, tree: FileTree, *, round: int, case: str) -> KeepList:
    """`keep` and whatever of `wanted` (selected from the trace of `case` on the full image) it does not keep, under
    a comment that says so. Lines with "!" give way where they leave out what is wanted."""
    have, want = expand(keep, tree), expand(wanted, tree)
    reason = reasons.repaired(round, reasons.one_line(case))
    missing = {
        path: Place(rule.section, reason)
        for path, rule in want.paths.items()
        if rule is not None and path not in have.paths
    }
    added = [rule for rule in compact(tree, missing) if not rule.drops]
    written = {rule.line for rule in keep.rules}
    added += [rule for rule in wanted.rules if rule.reason == reasons.DPKG and rule.line not in written]
    opposite = {"!" + rule.text for rule in added} | {"!" + rule.text + "/" for rule in added}
    return keep_list(
        [*(rule for rule in keep.rules if rule.line not in opposite), *added],
        {*keep.packages, *wanted.packages},
        made_from=keep.made_from,
        policy=keep.policy,
        architecture=keep.architecture,
        inputs=keep.inputs,
        notes=keep.notes,
    )
