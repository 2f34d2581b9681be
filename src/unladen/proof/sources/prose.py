"""Shell commands in what people write for people: fenced and indented code, prompts, inline code, continued lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from unladen.syntax import bash
from unladen.syntax.bash import Command

COMMANDS = 300
"""Commands of one text that are read."""
LINES = 80
"""Lines that one command may have."""
_LEAD = (
    r"(?:[\s>]*(?:[-*+]\s+|\d+\.\s+)?`{0,2}(?:[\w.@~/:-]*[$%#>❯]\s+)?(?:[^`]*?(?:&&|;)\s*)?"
    r"(?:(?:sudo|time)\s+)?(?:[A-Za-z_]\w*=\S*\s+)*)"
)
_INLINE_END = re.compile(r"(?<!`)`(?!`)")
_CODE = re.compile(r" {4}|\t|\s*[$%❯] ")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_ASSIGNED = re.compile(
    r"\s*(?:[$%]\s+)?(?:export\s+)?([A-Za-z_]\w*)=(\"[^\"$`]*\"|'[^']*'|[^\s\"'$`;&|]+)\s*$"
)
_NAME = re.compile(r"\$(?:\{([A-Za-z_]\w*)(?::-([^}]*))?\}|([A-Za-z_]\w*))")


def commands(text: str, names: Iterable[str], *, prose: bool = True) -> Iterator[tuple[int, Command]]:
    """(line, command) of each command that runs one of the programs. Variables that the text itself sets are filled
    in; others stay as they are written. `prose` takes lines outside of code, too: a program may be called like a word
    that sentences begin with."""
    lines = text.splitlines()
    program = "|".join(map(re.escape, names))
    begins = re.compile(rf"{_LEAD}(?P<command>(?:{program})\s.*)")
    inline = re.compile(rf"(?<!`)`(?:\$\s+)?(?P<command>(?:{program})\s[^`]+)`(?!`)")
    known: dict[str, str] = {}
    count, fenced = 0, False
    for number, line in enumerate(lines, 1):
        fenced ^= _FENCE.match(line) is not None
        if set_here := _ASSIGNED.match(line):
            known[set_here[1]] = set_here[2].strip("\"'")
        found = [each["command"] for each in inline.finditer(line)]
        if not found and (prose or fenced or _CODE.match(line)) and (begun := begins.match(line)):
            found = [_whole(begun["command"], lines[number : number + LINES])]
        count += len(found)
        if count > COMMANDS:
            return
        for each in found:
            if (command := _read(each, names)) is not None:
                yield number, replace(command, words=tuple(_filled(word, known) for word in command.words))


def _whole(first: str, following: list[str]) -> str:
    """The command to its end: a line goes on after a backslash, and while a quote is open."""
    whole, quote = first, _open_quote(first, "")
    for line in following:
        if not (quote or whole.endswith("\\")) or (_FENCE.match(line) and not quote):
            break
        whole += "\n" + line
        quote = _open_quote(line, quote)
    return whole if not quote else first


def _open_quote(line: str, quote: str) -> str:
    escaped = False
    for character in line:
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif character in "'\"" and quote in ("", character):
            quote = "" if quote else character
    return quote


def _read(text: str, names: Iterable[str]) -> Command | None:
    script = bash.read(text)
    if not script.is_understood and (end := _INLINE_END.search(text)):
        script = bash.read(text[: end.start()])
    found = (each for each in script.commands if each.words and each.name in names)
    return next(found, None) if script.is_understood else None


def _filled(word: str, known: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        return known.get(match[1] or match[3]) or match[2] or match[0]

    return _NAME.sub(value, word) if "$" in word else word
