"""A .dockerignore's rules, as the engines read them."""

from __future__ import annotations

import pytest

from unladen.engine.ignore import parse_ignore


@pytest.mark.parametrize(
    ("rules", "excluded", "kept"),
    [
        ("node_modules", ["node_modules", "node_modules/a/b"], ["src/node_modules", "node_modules2"]),
        ("/build/", ["build/x"], ["src/build"]),
        ("*.log", ["a.log"], ["logs/a.log", "a.logs"]),
        ("**/*.log", ["a.log", "logs/deep/a.log"], ["a.logs"]),
        ("docs/**", ["docs/a", "docs/a/b"], ["docs2/a"]),
        ("**/cache", ["cache", "a/b/cache/c"], ["acache"]),
        ("a?c", ["abc"], ["ac", "a/c"]),
        ("[ab].txt", ["a.txt", "b.txt"], ["c.txt"]),
        ("a\\*b", ["a*b"], ["axb"]),
        ("*\n!keep.txt", ["other", "folder/x"], ["keep.txt"]),
        ("docs\n!docs/README.md", ["docs/a"], ["docs/README.md"]),
        ("!a\na", ["a"], ["b"]),
        ("# a comment\n\n  b  ", ["b"], ["# a comment", "c"]),
        ("mit leer zeichen/ü*", ["mit leer zeichen/über"], ["mit"]),
    ],
)
def test_rules(rules: str, excluded: list[str], kept: list[str]) -> None:
    parsed = parse_ignore(rules)
    assert [path for path in (*excluded, *kept) if parsed.excludes(path)] == excluded


def test_folders_are_only_skipped_when_nothing_inside_can_come_back() -> None:
    assert not parse_ignore("a\nb").may_include_again
    assert parse_ignore("a\n!a/b").may_include_again
