"""The values of JavaScript expressions that are written out, found without running anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from unladen.proof.sources.script_tokens import Token

Value = object
"""None, bool, int, float, str, list, dict, as JSON has them; or one of the two below."""


class Unknown:
    """A value that only a run could tell."""


UNKNOWN = Unknown()
ENVIRONMENT = "\0"
"""Stands in a text for a variable of the environment (`__ENV.NAME`) without a default."""


class _Computed(Exception):
    """This expression is not written out."""


@dataclass
class _Reader:
    """Reads one expression after the other, from token `at` on."""

    tokens: Sequence[Token]
    at: int
    names: Callable[[str], Value]

    def peek(self, ahead: int = 0) -> str:
        """The next token where it is a name or a sign."""
        place = self.at + ahead
        token = self.tokens[place] if place < len(self.tokens) else Token("sign", "", 0)
        return token.text if token.kind in ("name", "sign") else ""

    def take(self, text: str) -> bool:
        if self.peek() == text:
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise _Computed

    def expression(self) -> Value:
        """Its value; UNKNOWN where it is computed, and then up to the comma or bracket that ends it."""
        begin = self.at
        try:
            value = self.either()
            if self.ended():
                return value
        except (_Computed, RecursionError):
            pass
        self.at = begin
        self.skip()
        return UNKNOWN

    def ended(self) -> bool:
        if self.at >= len(self.tokens) or self.peek() in (",", ";", ")", "]", "}"):
            return True
        token, before = self.tokens[self.at], self.tokens[self.at - 1]
        return token.line > before.line and token.kind in ("name", "string")

    def skip(self) -> None:
        depth = 0
        while self.at < len(self.tokens):
            sign = self.peek()
            if not depth and sign in (",", ";", ")", "]", "}"):
                return
            depth += (sign in ("(", "[", "{")) - (sign in (")", "]", "}"))
            self.at += 1

    def either(self) -> Value:
        value = self.sum()
        while self.peek() in ("||", "??"):
            self.at += 1
            other = self.sum()
            if value is UNKNOWN or other is UNKNOWN:
                raise _Computed
            value = other if not value or value == ENVIRONMENT else value
        return value

    def sum(self) -> Value:
        value = self.member()
        while self.take("+"):
            value = added(value, self.member())
        return value

    def member(self) -> Value:
        value = self.primary()
        while True:
            if self.take("."):
                value = _item(value, self.peek())
                self.at += 1
            elif self.peek() == "[":
                self.at += 1
                value = _item(value, self.expression())
                self.expect("]")
            else:
                return value

    def primary(self) -> Value:
        if self.at >= len(self.tokens):
            raise _Computed
        token = self.tokens[self.at]
        self.at += 1
        match token.kind, token.text:
            case "string", text:
                return text
            case "number", text:
                return _number(text)
            case "template", _:
                return self.template(token)
            case "sign", "[":
                return list(self.items("]"))
            case "sign", "{":
                return dict(self.properties())
            case "sign", "(":
                value = self.expression()
                self.expect(")")
                return value
            case "sign", "-":
                value = self.primary()
                if isinstance(value, int | float):
                    return -value
            case "name", name:
                return self.name(name)
        raise _Computed

    def template(self, token: Token) -> Value:
        value: Value = ""
        for part in token.parts:
            value = added(value, part if isinstance(part, str) else read(part, 0, self.names))
        return value

    def items(self, closing: str) -> Iterator[Value]:
        while not self.take(closing):
            if self.peek() == "..." or self.at >= len(self.tokens):
                raise _Computed
            yield self.expression()
            if self.peek() != closing:
                self.expect(",")

    def properties(self) -> Iterator[tuple[str, Value]]:
        while not self.take("}"):
            if self.take("..."):
                spread = self.expression()
                if not isinstance(spread, dict):
                    raise _Computed
                yield from spread.items()
            else:
                yield self.property()
            if self.peek() != "}":
                self.expect(",")

    def property(self) -> tuple[str, Value]:
        if self.at >= len(self.tokens) or self.tokens[self.at].kind not in ("name", "string", "number"):
            raise _Computed
        key = self.tokens[self.at]
        self.at += 1
        if self.take(":"):
            return key.text, self.expression()
        if self.peek() in (",", "}") and key.kind == "name":
            return key.text, self.names(key.text)
        raise _Computed  # a method

    def name(self, name: str) -> Value:
        if name in _WORDS:
            return _WORDS[name]
        if self.peek() == "." and self.peek(1) == "url" and self.at + 2 < len(self.tokens):
            token = self.tokens[self.at + 2]  # k6's http.url`…`, which only names a group of URLs
            if token.kind == "template":
                self.at += 3
                return self.template(token)
        if name == "__ENV" and (self.take(".") or self.peek() == "["):
            if self.take("["):
                self.expression()
                self.expect("]")
            else:
                self.at += 1
            return ENVIRONMENT
        if name == "JSON" and self.take(".") and self.take("stringify"):
            return _dumped(self.arguments())
        if name == "encodeURIComponent":
            return _encoded(self.arguments())
        if self.peek() in ("(", "=>") or name in ("new", "await", "typeof", "function", "async"):
            raise _Computed
        return self.names(name)

    def arguments(self) -> list[Value]:
        self.expect("(")
        return list(self.items(")"))


_WORDS: Mapping[str, Value] = {"true": True, "false": False, "null": None, "undefined": None}


def read(found: Sequence[Token], at: int, names: Callable[[str], Value]) -> Value:
    """The value of the expression that begins at token `at`; UNKNOWN where it is computed. `names` knows the
    constants."""
    return _Reader(found, at, names).expression()


def read_arguments(found: Sequence[Token], at: int, names: Callable[[str], Value]) -> list[Value]:
    """The values of a call's arguments; token `at` is its opening bracket. A spread makes all of them UNKNOWN."""
    try:
        return _Reader(found, at, names).arguments()
    except _Computed:
        return [UNKNOWN]


def added(one: Value, other: Value) -> Value:
    """As `+` does it; UNKNOWN where either is no text or number."""
    if isinstance(one, str) or isinstance(other, str):
        texts = [as_text(value) for value in (one, other)]
        return UNKNOWN if None in texts else "".join(text or "" for text in texts)
    numbers = [
        value for value in (one, other) if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    return sum(numbers) if len(numbers) == 2 else UNKNOWN


def as_text(value: Value) -> str | None:
    """As a template writes a text, number or boolean; None for anything else."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return json.dumps(value)
    return None


def is_known(value: Value) -> bool:
    """Whether nothing in it is UNKNOWN, or the environment's."""
    match value:
        case Unknown():
            return False
        case str():
            return ENVIRONMENT not in value
        case list():
            return all(is_known(item) for item in value)
        case dict():
            return all(is_known(item) for item in value.values())
    return True


def _number(text: str) -> Value:
    digits = text.replace("_", "").rstrip("n")
    if digits[:2].lower() in ("0x", "0o", "0b"):
        return int(digits, 0)
    value = float(digits)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _item(value: Value, key: Value) -> Value:
    if isinstance(value, dict) and isinstance(key, str) and key in value:
        return value[key]
    if isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
        return value[key]
    raise _Computed


def _dumped(arguments: list[Value]) -> Value:
    """JSON.stringify. Blanks between values may differ."""
    if not arguments or not is_known(arguments[0]):
        return UNKNOWN
    return json.dumps(arguments[0], ensure_ascii=False, separators=(",", ":"))


def _encoded(arguments: list[Value]) -> Value:
    text = as_text(arguments[0]) if arguments else None
    return UNKNOWN if text is None or ENVIRONMENT in text else quote(text, safe="!~*'()")
