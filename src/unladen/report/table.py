"""The report for people: the guide's table, what it cost, and below it whatever a decision needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.text import Text

from unladen.climb.interface import Climb, Measured
from unladen.report import details
from unladen.report.figures import NONE, bar, clean, number, percent, proof, seconds, size
from unladen.report.grid import Column, Grid, Line, Paragraph
from unladen.report.interface import Row, rows

STYLES = {"proved": "green", "unproved": "yellow", "different": "bold red", "failed": "red", "skipped": "dim"}


def render(climb: Climb) -> RenderableType:
    """The whole report. It fits itself to the width of the console it is printed to."""
    return Group(heading(climb), Text(), Ladder(climb), *details.sections(climb))


def heading(climb: Climb) -> Paragraph:
    """What was measured, and with what."""
    project, engine = climb.project, climb.engine
    parts = [f"{project.language} {project.version.value}".strip()]
    if project.port.value is not None:
        parts.append(f"port {project.port.value}")
    if project.health.value:
        parts.append(f"GET {project.health.value}")
    parts.append(f"{engine.name} {engine.version}, {engine.builder}")
    return Paragraph(
        Text.assemble((clean(project.name), "bold"), (f"  {clean(' · '.join(parts))}", "dim")), 0, 2
    )


@dataclass(frozen=True)
class Ladder:
    """The guide's table with everything beside it; as several tables, one below the other, where too wide."""

    climb: Climb

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        shown = rows(self.climb)
        measured = tuple(row for row in shown if row.measured)
        gain = (_SIZE, _bars(shown), *_GAIN)
        for gained in (gain, (_SIZE, *_GAIN)):
            whole = _grid(shown, (*gained, *_COST, *_PROOF, *_PRICE))
            if whole.narrowest() <= options.max_width:
                yield whole
                return
        for index, fields in enumerate(_fitting(gain, measured, options.max_width)):
            if index == 0:
                yield _grid(shown, fields)
            elif measured:
                yield Text()
                yield _grid(measured, fields)


@dataclass(frozen=True)
class _Field:
    column: Column
    cell: Callable[[Row], Text]


def _fitting(gain: tuple[_Field, ...], shown: tuple[Row, ...], width: int) -> Iterator[tuple[_Field, ...]]:
    """The columns as two tables, or as more where even these are too wide."""
    for group in ((*gain, *_PROOF), (*_COST, *_PRICE)):
        chosen: tuple[_Field, ...] = ()
        for field in group:
            if chosen and _grid(shown, (*chosen, field)).narrowest() > width:
                yield chosen
                chosen = ()
            chosen = (*chosen, field)
        yield chosen


def _grid(shown: tuple[Row, ...], fields: tuple[_Field, ...]) -> Grid:
    columns = (Column("Rung", "left"), *(field.column for field in fields))
    return Grid(columns, tuple(_line(row, fields) for row in shown))


def _line(row: Row, fields: tuple[_Field, ...]) -> Line:
    if row.measured is None:
        word = Text(row.status, style=STYLES[row.status])
        return Line((_name(row),), word.append(f": {clean(row.reason)}"))
    return Line((_name(row), *(field.cell(row) for field in fields)))


def _name(row: Row) -> Text:
    name = clean(row.name)
    if row.recommended:
        return Text(f"▸ {name}", style="bold green")
    return Text(f"  {name}", style="dim" if row.status == "skipped" else "")


def _of(figure: Callable[[Measured], str], header: str) -> _Field:
    """A column of figures; what was not measured is dim."""

    def cell(row: Row) -> Text:
        text = figure(row.measured) if row.measured else NONE
        return Text(text, style="dim" if text == NONE else "")

    return _Field(Column(header), cell)


def _size(row: Row) -> Text:
    text = size(row.measured.weight.size_bytes) if row.measured else NONE
    return Text(text, style="bold green" if row.recommended else "bold")


def _reduction(row: Row) -> Text:
    return Text("baseline", style="dim") if row.is_baseline else _share(row.reduction)


def _share(fraction: float | None) -> Text:
    grew = fraction is not None and fraction < 0
    return Text(percent(fraction), style="yellow" if grew else "" if fraction is not None else "dim")


def _proof(row: Row) -> Text:
    if row.is_baseline or row.measured is None:
        return Text("reference", style="dim")
    return Text(proof(row.measured.verdict), style=STYLES[row.status])


def _takes_away(row: Row) -> Text:
    return Text(clean(", ".join(row.takes_away))) if row.takes_away else Text(NONE, style="dim")


_SIZE = _Field(Column("Image\nsize"), _size)
_BAR = 8
"""Cells of the bar that the largest image has."""


def _bars(shown: tuple[Row, ...]) -> _Field:
    """Sizes at a glance, against the largest image's."""
    most = max((row.measured.weight.size_bytes for row in shown if row.measured), default=0) or 1

    def cell(row: Row) -> Text:
        share = row.measured.weight.size_bytes / most if row.measured else 0
        return Text(bar(share, _BAR), style="green" if row.recommended else "dim")

    return _Field(Column("", "left"), cell)


_GAIN = (
    _Field(Column("Reduction"), _reduction),
    _Field(Column("Cumulative\nreduction"), lambda row: _share(row.cumulative)),
)
_COST = (
    _of(lambda measured: size(measured.weight.compressed_bytes), "Compressed"),
    _of(lambda measured: number(measured.weight.files), "Files"),
    _of(lambda measured: number(measured.weight.layers), "Layers"),
    _of(lambda measured: seconds(measured.times.build_cold_s), "Cold\nbuild"),
    _of(lambda measured: seconds(measured.times.build_warm_s), "Rebuild"),
)
_PROOF = (
    _of(lambda measured: seconds(measured.times.start_s), "Start →\nhealthy"),
    _Field(Column("Proof", "left", floor=10), _proof),
)
_PRICE = (_Field(Column("Takes away", "left", floor=20), _takes_away),)
