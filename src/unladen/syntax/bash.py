"""Shell scripts, as sh and bash read them: units that can be taken out one by one, and the commands in them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from unladen.syntax.grammar import Grammar

if TYPE_CHECKING:
    from tree_sitter import Node

GRAMMAR = Grammar("tree_sitter_bash")
SHELLS = frozenset(("sh", "bash", "ash", "dash", "ksh", "zsh"))
BUILT_IN = frozenset((
    ".", ":", "alias", "bg", "break", "cd", "command", "continue", "echo", "eval", "exit", "export", "false", "fg",
    "getopts", "hash", "jobs", "kill", "local", "printf", "pwd", "read", "readonly", "return", "set", "shift",
    "source", "test", "times", "trap", "true", "type", "ulimit", "umask", "unalias", "unset", "wait",
))  # fmt: skip
"""What a shell does itself: a program of the name may be missing, or do otherwise."""
_COMMANDS = ("command", "declaration_command", "unset_command", "test_command")


@dataclass(frozen=True)
class Redirect:
    """`> file`: the operator, and the word behind it ("" for a here-document)."""

    operator: str
    target: str


@dataclass(frozen=True)
class Command:
    """A simple command. `words` have no quotes any more; variables and substitutions are in them as written.
    `text` is the source with assignments and redirections, `start` and `end` its place in the script (characters)."""

    words: tuple[str, ...]
    assignments: tuple[tuple[str, str], ...]
    redirects: tuple[Redirect, ...]
    text: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """The program without its folder: "pip" of `/opt/venv/bin/pip install x`; "" for mere assignments."""
        return self.words[0].rpartition("/")[2] if self.words else ""


@dataclass(frozen=True)
class Unit:
    """One link of `a && b; c`: a simple command, or a pipeline, loop, subshell or `a || b` as a whole.
    `joiner` stands before it: "" for the first, "&&", ";" or a line break."""

    text: str
    start: int
    end: int
    joiner: str
    commands: tuple[Command, ...]
    """Every simple command in it, those of substitutions and nested lists included."""
    is_simple: bool


@dataclass(frozen=True)
class Script:
    """`is_understood`: whether the grammar could read all of it."""

    text: str
    units: tuple[Unit, ...]
    is_understood: bool

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        return tuple(command for unit in self.units for command in unit.commands)


def read(text: str) -> Script:
    """A script that is not understood has one unit, the whole of it; one that is nested too deep (hundreds of brackets
    in each other), without its commands."""
    source = _Source(text)
    root = GRAMMAR.parse(source.data)
    try:
        if root.has_error:
            return Script(text, (source.unit(root, "", text.strip()),) if text.strip() else (), False)
        return Script(text, tuple(source.units(root)), True)
    except RecursionError:
        return Script(text, (Unit(text.strip(), 0, len(text.strip()), "", (), False),), False)


def programs(argv: tuple[str, ...]) -> Iterator[str]:
    """The programs that a command line runs, those of a shell's text included but for what the shell does itself."""
    if not argv:
        return
    yield argv[0]
    if posixpath.basename(argv[0]) not in SHELLS or len(argv) < 3 or not argv[1].startswith("-"):
        return
    for command in read(argv[2]).commands:
        words = [word for word in command.words if word != "exec"]
        if words and words[0] not in BUILT_IN and not any(sign in words[0] for sign in "$`*?[]{}()=<>"):
            yield words[0]


class _Source:
    """A script as the bytes that tree-sitter counts."""

    def __init__(self, text: str) -> None:
        self.data = text.encode("utf-8", "replace")
        self.text = text

    def at(self, byte: int) -> int:
        """The character that begins at a byte."""
        return byte if len(self.data) == len(self.text) else len(self.data[:byte].decode("utf-8", "ignore"))

    def part(self, node: Node) -> str:
        return self.text[self.at(node.start_byte) : self.at(node.end_byte)]

    def units(self, node: Node, joiner: str = "") -> Iterator[Unit]:
        if node.type == "comment":
            return
        if node.type == "program":
            previous = None
            for each in node.named_children:
                if each.type != "comment":
                    between = self.data[previous.end_byte : each.start_byte].decode() if previous else ""
                    mark = "" if previous is None else next((m for m in (";", "&") if m in between), "\n")
                    yield from self.units(each, mark)
                    previous = each
        elif _operator(node) == "&&":
            links = [node]
            while (
                _operator(links[0]) == "&&"
            ):  # a list holds the list before it: a thousand links, a thousand deep
                links[:1] = [links[0].named_children[0], links[0].named_children[-1]]
            for number, link in enumerate(links):
                yield from self.units(link, "&&" if number else joiner)
        elif node.type == "redirected_statement" and node.named_children[0].type == "list":
            *first, last = self.units(node.named_children[0], joiner)  # the redirection is the last one's
            yield from first
            text = self.text[last.start : self.at(node.end_byte)]
            yield replace(
                last,
                text=text,
                end=last.start + len(text),
                commands=tuple(self.commands(node))[-len(last.commands) :],
            )
        else:
            yield self.unit(node, joiner, self.part(node))

    def unit(self, node: Node, joiner: str, text: str) -> Unit:
        simple = node.type in (*_COMMANDS, "variable_assignment") or (
            node.type == "redirected_statement" and node.named_children[0].type == "command"
        )
        start = self.at(node.start_byte)
        return Unit(text, start, start + len(text), joiner, tuple(self.commands(node)), simple)

    def commands(self, node: Node) -> Iterator[Command]:
        """The simple commands in a node, those in substitutions included, in the order of the text."""
        if node.type == "redirected_statement":
            *found, last = (*self.commands(node.named_children[0]), None)
            redirects = tuple(
                self.redirect(each) for each in node.named_children if each.type.endswith("_redirect")
            )
            if found:
                end = self.at(node.end_byte)
                last = replace(found[-1], redirects=redirects, text=self.text[found[-1].start : end], end=end)
                yield from (*found[:-1], last)
            for each in node.named_children[1:]:
                yield from self.commands(each)
            return
        is_command = node.type in _COMMANDS
        if is_command or node.type == "variable_assignment":
            yield self.command(node)
        for each in _links(node):
            if is_command and each.type == "variable_assignment":
                for part in each.named_children:
                    yield from self.commands(part)
            else:
                yield from self.commands(each)

    def command(self, node: Node) -> Command:
        words: list[str] = []
        assignments: list[tuple[str, str]] = []
        own: list[Redirect] = []
        children = [node] if node.type == "variable_assignment" else node.children
        for each in children:
            if each.type == "variable_assignment" and (not words or node.type == "variable_assignment"):
                name, _, _ = self.part(each).partition("=")
                value = each.child_by_field_name("value")
                assignments.append((name, self.word(value) if value else ""))
            elif each.type.endswith("_redirect"):
                own.append(self.redirect(each))
            else:
                words.append(self.word(each))
        start, end = self.at(node.start_byte), self.at(node.end_byte)
        return Command(tuple(words), tuple(assignments), tuple(own), self.text[start:end], start, end)

    def redirect(self, node: Node) -> Redirect:
        operator = next((each.type for each in node.children if not each.is_named), "")
        target = node.child_by_field_name("destination")
        return Redirect(operator, self.word(target) if target else "")

    def word(self, node: Node) -> str:
        """The word without its quotes."""
        text = self.part(node)
        match node.type:
            case "string":
                return re.sub(r'\\([\\"$`\n])', lambda m: "" if m[1] == "\n" else m[1], text[1:-1])
            case "raw_string":
                return text[1:-1]
            case "word":
                return re.sub(r"\\(.|\n)", lambda m: "" if m[1] == "\n" else m[1], text)
            case "concatenation" | "command_name":
                return "".join(self.word(each) for each in node.children)
            case "variable_assignment":
                value = node.child_by_field_name("value")
                return f"{text.partition('=')[0]}={self.word(value) if value else ''}"
        return text


def _operator(node: Node) -> str:
    """What joins the links of a list; "" for other nodes."""
    if node.type != "list":
        return ""
    return next((each.type for each in node.children if each.type in ("&&", "||")), "")


def _links(node: Node) -> list[Node]:
    """What a node holds, and for a list all that it joins, however long it is."""
    links = list(node.named_children)
    while node.type == "list" and links[0].type == "list":
        links[:1] = links[0].named_children
    return links
