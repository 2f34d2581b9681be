"""A Dockerfile's instructions and the lines they span: enough to add to one without changing what it says.

Format: the Dockerfile reference (parser directives, line continuation, here-documents).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

DIRECTIVE = re.compile(r"^#\s*([A-Za-z][\w-]*)\s*=\s*(.*?)\s*$")
HEREDOC = re.compile(r"(?<![<\w])\d*<<(-?)([\"']?)([A-Za-z_][\w.-]*)\2(?!<)")
TAKES_HEREDOC = frozenset({"RUN", "COPY", "ADD"})


@dataclass(frozen=True)
class Instruction:
    """`name` is upper-case; `text` the whole of it on one line (continuations joined, comments left out);
    `first` and `last` are line indices from 0, here-document bodies included."""

    name: str
    text: str
    first: int
    last: int

    @property
    def arguments(self) -> str:
        return self.text.partition(" ")[2].strip()


@dataclass(frozen=True)
class Dockerfile:
    lines: tuple[str, ...]
    directives: tuple[tuple[str, str, int], ...]
    """(name in lower case, value, line index) of `# syntax=`, `# escape=`, `# check=` at the top."""
    instructions: tuple[Instruction, ...]

    def stages(self) -> Iterator[tuple[Instruction, tuple[Instruction, ...]]]:
        """Each FROM with the instructions of its stage."""
        starts = [i for i, instruction in enumerate(self.instructions) if instruction.name == "FROM"]
        for start, end in itertools.pairwise([*starts, len(self.instructions)]):
            yield self.instructions[start], self.instructions[start + 1 : end]


def parse_dockerfile(text: str) -> Dockerfile:
    """Never fails: what is no Dockerfile is for the engine to refuse."""
    lines = tuple(text.removeprefix("\ufeff").removesuffix("\n").split("\n"))
    directives = _directives(lines)
    escape = next((value for name, value, _ in directives if name == "escape"), "\\")
    return Dockerfile(lines, directives, tuple(_instructions(lines, len(directives), escape)))


def _directives(lines: tuple[str, ...]) -> tuple[tuple[str, str, int], ...]:
    """They come first; the first line that is none ends them."""
    found: list[tuple[str, str, int]] = []
    for index, line in enumerate(lines):
        match = DIRECTIVE.match(line)
        if not match or match[1].lower() not in ("syntax", "escape", "check"):
            break
        found.append((match[1].lower(), match[2], index))
    return tuple(found)


def _instructions(lines: tuple[str, ...], start: int, escape: str) -> Iterator[Instruction]:
    index = start
    while index < len(lines):
        if _is_blank(lines[index]):
            index += 1
            continue
        first = index
        words, index = _logical_line(lines, index, escape)
        name = words.split(maxsplit=1)[0].upper() if words.split() else ""
        if name in TAKES_HEREDOC:
            index = _after_heredocs(lines, index, words)
        yield Instruction(name, " ".join(words.split()), first, index - 1)


def _logical_line(lines: tuple[str, ...], index: int, escape: str) -> tuple[str, int]:
    """The text up to the end of the continuation, and the index of the line after it."""
    parts: list[str] = []
    while index < len(lines):
        line = lines[index]
        index += 1
        if parts and _is_blank(line):
            continue  # comments and empty lines do not end a continuation
        body = line.rstrip()
        if not body.endswith(escape):
            parts.append(body)
            break
        parts.append(body[: -len(escape)])
    return "".join(parts), index


def _after_heredocs(lines: tuple[str, ...], index: int, words: str) -> int:
    for dash, _, name in HEREDOC.findall(words):
        for end in range(index, len(lines)):
            line = lines[end].rstrip("\r")
            if (line.lstrip("\t") if dash else line) == name:
                index = end + 1
                break
    return index


def _is_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")
