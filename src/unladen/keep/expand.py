"""Which paths of an image a keep-list keeps. In a build, bash finds the same in the pack stage."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from unladen.image.interface import FileTree
from unladen.keep import lines, reasons
from unladen.keep.keeplist import KeepList, Rule
from unladen.language.registry import ecosystems

Patterns = list[tuple[re.Pattern[bytes], Rule]]


@dataclass(frozen=True)
class Expanded:
    """`paths` maps each kept path to the rule that keeps it, or to None for a directory on the way to another.
    `unmatched` are the rules that match nothing in the image."""

    paths: Mapping[str, Rule | None]
    unmatched: tuple[Rule, ...] = ()


class Rules:
    """Rules ready to be asked about one path after another, parents before what is in them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._keeps: dict[str, Rule] = {}
        self._wholes: dict[str, Rule] = {}
        self._drops: dict[str, Rule] = {}
        self._keep_patterns: Patterns = []
        self._drop_patterns: Patterns = []
        for rule in rules:
            if rule.is_pattern:
                found = (re.compile(lines.regex(rule.text), re.DOTALL), rule)
                (self._drop_patterns if rule.drops else self._keep_patterns).append(found)
            elif rule.drops:
                self._drops[rule.path] = rule
            else:
                self._keeps[rule.path] = rule
                if rule.whole:
                    self._wholes[rule.path] = rule
        self._any_drop = _any_of(self._drop_patterns)
        self._any_keep = _any_of(self._keep_patterns)
        self._matched: set[Rule] = set()

    def about(self, path: str, inherited: Rule | None) -> tuple[Rule | None, Rule | None]:
        """What keeps `path`, and what keeps whatever is below it: each a rule or None. `inherited` is what
        keeps whatever is below its parent."""
        here = below = inherited
        if matched := self._match(self._any_keep, self._keep_patterns, path):
            here = matched[-1]
            below = next((rule for rule in reversed(matched) if rule.whole), below)
        if here is not None and self._left_out(path):
            here = below = None
        return self._keeps.get(path, here), self._wholes.get(path, below)

    def unmatched(self, tree: FileTree) -> tuple[Rule, ...]:
        """The rules that nothing asked about so far matched."""
        literal = (*self._keeps.items(), *self._drops.items())
        missing = [rule for path, rule in literal if path not in tree]
        patterns = (*self._keep_patterns, *self._drop_patterns)
        return (*missing, *(rule for _, rule in patterns if rule not in self._matched))

    def _left_out(self, path: str) -> bool:
        return path in self._drops or self._match(self._any_drop, self._drop_patterns, path) != []

    def _match(self, any_of: re.Pattern[bytes] | None, patterns: Patterns, path: str) -> list[Rule]:
        """Those that match, in their order."""
        if any_of is None or not any_of.fullmatch(name := lines.as_bytes(path)):
            return []
        rules = [rule for pattern, rule in patterns if pattern.fullmatch(name)]
        self._matched.update(rules)
        return rules


def stale(expanded: Expanded) -> tuple[Rule, ...]:
    """The lines of a list that name nothing in the image, though they are there to keep something of it."""
    return tuple(rule for rule in expanded.unmatched if not rule.drops and rule.reason != reasons.DPKG)


def keeps_times(keep: KeepList, tree: FileTree) -> bool:
    """Whether some of what is kept would no longer count if the time of its source changed."""
    known = ecosystems().each
    return any(each.is_timed(path, tree) for path in expand(keep, tree).paths for each in known)


def matches(rule: Rule, path: str) -> bool:
    """Whether a rule speaks of exactly this path."""
    if rule.is_pattern:
        return re.fullmatch(lines.regex(rule.text), lines.as_bytes(path), re.DOTALL) is not None
    return rule.path == path


def expand(keep: KeepList, tree: FileTree) -> Expanded:
    """What `keep` keeps of the image's files, and what of it is stale."""
    return expand_rules(keep.rules, tree)


def expand_rules(rules: Iterable[Rule], tree: FileTree) -> Expanded:
    asked = Rules(rules)
    below: dict[str, Rule] = {}
    paths: dict[str, Rule | None] = {}
    for path in tree:
        parent = path.rpartition("/")[0]
        here, inner = asked.about(path, below.get(parent))
        if inner is not None:
            below[path] = inner
        if here is not None:
            paths[path] = here
            while parent and parent not in paths:
                paths[parent] = None
                parent = parent.rpartition("/")[0]
    return Expanded(paths, asked.unmatched(tree))


def _any_of(patterns: Patterns) -> re.Pattern[bytes] | None:
    if not patterns:
        return None
    return re.compile(b"|".join(b"(?:%b)" % pattern.pattern for pattern, _ in patterns), re.DOTALL)
