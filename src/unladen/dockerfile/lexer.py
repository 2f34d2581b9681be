"""BuildKit's shell lexer: the quotes and variables of a Dockerfile's words.

Follows https://github.com/moby/buildkit/blob/master/frontend/dockerfile/shell/lex.go (Apache-2.0) in behaviour,
its quirks included; https://docs.docker.com/reference/dockerfile/#environment-replacement describes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)
"""Go's unicode.IsSpace; Python's str.isspace knows four more."""
_SPECIAL = "@*#?-$!0"

Unset = Literal["empty", "keep", "default"]
"""What becomes of a variable that has no value: nothing (as in a build), the text as written with whatever modifiers
it has, or the text as written unless a modifier gives it a value (`${NAME:-value}`)."""


class LexError(ValueError):
    """Quotes or braces that do not end, a substitution that does not exist, a `${NAME:?text}` without value."""


def expand(text: str, values: Mapping[str, str], *, escape: str = "\\", unset: Unset = "empty") -> str:
    """The text without quotes, its variables replaced. Raises LexError."""
    return _Lexer(text, values, escape, unset).run()[0]


def expanded(text: str, values: Mapping[str, str], *, escape: str = "\\") -> str:
    """As `expand`, but variables without value stay (unless they have a default), and so does text with errors."""
    try:
        return expand(text, values, escape=escape, unset="default")
    except LexError:
        return text


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables replaced as far as they are known, quotes as written; text with errors stays."""
    try:
        return _Lexer(text, values, "\\", "default", True, True).run()[0]
    except LexError:
        return text


def shell_words(text: str, *, raw: bool = False, raw_escapes: bool = False) -> tuple[str, ...]:
    """The words of a text, variables as written. `raw` keeps the quotes. Raises LexError."""
    lexer = _Lexer(text, {}, "\\", "keep", raw, raw_escapes)
    return lexer.run()[1]


@dataclass
class _Lexer:
    """A position in a text, moved on by the methods."""

    text: str
    values: Mapping[str, str]
    escape: str
    unset: Unset
    raw_quotes: bool = False
    raw_escapes: bool = False
    at: int = 0
    words: list[str] = field(default_factory=list)
    word: list[str] = field(default_factory=list)

    def run(self) -> tuple[str, tuple[str, ...]]:
        text = self._until("", self.raw_escapes)
        return text, self._ended_words()

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _next(self) -> str:
        self.at += 1
        return self.text[self.at - 1 : self.at]

    def _until(self, stop: str, raw_escapes: bool) -> str:
        """Up to the character `stop` ("": to the end). Words collected before are forgotten, as in BuildKit."""
        self.words, self.word = [], []
        outer, self.raw_escapes = self.raw_escapes, raw_escapes
        result: list[str] = []
        while char := self._peek():
            if stop and char == stop:
                self.at += 1
                self.raw_escapes = outer
                self._ended_words()
                return "".join(result)
            if char in "$<'\"":
                words = self.words  # a substitution inside starts lists of its own
                piece = self._special(char)
                if self.words is not words:
                    self.words = words
                result.append(piece)
                self._add(piece, split=char == "$")
                continue
            result.append(self._plain())
        if stop:
            raise LexError(f"{stop} is missing")
        return "".join(result)

    def _plain(self) -> str:
        char = self._next()
        if char != self.escape:
            self._add(char, split=True)
            return char
        kept = char if self.raw_escapes else ""
        following = self._next()
        self._add(kept + following, split=False)
        return kept + following

    def _special(self, char: str) -> str:
        match char:
            case "$":
                return self._dollar()
            case "<":
                return self._angle()
            case "'":
                return self._single()
        return self._double()

    def _add(self, text: str, *, split: bool) -> None:
        if not split:
            if text:
                self.word.append(text)
            return
        for char in text:
            if char not in SPACE:
                self.word.append(char)
            elif self.word:
                self.words.append("".join(self.word))
                self.word = []

    def _ended_words(self) -> tuple[str, ...]:
        if self.word:
            self.words.append("".join(self.word))
            self.word = []
        return tuple(self.words)

    def _angle(self) -> str:
        """A `<`, or a `<<` with the white space before its word."""
        self.at += 1
        if self._peek() != "<":
            return "<"
        self.at += 1
        start = self.at
        while self._peek() and self._peek() in "\t\r ":
            self.at += 1
        return "<<" + self.text[start : self.at]

    def _single(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise LexError("a single quote does not end")
        inner = self.text[self.at + 1 : end]
        self.at = end + 1
        return f"'{inner}'" if self.raw_quotes else inner

    def _double(self) -> str:
        quote = self._next() if self.raw_quotes else self._next()[:0]
        result = [quote]
        while char := self._peek():
            if char == '"':
                self.at += 1
                return "".join([*result, quote])
            if char == "$":
                result.append(self._dollar())
                continue
            char = self._next()
            if char == self.escape:
                if self.raw_escapes:
                    result.append(char)
                if not self._peek():
                    continue
                if self._peek() in ('"', "$", self.escape):
                    char = self._next()
            result.append(char)
        raise LexError("a double quote does not end")

    def _name(self) -> str:
        start = self.at
        if (first := self._peek()) and first.isdecimal():
            while self._peek() and self._peek().isdecimal():
                self.at += 1
        elif first and first in _SPECIAL:
            self.at += 1
        else:
            while (char := self._peek()) and (char == "_" or char.isalpha() or char.isdecimal()):
                self.at += 1
        return self.text[start : self.at]

    def _dollar(self) -> str:
        self.at += 1
        if self._peek() != "{":
            name = self._name()
            if name in self.values:
                return self.values[name]
            return f"${name}" if not name or self.unset != "empty" else ""
        self.at += 1
        if not self._peek():
            raise LexError("} is missing")
        if self._peek() in "{}:":
            raise LexError("bad substitution")
        name = self._name()
        modifier = self._next()
        if modifier == "}":
            return self.values.get(name, f"${{{name}}}" if self.unset != "empty" else "")
        if modifier == "/":
            return self._replaced(name)
        return self._modified(name, modifier)

    def _modified(self, name: str, modifier: str) -> str:
        null_is_unset = modifier == ":"
        if null_is_unset:
            modifier = self._next()
        is_pattern = modifier in ("#", "%")
        if not modifier or (not null_is_unset and modifier not in "+-?#%") or (null_is_unset and is_pattern):
            raise LexError(f"unsupported modifier ({modifier}) in substitution")
        word = self._until("}", is_pattern)
        value = self.values.get(name)
        if value is None and (self.unset == "keep" or (self.unset == "default" and is_pattern)):
            return f"${{{name}{':' if null_is_unset else ''}{modifier}{word}}}"
        missing = value is None or (null_is_unset and value == "")
        match modifier:
            case "-":
                return word if missing else value or ""
            case "+":
                return "" if missing else word
            case "?":
                if missing:
                    raise LexError(f"{name}: {word or 'has no value'}")
                return value or ""
            case "#" | "%":
                greedy = word.startswith(modifier)
                return _trimmed(value or "", word[greedy:], greedy, end=modifier == "%")
        raise LexError(f"unsupported modifier (:{modifier}) in substitution")

    def _replaced(self, name: str) -> str:
        everywhere = self._peek() == "/"
        self.at += everywhere
        pattern = self._until("/", True)
        replacement = self._until("}", True)
        value = self.values.get(name)
        if value is None and self.unset != "empty":
            return f"${{{name}/{pattern}/{replacement}}}"
        found = re.compile(_regex(pattern, greedy=True))
        return found.sub(lambda _: replacement, value or "", count=0 if everywhere else 1)


def _trimmed(value: str, pattern: str, greedy: bool, *, end: bool) -> str:
    regex = _regex(pattern, greedy=True)
    lengths = range(len(value) + 1)
    for length in reversed(lengths) if greedy else lengths:
        piece = value[len(value) - length :] if end else value[:length]
        if re.fullmatch(regex, piece):
            return value[: len(value) - length] if end else value[length:]
    return value


def _regex(pattern: str, *, greedy: bool) -> str:
    """The regular expression of a shell pattern that knows `*` and `?` only."""
    result: list[str] = []
    chars = iter(range(len(pattern)))
    for index in chars:
        char = pattern[index]
        if char == "\\":
            following = pattern[index + 1 : index + 2]
            if following in ("}", "/") and following:
                continue
            if following not in ("*", "?", "\\") or not following:
                raise LexError(f"invalid escape \\{following}")
            result.append(re.escape(following))
            next(chars)
        else:
            result.append({"*": ".*" if greedy else ".*?", "?": "."}.get(char) or re.escape(char))
    return "".join(result)
