"""Changes to a Dockerfile's text, made by the spans of its instructions; all else stays the same to the byte."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from unladen.dockerfile.parse import Dockerfile, Instruction

WIDTH = 116
"""Characters of a line that is written, but for what continues it."""


@dataclass(frozen=True)
class Edit:
    """Puts `text` in the place of the characters from `start` to `end`. Its line breaks become the file's."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Change:
    """One edit of the user's file. `why` is one line: "apt's package lists are not kept: 19 MB in the image"."""

    edit: Edit
    why: str


@dataclass(frozen=True)
class Reason:
    """Why the lines `first` to `last` of a text, counted from 0, are as they are."""

    first: int
    last: int
    why: str

    def below(self, lines: int) -> Reason:
        """The same where so many lines are put above them."""
        return Reason(self.first + lines, self.last + lines, self.why)


def replace(instruction: Instruction, text: str) -> Edit:
    return Edit(instruction.start, instruction.end, text)


def insert(offset: int, text: str) -> Edit:
    return Edit(offset, offset, text)


def before(dockerfile: Dockerfile, instruction: Instruction, text: str) -> Edit:
    """Whole lines above an instruction."""
    return insert(_bounds(dockerfile, instruction)[0], text + "\n")


def after(dockerfile: Dockerfile, instruction: Instruction, text: str) -> Edit:
    """Whole lines below an instruction and its here-documents."""
    end = _bounds(dockerfile, instruction)[1]
    ends_the_line = dockerfile.text[:end].endswith("\n")
    return insert(end, text + "\n" if ends_the_line else f"\n{text}\n")


def remove(dockerfile: Dockerfile, instruction: Instruction) -> Edit:
    """The instruction's lines. Comments above it stay."""
    return Edit(*_bounds(dockerfile, instruction), "")


def reasons(text: str, changes: Iterable[Change]) -> tuple[Reason, ...]:
    """Why which lines of a file that had `text` before the changes are as they are after them. What was removed is
    counted where it was."""
    newline, found, moved = _newline(text), [], 0
    for each in sorted(changes, key=lambda each: (each.edit.start, each.edit.end)):
        start, end, put = each.edit.start, each.edit.end, each.edit.text.replace("\n", newline)
        first = text.count("\n", 0, start) + moved
        inside = put.rstrip("\r\n")
        begins_below = text[start : start + 1] in ("", "\r", "\n") and text[:start].rpartition("\n")[2]
        above = len(put) - len(put.lstrip("\r\n")) if begins_below else 0
        found.append(Reason(first + put.count("\n", 0, above), first + inside.count("\n"), each.why))
        moved += put.count("\n") - text.count("\n", start, end)
    return tuple(found)


def wrapped(head: str, words: Iterable[str], escape: str = "\\") -> str:
    """The words behind the head, in lines that are not too long."""
    lines, line = [], head
    for word in words:
        if len(line) + len(word) > WIDTH and line != head:
            lines.append(line)
            line = f"    {word}"
        else:
            line = f"{line} {word}"
    return f" {escape}\n".join([*lines, line])


def apply(dockerfile: Dockerfile, edits: Iterable[Edit]) -> str:
    """The text with all edits made, those at the same place in their order. Raises ValueError where two overlap."""
    text = dockerfile.text
    newline = _newline(text)
    parts: list[str] = []
    at = 0
    for each in sorted(edits, key=lambda each: (each.start, each.end)):
        if each.start < at:
            raise ValueError(f"two edits overlap at character {each.start}")
        parts += [text[at : each.start], each.text.replace("\n", newline)]
        at = each.end
    return "".join([*parts, text[at:]])


def _newline(text: str) -> str:
    return "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"


def _bounds(dockerfile: Dockerfile, instruction: Instruction) -> tuple[int, int]:
    """Where the instruction's first line begins (after a byte order mark) and the line after its last one does."""
    starts = dockerfile.line_starts
    first = starts[bisect_right(starts, instruction.start) - 1]
    after_last = next((start for start in starts if start >= instruction.end), len(dockerfile.text))
    return first or int(dockerfile.text.startswith("\ufeff")), after_last
