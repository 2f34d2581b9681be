"""JavaScript as tokens: enough of ECMAScript's grammar to find calls and what is written out in them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from unladen.errors import BadConfig


@dataclass(frozen=True)
class Token:
    """`text` of a string is its value; a template's parts are its texts (str) and expressions (tuples of tokens)."""

    kind: Literal["name", "number", "string", "template", "regex", "sign"]
    text: str
    line: int
    parts: tuple[str | tuple[Token, ...], ...] = ()


_HINT = "It has to be a script that k6 runs."
_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/|\A#![^\n]*)+", re.DOTALL)
_NUMBER = re.compile(
    r"0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?n?"
)
_NAME = re.compile(r"[\w$#@]+")
_STRING = re.compile(r"""'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*\"""", re.DOTALL)
_REGEX = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/\w*")
_SIGN = re.compile(
    r"=>|===?|!==?|[|&?]{2}=?|\*\*=?|<<=?|>>>?=?|\+\+|--|[-+*/%&|^<>]=|\?\.|\.{3}|.", re.DOTALL
)
_TEXT = re.compile(r"(?:\\.|\$(?!\{)|[^\\`$])*", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u\{([\da-fA-F]{1,6})\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|(\r\n|.))", re.DOTALL)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_BEFORE_REGEX = frozenset(
    {"return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do"}
)


def tokens(text: str, file: str) -> list[Token]:
    """Raises BadConfig, naming the line, where a string or a template does not end."""
    try:
        return _tokens(text, 0, file, "")[0]
    except RecursionError as error:
        raise BadConfig(f"cannot read {file}: its templates are nested too deeply", hint=_HINT) from error


def _tokens(text: str, at: int, file: str, closing: str) -> tuple[list[Token], int]:
    """Tokens up to the closing brace of a template's expression, or to the end."""
    found: list[Token] = []
    depth = 0
    while at < len(text):
        if blank := _BLANK.match(text, at):
            at = blank.end()
            continue
        if closing and not depth and text[at] == closing:
            return found, at + 1
        token, at = _token(text, at, file, found[-1] if found else None)
        depth += (token.kind == "sign") * ((token.text == "{") - (token.text == "}"))
        found.append(token)
    if closing:
        raise _endless(text, at, file, "template")
    return found, at


def _token(text: str, at: int, file: str, before: Token | None) -> tuple[Token, int]:
    line = text.count("\n", 0, at) + 1
    if text[at] == "`":
        return _template(text, at, file, line)
    if text[at] in "'\"":
        if not (match := _STRING.match(text, at)):
            raise _endless(text, at, file, "string")
        return Token("string", _unescaped(match[0][1:-1]), line), match.end()
    if text[at] == "/" and _starts_regex(before) and (match := _REGEX.match(text, at)):
        return Token("regex", match[0], line), match.end()
    kinds: tuple[tuple[Literal["number", "name", "sign"], re.Pattern[str]], ...] = (
        ("number", _NUMBER),
        ("name", _NAME),
        ("sign", _SIGN),
    )
    kind, match = next((kind, match) for kind, pattern in kinds if (match := pattern.match(text, at)))
    return Token(kind, match[0], line), match.end()


def _template(text: str, at: int, file: str, line: int) -> tuple[Token, int]:
    begin, at = at, at + 1
    parts: list[str | tuple[Token, ...]] = []
    while True:
        match = _TEXT.match(text, at)
        assert match is not None  # it matches nothing, too
        parts.append(_unescaped(match[0]))
        at = match.end()
        if text[at : at + 1] == "`":
            return Token("template", "", line, tuple(parts)), at + 1
        if text[at : at + 2] != "${":
            raise _endless(text, begin, file, "template")
        inner, at = _tokens(text, at + 2, file, "}")
        parts.append(tuple(inner))


def _starts_regex(before: Token | None) -> bool:
    if before is None or before.text in _BEFORE_REGEX:
        return True
    return before.kind == "sign" and before.text not in (")", "]", "}")


def _endless(text: str, at: int, file: str, what: str) -> BadConfig:
    line = text.count("\n", 0, at) + 1
    return BadConfig(f"cannot read {file}: line {line}: a {what} that does not end", hint=_HINT)


def _unescaped(text: str) -> str:
    def plain(match: re.Match[str]) -> str:
        if code := match[1] or match[2] or match[3]:
            return chr(min(int(code, 16), 0x10FFFF))
        return _NAMED.get(match[4], match[4])

    joined = _ESCAPE.sub(plain, text).encode("utf-16-le", "surrogatepass")  # 😀 is written as two halves
    return joined.decode("utf-16-le", "replace")
