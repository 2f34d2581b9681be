"""A tree-sitter grammar: parses source code and finds nodes in it by queries.

Query syntax: https://tree-sitter.github.io/tree-sitter/using-parsers/queries/
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded when something is parsed: not every command does
    from tree_sitter import Language, Node, Query


@dataclass(frozen=True)
class Grammar:
    """`package` is the Python package that holds it ("tree_sitter_go")."""

    package: str

    def parse(self, source: str | bytes) -> Node:
        """The root of the tree. Source with mistakes has a tree too: its `has_error` is true, and what could not
        be understood is in nodes of the type ERROR. Offsets of nodes count bytes of UTF-8."""
        from tree_sitter import Parser

        data = source if isinstance(source, bytes) else source.encode(errors="replace")
        return Parser(self._language).parse(data).root_node

    def find(self, query: str, node: Node) -> list[dict[str, list[Node]]]:
        """Every match of the query in the node and below, in the order of the text: capture name → its nodes."""
        from tree_sitter import QueryCursor

        found = [captures for _, captures in QueryCursor(self._compiled(query)).matches(node)]
        return sorted(found, key=lambda captures: min(each[0].start_byte for each in captures.values()))

    @cached_property
    def _language(self) -> Language:
        from tree_sitter import Language

        return Language(import_module(self.package).language())

    @cache  # noqa: B019  a grammar lives as long as the program
    def _compiled(self, query: str) -> Query:
        from tree_sitter import Query

        return Query(self._language, query)


def text(node: Node | None) -> str:
    """The source of a node; nothing for no node."""
    return (node.text or b"").decode(errors="replace") if node else ""


def line(node: Node) -> int:
    """The line where a node begins, from 1."""
    return int(node.start_point.row) + 1
