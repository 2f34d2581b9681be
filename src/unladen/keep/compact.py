"""From kept paths to the few lines that say so: directories kept whole are one line.

A directory becomes a line when all that is in it is kept for one reason; the directories that are a package's
own, or the application's, always do, and what is missing from them is left out by lines with "!".
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from unladen.image.interface import FileTree
from unladen.image.paths import above
from unladen.keep.expand import expand_rules
from unladen.keep.keeplist import Rule, Section
from unladen.keep.lines import escape
from unladen.language.registry import ecosystems

_SHARED = re.compile(r".*/(?:bin|etc|include|lib|lib64|libexec|local|opt|sbin|share|src|usr|var)")

FEW = 4
"""A directory is left out as one line if what is wanted of it is so many times less than what is not."""

ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the list a path goes."""

    section: Section
    reason: str


@dataclass(frozen=True, slots=True)
class Root:
    """A directory that is one line, `text`, whatever is missing from it."""

    path: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Dirt:
    """What is left out of a directory that `place` keeps: `pattern` is relative to it, "" for a line of its own;
    `reason` is the comment above that line, where it is not the directory's."""

    place: Place
    pattern: str
    reason: str = ""


def compact(
    tree: FileTree,
    kept: Mapping[str, Place],
    roots: Iterable[Root] = (),
    dirt: Mapping[str, Dirt] = MappingProxyType({}),
    fixed: Iterable[Rule] = (),
) -> tuple[Rule, ...]:
    """Rules that keep exactly `kept`, directories on the way aside, and empty ones in directories kept whole.

    `dirt` are paths that are not kept and need not keep a directory from being a line; `fixed` are rules that are
    there in any case.
    """
    known = tuple(roots)
    lines: dict[str, Rule] = {}
    _add(lines, fixed)
    _add(lines, (Rule(root.text, root.place.reason, root.place.section) for root in known))
    _add(lines, _lines(tree, kept, {root.path for root in known}, dirt))
    for _ in range(ROUNDS):
        if not _add(lines, _corrections(tree, kept, tuple(lines.values()), dirt)):
            break
    return tuple(lines.values())


def _add(lines: dict[str, Rule], rules: Iterable[Rule]) -> bool:
    """Whether any of `rules` was new. A line stands in a list once, and never beside its opposite."""
    before = len(lines)
    for rule in rules:
        if rule.opposite not in lines:
            lines.setdefault(rule.line, rule)
    return len(lines) > before


def _lines(
    tree: FileTree, kept: Mapping[str, Place], roots: set[str], dirt: Mapping[str, Dirt]
) -> Iterator[Rule]:
    """A line for each path that no root brings, as few as possible."""
    total: dict[str, int] = defaultdict(int)
    same: dict[tuple[str, Place], int] = defaultdict(int)
    on_the_way: set[str] = set()
    for path in tree:
        place = kept.get(path) or (dirt[path].place if path in dirt else None)
        file = not _is_dir(tree, path)
        for folder in above(path) if file or path in kept else ():
            total[folder] += file
            if file and place is not None:
                same[folder, place] += 1
            if path in kept:
                on_the_way.add(folder)
    done = set(roots)
    for path in sorted(kept):
        if path in done or any(folder in done for folder in above(path)):
            continue
        place = kept[path]
        if whole := _topmost_whole(path, place, total, same):
            done.add(whole)
            yield Rule(escape(whole) + "/", place.reason, place.section)
        elif path not in on_the_way:
            yield Rule(escape(path), place.reason, place.section)


def _topmost_whole(
    path: str, place: Place, total: Mapping[str, int], same: Mapping[tuple[str, Place], int]
) -> str:
    """The highest directory above `path` that holds at least two files and nothing but files of `place`."""
    best = ""
    for folder in above(path):
        if total.get(folder, 0) != same.get((folder, place), 0):
            break
        if total.get(folder, 0) >= 2 and folder.count("/") > 1 and not is_shared(folder):
            best = folder
    return best


def _corrections(
    tree: FileTree, kept: Mapping[str, Place], rules: Iterable[Rule], dirt: Mapping[str, Dirt]
) -> Iterator[Rule]:
    """Rules that are missing: for what is kept and not brought yet, and for what is brought and not to be kept."""
    expanded = expand_rules(rules, tree).paths
    for path, place in kept.items():
        if path not in expanded:
            yield Rule(escape(path), place.reason, place.section)
    surplus = {
        path: rule
        for path, rule in expanded.items()
        if rule is not None and path not in kept and not _is_dir(tree, path)
    }
    wanted, unwanted = _count_below(kept), _count_below(surplus)
    drops: dict[str, Rule] = {}
    for path, rule in surplus.items():
        known = dirt.get(path)
        if known and known.pattern and rule.whole:
            text = rule.text + known.pattern
        else:
            root = rule.path if not rule.is_pattern else ""
            text = _topmost_unwanted(path, wanted, unwanted, root)
        reason = known.reason if known and known.reason else rule.reason
        line = drops.setdefault(text, Rule(text, reason, rule.section, drops=True))
        if line.reason != reason:  # left out for several reasons: it stands with what it is left out of
            drops[text] = Rule(text, rule.reason, rule.section, drops=True)
    yield from drops.values()


def _topmost_unwanted(path: str, wanted: Mapping[str, int], unwanted: Mapping[str, int], root: str) -> str:
    """The line for the highest directory above `path`, below `root`, in which (nearly) nothing is wanted: what is
    gets a line of its own in the next round."""
    top = path
    for folder in above(path):
        if folder == root or wanted.get(folder, 0) * FEW > unwanted[folder]:
            break
        top = folder
    return escape(top) + ("/" if top != path else "")


def _count_below(paths: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for path in paths:
        for folder in above(path):
            counts[folder] += 1
    return counts


def is_shared(folder: str) -> bool:
    """Whether a directory is nobody's own, by its name: what is put there later was not meant."""
    return bool(_SHARED.fullmatch(folder) or ecosystems().shared.fullmatch(folder))


def _is_dir(tree: FileTree, path: str) -> bool:
    entry = tree.get(path)
    return entry is not None and entry.kind == "dir"
