"""Go source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from unladen.syntax.grammar import Grammar, text

if TYPE_CHECKING:
    from tree_sitter import Node

GRAMMAR = Grammar("tree_sitter_go")

STRINGS = frozenset({"interpreted_string_literal", "raw_string_literal"})


def string(node: Node | None) -> str | None:
    """The value of a string literal; None for anything else."""
    if node is None or node.type not in STRINGS:
        return None
    written = text(node)
    if written.startswith("`") or "\\" not in written:
        return written[1:-1]
    try:
        return str(ast.literal_eval(written))  # Go's escapes are Python's, but for a rare few
    except (SyntaxError, ValueError):
        return written[1:-1]


def above(node: Node, *types: str) -> Iterator[Node]:
    """The nodes around a node, from the inside out; of these types only where any are named."""
    while (parent := node.parent) is not None:
        node = parent
        if not types or node.type in types:
            yield node


def below(node: Node, *types: str) -> Iterator[Node]:
    """The node and those within it that are of these types, in the order of the text."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if node.type in types:
            yield node
        waiting += reversed(node.named_children)


def fields(body: Node) -> Iterator[tuple[str, Node]]:
    """(key, value) of each `key: value` of a composite literal's body."""
    for pair in body.named_children:
        if (
            pair.type == "keyed_element"
            and pair.named_child_count == 2
            and pair.named_children[1].named_children
        ):
            yield text(pair.named_children[0]), pair.named_children[1].named_children[0]
