"""The commands that a help text lists, as argparse, click, typer, cobra, urfave/cli, clap and go lay it out."""

from __future__ import annotations

import re
from collections.abc import Iterator

COMMANDS = 40
"""So many commands are taken of one text."""
_IS_HELP = re.compile(
    r"^\W*(usage|(optional )?arguments|options|flags|(available )?(sub)?commands|synopsis)[ \t]*(?::|$)",
    re.IGNORECASE | re.MULTILINE,
)
_ARGPARSE = re.compile(r"(?<![\w=-] )\{([\w.:-]+(?:,[\w.:-]+)+)\}\s*(?:\.\.\.|$)", re.MULTILINE)
_HEADING = re.compile(r"(?:[\w ()]*\b)?(?:sub)?commands\b[\w ()]*:?$|.*\bcommands\b.*:$", re.IGNORECASE)
_ITEM = re.compile(
    r"(\s+)([a-z][\w.-]*(?::[\w.-]+)*)\*?((?:,\s*[\w-]+)*)(?:\s{2,}|\t|\s*$|:\s)", re.IGNORECASE
)
_PLACE = re.compile(r"^usage:(?:.+\n)*?.*(?<![\w\[{=-])([\w<>-]+) \.\.\.", re.IGNORECASE | re.MULTILINE)
"""argparse's word for the command, where the program gives one (metavar): the commands stand below it."""
_GROUP = re.compile(r"\[[\w.-]+\]")
_FRAME = re.compile(r"[│┃|]|^[╭┏┌╰└┗].*[╮┓┐╯┘┛]$")
_FRAME_TITLE = re.compile(r"^[╭┏┌][─━ ]*([\w ]+?)[─━ ]*[╮┓┐]$")
_STYLE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|.\x08")
_LEFT_OUT = frozenset({"help"})


def is_help(text: str) -> bool:
    """Whether it explains a program: a program that takes no arguments does its work instead."""
    return _IS_HELP.search(_bare(text)) is not None


def commands(text: str) -> tuple[str, ...]:
    """The names of the commands, each once, in the order of the text."""
    bare = _bare(text)
    found = [name for match in _ARGPARSE.finditer(bare) for name in match[1].split(",")]
    place = _PLACE.search(bare)
    found += _listed(bare.splitlines(), place[1] if place else "")
    return tuple(dict.fromkeys(name for name in found if name not in _LEFT_OUT))[:COMMANDS]


def _bare(text: str) -> str:
    """Without colours; of a frame its title as a heading, and its lines."""
    lines = (_STYLE.sub("", line).rstrip() for line in text.splitlines())
    return "\n".join(
        f"{title[1]}:" if (title := _FRAME_TITLE.match(line)) else _FRAME.sub(" ", line) for line in lines
    )


def _listed(lines: list[str], place: str) -> Iterator[str]:
    """The first words below a heading (or below the word that stands for a command), as long as lines are indented
    alike; deeper ones go on with an explanation."""
    indent = -1  # outside of a list of commands
    for line in lines:
        if not line.strip() or _GROUP.fullmatch(line):
            continue
        item = _ITEM.match(line.expandtabs(4))
        heading = _HEADING.fullmatch(line.strip()) and not (item and indent == len(item[1]))
        if heading or (line[0].isspace() and line.split()[0] == place):
            indent = 0
        elif not line[0].isspace():
            indent = -1
        elif indent >= 0 and item and indent in (0, len(item[1])):
            indent = len(item[1])
            yield item[2]
