"""The arguments of one instruction, divided as BuildKit's parser divides them: flags, JSON, words, NAME=value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from unladen.dockerfile.lexer import SPACE

_BLANK = re.compile(r"[\t\v\f\r ]+")


@dataclass(frozen=True)
class Arguments:
    """See `Instruction.values`, `is_exec` and `pairs`."""

    values: tuple[str, ...] = ()
    is_json: bool = False
    pairs: tuple[tuple[str, str], ...] = ()


def arguments_of(keyword: str, text: str, escape: str) -> Arguments:
    """Raises ValueError where BuildKit's parser refuses them."""
    if not text:
        return Arguments()
    match keyword:
        case "ENV" | "LABEL":
            pairs = tuple(_pairs(keyword, text, escape))
            return Arguments(tuple(f"{name}={value}" for name, value in pairs), pairs=pairs)
        case "ARG":
            words = tuple(split_words(text, escape))
            named = (word.partition("=") for word in words)
            return Arguments(words, pairs=tuple((name, value) for name, equals, value in named if equals))
        case "RUN" | "CMD" | "ENTRYPOINT" | "SHELL":
            array = exec_form(text)
            return Arguments((text,)) if array is None else Arguments(array, is_json=True)
        case "HEALTHCHECK":
            kind, rest = _first_word(text)
            if not rest:
                return Arguments((kind,))
            array = exec_form(rest)
            return Arguments((kind, rest)) if array is None else Arguments((kind, *array), is_json=True)
        case "ADD" | "COPY" | "VOLUME":
            array = exec_form(text)
            return Arguments(tuple(_BLANK.split(text))) if array is None else Arguments(array, is_json=True)
        case "EXPOSE" | "FROM":
            return Arguments(tuple(_BLANK.split(text)))
        case "MAINTAINER" | "STOPSIGNAL" | "USER" | "WORKDIR":
            return Arguments((text,))
    return Arguments()


def exec_form(text: str) -> tuple[str, ...] | None:
    """The words of a JSON list; None where the text is none, and so for a shell.
    Raises ValueError for a list of other things than texts, which BuildKit refuses."""
    text = text.lstrip(SPACE)
    if not text.startswith("["):
        return None
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(word, str) for word in value):
        raise ValueError("a JSON list may hold texts only")
    return tuple(re.sub("[\ud800-\udfff]", "\ufffd", word) for word in value)  # as Go reads them


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _first_word(text: str) -> tuple[str, str]:
    """The word and what follows it. BuildKit reads bytes here too: see `split_flags`."""
    data = text.encode("utf-8", "surrogateescape").decode("latin-1")
    end = next((index for index, char in enumerate(data) if char in SPACE), len(data))
    return _characters(data[:end]), _characters(data[end:].lstrip(SPACE))


def _pairs(keyword: str, text: str, escape: str) -> Iterator[tuple[str, str]]:
    words = tuple(split_words(text, escape))
    if not words:
        return
    if "=" not in words[0]:
        name, *rest = _BLANK.split(text, maxsplit=1)
        if not rest:
            raise ValueError(f"{keyword} needs a name and a value")
        yield name, rest[0]
        return
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{keyword} has {word!r}, which has no =")
        yield name, value


def split_words(text: str, escape: str) -> Iterator[str]:
    """Words with their quotes and escapes as written."""
    word: list[str] = []
    quote, in_word = "", False
    chars = iter(enumerate(text))
    for index, char in chars:
        if not quote and char in SPACE:
            if in_word:
                yield "".join(word)
            word, in_word = [], False
            continue
        in_word = in_word or char != escape or index + 1 < len(text)
        if char == escape and quote != "'":
            if index + 1 == len(text):
                break
            word += [char, next(chars)[1]]
            continue
        if not quote and char in "'\"":
            quote = char
        elif char == quote:
            quote = ""
        word.append(char)
    if word:
        yield "".join(word)


def split_flags(text: str) -> tuple[tuple[str, ...], str]:
    """The flags that a text begins with, their quotes removed, and the rest of the text.
    BuildKit reads bytes here, so that a byte 0x85 or 0xA0 inside of a character ends a flag; so does this."""
    data = text.encode("utf-8", "surrogateescape").decode("latin-1")
    flags: list[str] = []
    at = 0
    while True:
        while at < len(data) and data[at] in SPACE:
            at += 1
        if at == len(data):
            return tuple(flags), ""
        if not data.startswith("--", at):
            return tuple(flags), _characters(data[at:])
        word, at, written = _flag(data, at)
        if word == "--":
            return tuple(flags), _characters(data[at:])
        if word or written:
            flags.append(_characters(word))


def _flag(data: str, at: int) -> tuple[str, int, bool]:
    """One flag, where it ends, and whether it has quotes. What `# escape=` says does not hold here."""
    word: list[str] = []
    quote, quoted = "", False
    while at < len(data):
        char = data[at]
        if not quote and char in SPACE:
            break
        at += 1
        if not quote and char in "'\"":
            quote, quoted = char, True
        elif char == quote:
            quote = ""
        elif char == "\\":
            word.append(data[at : at + 1])
            at += 1
        else:
            word.append(char)
    return "".join(word), min(at, len(data)), quoted


def _characters(data: str) -> str:
    return data.encode("latin-1").decode("utf-8", "surrogateescape")
