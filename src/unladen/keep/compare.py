"""Two keep-lists compared, as `slim --check` shows it: what a new one would change, and which packages changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from unladen.image.interface import FileTree
from unladen.image.packages import Package
from unladen.keep import reasons
from unladen.keep.expand import expand, expand_rules, stale
from unladen.keep.keeplist import KeepList, Named, Rule
from unladen.keep.lines import escape
from unladen.keep.repair import repaired
from unladen.language.registry import ecosystems

EXAMPLES = 2


@dataclass(frozen=True)
class Change:
    """Files that one line of one list keeps, and the other list does not."""

    rule: Rule
    files: tuple[str, ...]
    bytes: int


@dataclass(frozen=True)
class Difference:
    """What differs. `stale`: the old list was made from other inputs (packages, settings, policy), whatever its
    lines say. `gone` are the lines of the old list that name nothing in the image."""

    added: tuple[Change, ...]
    removed: tuple[Change, ...]
    packages: tuple[str, ...]
    gone: tuple[Rule, ...]
    stale: bool

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.packages or self.gone or self.stale)


def asked_for(old: KeepList, what: str) -> tuple[str, ...]:
    """The user's patterns that a list was made with; `what` is "include" or "exclude"."""
    said = (reasons.asked_for(rule.reason) for rule in old.rules)
    return tuple(sorted({each[1] for each in said if each and each[0] == what}))


def with_own(fresh: KeepList, old: KeepList, tree: FileTree) -> KeepList:
    """A list of a new trace, and the lines of the old one that no new trace would show: those written by hand,
    learned, or added by repair."""
    own = [rule for rule in old.rules if reasons.is_own(rule.reason)]
    keeps = tuple(rule for rule in own if not rule.drops)
    packages = ecosystems().packages_of(tree)
    owners = {packages.of(path) for path in expand_rules(keeps, tree).paths}
    named = tuple(Named(each.kind, each.name, each.version) for each in owners if each)
    merged = repaired(fresh, replace(old, rules=keeps, packages=named), tree)
    return replace(merged, rules=(*merged.rules, *(rule for rule in own if rule.drops)))


def difference(old: KeepList, new: KeepList, tree: FileTree) -> Difference:
    """From `old`, the committed list, to `new`, of a fresh trace of the image with the files `tree`. What is kept
    counts, not how the lines say it, nor why."""
    before, after = expand(old, tree), expand(new, tree)
    return Difference(
        added=tuple(_changes(after.paths, before.paths, tree)),
        removed=tuple(_changes(before.paths, after.paths, tree)),
        packages=tuple(_packages(old, new)),
        gone=stale(before),
        stale=old.inputs != new.inputs,
    )


def moved(keep: KeepList, packages: Iterable[Package]) -> tuple[str, ...]:
    """The packages of a list that are in the image in another version, or not at all: "deb libssl3 3.0.15 → 3.0.17"."""
    there: dict[tuple[str, str], list[str]] = {}
    for each in packages:
        there.setdefault((each.kind, each.name), []).append(each.version)
    return tuple(
        f"{each} → {' and '.join(found) or 'gone'}"
        for each in keep.packages
        if each.version not in (found := there.get((each.kind, each.name), []))
    )


def _changes(
    kept: Mapping[str, Rule | None], other: Mapping[str, Rule | None], tree: FileTree
) -> Iterator[Change]:
    """What `kept` has and `other` has not, by the line that keeps it. Directories go with what is in them."""
    found: dict[Rule, list[str]] = {}
    for path, rule in kept.items():
        if rule is not None and path not in other and (entry := tree.get(path)) and entry.kind != "dir":
            found.setdefault(rule, []).append(path)
    for rule, paths in found.items():
        sizes = (entry.size for path in paths if (entry := tree.get(path)) and entry.kind == "file")
        yield Change(rule, tuple(paths), sum(sizes))


def render(difference: Difference) -> str:
    """Text for a person, "" where nothing differs."""
    lines: list[str] = []
    if difference.packages:
        lines += ["packages:", *(f"  {line}" for line in difference.packages)]
    elif difference.stale:
        lines.append("made from other settings or another policy than the image has now")
    if difference.gone:
        lines += ["lines that name nothing in the image any more:"]
        lines += [f"  {rule.line}" for rule in difference.gone]
    for title, changes, sign in (
        ("kept from now on:", difference.added, "+"),
        ("no longer kept:", difference.removed, "-"),
    ):
        if changes:
            lines.append(title)
            lines += _grouped(changes, sign)
    return "\n".join(lines) + "\n" if lines else ""


def _grouped(changes: Iterable[Change], sign: str) -> Iterator[str]:
    reason: str | None = None
    for change in changes:
        if change.rule.reason != reason:
            reason = change.rule.reason
            yield f"  # {reason}" if reason else "  # written by hand"
        yield f"  {sign} {change.rule.line}{_size(change)}"


def _size(change: Change) -> str:
    """How much it is, and of a line that keeps more than what differs, an example."""
    if change.files == (change.rule.path,):
        return f"  ({change.bytes / 1e6:.1f} MB)" if change.bytes >= 1e5 else ""
    shown = ", ".join(escape(path) for path in change.files[:EXAMPLES])
    more = ", …" if len(change.files) > EXAMPLES else ""
    return f"  ({len(change.files)} files, {change.bytes / 1e6:.1f} MB: {shown}{more})"


def _packages(old: KeepList, new: KeepList) -> Iterator[str]:
    before: dict[tuple[str, str], set[str]] = {}
    after: dict[tuple[str, str], set[str]] = {}
    for keep, found in ((old, before), (new, after)):
        for each in keep.packages:
            found.setdefault((each.kind, each.name), set()).add(each.version)
    for key in sorted(before.keys() | after.keys()):
        was, now = (", ".join(sorted(side.get(key, ()))) for side in (before, after))
        name = " ".join(key)
        if key not in before:
            yield f"+ {name} {now}"
        elif key not in after:
            yield f"- {name} {was}"
        elif was != now:
            yield f"~ {name} {was} → {now}"
