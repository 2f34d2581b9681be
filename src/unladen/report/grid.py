"""A table whose rows may span, which rich's own cannot: "skipped: why" runs over columns without figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

GAP = 2
MARGIN = 1


@dataclass(frozen=True)
class Column:
    """`header` may hold line breaks. Where the terminal is narrow, a column with a `floor` wraps between words
    down to that width (or its longest word); one without keeps its width."""

    header: str
    justify: Literal["left", "right"] = "right"
    floor: int | None = None


@dataclass(frozen=True)
class Line:
    """One row: a cell per column, or fewer and a `span` over the columns that are left."""

    cells: tuple[Text, ...]
    span: Text | None = None


@dataclass(frozen=True)
class Grid:
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]

    def narrowest(self) -> int:
        """The width in terminal cells below which words would break."""
        return MARGIN + sum(self._narrow(i) for i in range(len(self.columns))) + GAP * (len(self.columns) - 1)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = self._widths(options.max_width)
        headers = tuple(Text(column.header, style="bold") for column in self.columns)
        yield from self._row(console, headers, widths, from_below=True)
        yield Text(" " * MARGIN + "─" * (sum(widths) + GAP * (len(widths) - 1)), style="dim", no_wrap=True)
        for line in self.lines:
            yield from self._row(console, line.cells, widths, span=line.span)

    def _widths(self, room: int) -> list[int]:
        """Natural widths; what is too much is taken from the widest flexible column, a cell at a time."""
        widths = [self._natural(i) for i in range(len(self.columns))]
        floors = [self._narrow(i) for i in range(len(self.columns))]
        excess = MARGIN + sum(widths) + GAP * (len(widths) - 1) - room
        for _ in range(excess):
            shrinkable = [i for i, width in enumerate(widths) if width > floors[i]]
            if not shrinkable:
                break
            widths[max(shrinkable, key=lambda i: widths[i])] -= 1
        return widths

    def _natural(self, index: int) -> int:
        return max(_longest(text.plain.splitlines()) for text in self._texts(index))

    def _narrow(self, index: int) -> int:
        natural, floor = self._natural(index), self.columns[index].floor
        if floor is None:
            return natural
        return min(natural, max(floor, *(_longest(text.plain.split()) for text in self._texts(index))))

    def _texts(self, index: int) -> list[Text]:
        cells = [line.cells[index] for line in self.lines if index < len(line.cells)]
        return [Text(self.columns[index].header), *cells]

    def _row(
        self,
        console: Console,
        cells: tuple[Text, ...],
        widths: list[int],
        span: Text | None = None,
        from_below: bool = False,
    ) -> Iterator[Text]:
        widths = list(widths)
        justify = [column.justify for column in self.columns]
        if span is not None:
            at = len(cells)
            widths[at:] = [sum(widths[at:]) + GAP * (len(widths) - at - 1)]
            cells, justify = (*cells, span), [*justify[:at], "left"]
        wrapped = [list(cell.wrap(console, width)) for cell, width in zip(cells, widths, strict=True)]
        if from_below:
            height = max(map(len, wrapped))
            wrapped = [[Text()] * (height - len(lines)) + lines for lines in wrapped]
        for parts in zip_longest(*wrapped):
            row = Text(" " * MARGIN, no_wrap=True, end="\n")
            for index, (part, width, side) in enumerate(zip(parts, widths, justify, strict=True)):
                placed = part.copy() if part is not None else Text()
                placed.rstrip()
                placed.align(side, width)
                row.append_text(placed)
                row.append(" " * GAP if index < len(widths) - 1 else "")
            row.rstrip()
            yield row


@dataclass(frozen=True)
class Paragraph:
    """Wrapped text at an indentation; lines after the first hang `hang` cells deeper. No trailing blanks."""

    text: Text
    indent: int = 0
    hang: int = 0

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        margin = MARGIN + self.indent
        room = max(options.max_width - margin - self.hang, 20)
        for number, line in enumerate(self._wrapped(console, room)):
            line.rstrip()
            yield Text(" " * (margin + (self.hang if number else 0)), no_wrap=True).append_text(line)

    def _wrapped(self, console: Console, room: int) -> list[Text]:
        """The first line has `hang` cells more room, so it is cut off first."""
        first, *rest = self.text.wrap(console, room + self.hang)
        if not rest:
            return [first]
        left = self.text[len(first) :]
        left = left[len(left.plain) - len(left.plain.lstrip()) :]
        return [first, *left.wrap(console, room)]


def _longest(parts: list[str]) -> int:
    return max((Text(part).cell_len for part in parts), default=0)
