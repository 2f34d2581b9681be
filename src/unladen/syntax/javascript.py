"""JavaScript source."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from unladen.syntax.grammar import Grammar, text

if TYPE_CHECKING:
    from tree_sitter import Node

GRAMMAR = Grammar("tree_sitter_javascript")

_ESCAPE = re.compile(r"\\(?:u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|(\r\n|.))", re.DOTALL)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}


def unescaped(written: str) -> str:
    """The text that is meant by what is written between a string's quotes."""

    def plain(match: re.Match[str]) -> str:
        if code := match[1] or match[2] or match[3]:
            return chr(min(int(code, 16), 0x10FFFF))
        return _NAMED.get(match[4], match[4])

    joined = _ESCAPE.sub(plain, written).encode("utf-16-le", "surrogatepass")  # 😀 is written as two halves
    return joined.decode("utf-16-le", "replace")


def unclosed(root: Node) -> Node | None:
    """The quote or backtick that begins a string or a template without an end."""
    query = '(ERROR ["\'" "\\"" "`"] @quote)'
    quotes = [found["quote"][0] for found in GRAMMAR.find(query, root)] if root.has_error else []
    source = root.text or b""
    for quote in quotes:
        rest = source[quote.end_byte - root.start_byte :]
        if text(quote).encode() not in (rest if text(quote) == "`" else rest.split(b"\n", 1)[0]):
            return quote
    return None
