"""Adding to a list what it lacks, without touching what somebody wrote in it.

The rounds that get wider: what the failing case touched on the full image (`Repair.touched`), then the packages
involved whole (`involved`, as `Repair.packages`), then all that they depend on (`Repair.depends`), then the trees of
data that are looked up by name (`DATA_TREES`, to include).
"""

from __future__ import annotations

from collections.abc import Iterable

from unladen.image.interface import FileTree
from unladen.image.scene import Scene
from unladen.keep import reasons
from unladen.keep.compact import Place, compact
from unladen.keep.expand import expand, expand_rules
from unladen.keep.keeplist import KeepList, Rule, keep_list
from unladen.keep.lines import escape
from unladen.keep.policy import counts_as_use
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


def repaired(keep: KeepList, wanted: KeepList, tree: FileTree, *, reason: str = "") -> KeepList:
    """`keep` and whatever of `wanted` (selected from a trace on the full image) it does not keep, under a comment
    that says so; without `reason` under those of `wanted`. Lines with "!" give way where they leave out just
    what is wanted; what a pattern would leave out of a directory gets a line of its own, which beats it."""
    have, want = expand(keep, tree).paths, expand(wanted, tree).paths
    lacking = {
        path: Place(rule.section, reason or rule.reason)
        for path, rule in want.items()
        if rule is not None and path not in have
    }
    added = [rule for rule in compact(tree, lacking) if not rule.drops]
    written = {rule.line for rule in keep.rules}
    added += [rule for rule in wanted.rules if rule.reason == reasons.DPKG and rule.line not in written]
    opposite = {"!" + rule.text for rule in added} | {"!" + rule.text + "/" for rule in added}
    rest = [rule for rule in keep.rules if rule.line not in opposite]
    there = expand_rules([*rest, *added], tree).paths
    added += [
        Rule(escape(path), place.reason, place.section)
        for path, place in lacking.items()
        if path not in there
    ]
    return keep_list(
        [*rest, *added],
        {*keep.packages, *wanted.packages},
        made_from=keep.made_from,
        policy=keep.policy,
        architecture=keep.architecture,
        inputs=keep.inputs,
        notes=keep.notes,
        strip=keep.strip,
    )
