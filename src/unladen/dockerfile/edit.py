"""Changes to a Dockerfile's text, made by the spans of its instructions; all else stays the same to the byte."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from unladen.dockerfile.parse import Dockerfile, Instruction


@dataclass(frozen=True)
class Edit:
    """Puts `text` in the place of the characters from `start` to `end`. Its line breaks become the file's."""

    start: int
    end: int
    text: str


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


def apply(dockerfile: Dockerfile, edits: Iterable[Edit]) -> str:
    """The text with all edits made, those at the same place in their order. Raises ValueError where two overlap."""
    text = dockerfile.text
    newline = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    parts: list[str] = []
    at = 0
    for each in sorted(edits, key=lambda each: (each.start, each.end)):
        if each.start < at:
            raise ValueError(f"two edits overlap at character {each.start}")
        parts += [text[at : each.start], each.text.replace("\n", newline)]
        at = each.end
    return "".join([*parts, text[at:]])


def _bounds(dockerfile: Dockerfile, instruction: Instruction) -> tuple[int, int]:
    """Where the instruction's first line begins (after a byte order mark) and the line after its last one does."""
    starts = dockerfile.line_starts
    first = starts[bisect_right(starts, instruction.start) - 1]
    after_last = next((start for start in starts if start >= instruction.end), len(dockerfile.text))
    return first or int(dockerfile.text.startswith("\ufeff")), after_last
