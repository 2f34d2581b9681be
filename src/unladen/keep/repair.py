"""Adding to a list what it lacks, without touching what somebody wrote in it."""

from __future__ import annotations

from unladen.image.interface import FileTree
from unladen.keep import reasons
from unladen.keep.compact import Place, compact
from unladen.keep.expand import expand
from unladen.keep.keeplist import KeepList, keep_list


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
