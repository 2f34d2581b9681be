"""The rules of a .dockerignore file.

Syntax: the Docker build reference, "dockerignore files"; matching as in github.com/moby/patternmatcher: a
path is excluded when it or a parent matches, and the last rule that matches decides.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    pattern: re.Pattern[str]
    excludes: bool


@dataclass(frozen=True)
class IgnoreRules:
    rules: tuple[Rule, ...]

    def excludes(self, path: str) -> bool:
        """`path` is relative to the context, with slashes."""
        parts = path.split("/")
        paths = ["/".join(parts[: i + 1]) for i in range(len(parts))]
        for rule in reversed(self.rules):
            if any(rule.pattern.fullmatch(each) for each in paths):
                return rule.excludes
        return False

    @property
    def may_include_again(self) -> bool:
        """True when something below an excluded folder may be back in the context."""
        return any(not rule.excludes for rule in self.rules)


def parse_ignore(text: str) -> IgnoreRules:
    """Lines that are no pattern are left out, as the engines do."""
    rules: list[Rule] = []
    for line in text.removeprefix("\ufeff").splitlines():
        pattern = line.strip()
        if not pattern or line.startswith("#"):
            continue
        excludes = not pattern.startswith("!")
        pattern = posixpath.normpath(pattern.removeprefix("!").strip()).lstrip("/")
        if pattern not in ("", "."):
            rules.append(Rule(_regex(pattern), excludes))
    return IgnoreRules(tuple(rules))


def _regex(pattern: str) -> re.Pattern[str]:
    """Go's filepath.Match, and ** for any number of folders."""
    out = ""
    index = 0
    while index < len(pattern):
        char = pattern[index]
        if pattern.startswith("**/", index):
            out, index = out + "(?:.*/)?", index + 3
        elif pattern.startswith("**", index):
            out, index = out + ".*", index + 2
        elif char == "*":
            out, index = out + "[^/]*", index + 1
        elif char == "?":
            out, index = out + "[^/]", index + 1
        elif char == "[" and (end := pattern.find("]", index + 2)) > 0:
            out, index = out + pattern[index : end + 1].replace("\\", "\\\\"), end + 1
        elif char == "\\" and index + 1 < len(pattern):
            out, index = out + re.escape(pattern[index + 1]), index + 2
        else:
            out, index = out + re.escape(char), index + 1
    return re.compile(out, re.DOTALL)
