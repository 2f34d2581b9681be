"""Paths that a framework writes as regular expressions, as templates with examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

_PARSER: Any = import_module("re._parser")
"""Python's own reader of regular expressions. Not documented; it has been the same since Python 2."""
_ANYTHING = "a"
_CATEGORIES = {"CATEGORY_DIGIT": "1", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " "}


@dataclass(frozen=True)
class Template:
    """`path` has {name} for each group, {arg1} for one without a name; `examples` what the groups match."""

    path: str
    examples: dict[str, str] = field(default_factory=dict)


def template(pattern: str) -> Template | None:
    """The shortest path that the expression matches; None for what is no regular expression of Python's."""
    try:
        parsed = _PARSER.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
    names = {number: name for name, number in parsed.state.groupdict.items()}
    examples: dict[str, str] = {}
    path = "".join(_texts(parsed, names, examples))
    return Template(path, examples)


def example(pattern: str) -> str:
    """A short text that the expression matches."""
    found = template(pattern)
    if found is None:
        return _ANYTHING
    text = found.path
    for name, value in found.examples.items():
        text = text.replace(f"{{{name}}}", value)
    return text or _ANYTHING


def _texts(parsed: Any, names: dict[int, str], examples: dict[str, str] | None) -> Iterator[str]:
    """`examples` None: groups within a group are a part of its example."""
    for code, argument in parsed:
        match str(code):
            case "LITERAL":
                yield chr(argument)
            case "ANY":
                yield _ANYTHING
            case "NOT_LITERAL":
                yield "b" if argument == ord("a") else _ANYTHING
            case "IN":
                yield _one_of(argument)
            case "SUBPATTERN":
                yield from _group(argument[0], argument[-1], names, examples)
            case "ATOMIC_GROUP":
                yield from _texts(argument, names, examples)
            case "BRANCH":
                yield from _texts(argument[1][0], names, examples)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, repeated = argument
                times = least or int(examples is None and most > 1)  # an empty parameter says little
                for _ in range(min(int(times), 64)):
                    yield from _texts(repeated, names, examples)


def _group(
    number: int | None, inside: Any, names: dict[int, str], examples: dict[str, str] | None
) -> Iterator[str]:
    if number is None or examples is None:
        yield from _texts(inside, names, examples)
        return
    name = names.get(number, f"arg{number}")
    examples[name] = "".join(_texts(inside, names, None))
    yield f"{{{name}}}"


def _one_of(choices: Any) -> str:
    if str(choices[0][0]) == "NEGATE":
        excluded = [(str(code), value) for code, value in choices[1:]]
        return next((each for each in "a1-_b" if not _has(excluded, each)), _ANYTHING)
    found = {str(code): value for code, value in reversed(choices)}
    if "RANGE" in found:
        low, high = found["RANGE"]
        return chr(low + (chr(low) == "0" and high > low))
    if "CATEGORY" in found:
        return _CATEGORIES.get(str(found["CATEGORY"]), _ANYTHING)
    return chr(found["LITERAL"]) if "LITERAL" in found else _ANYTHING


def _has(excluded: list[tuple[str, Any]], character: str) -> bool:
    number = ord(character)
    return any(
        value == number
        if code == "LITERAL"
        else value[0] <= number <= value[1]
        if code == "RANGE"
        else str(value) == "CATEGORY_WORD" or (str(value) == "CATEGORY_DIGIT" and character.isdigit())
        for code, value in excluded
    )
