"""The table as Markdown, for a README or a pull request."""

from __future__ import annotations

from unladen.climb.interface import Climb
from unladen.report.figures import NONE, clean, number, percent, proof, risk, seconds, size
from unladen.report.interface import Row, loss_text, rows

HEADERS = (
    "Rung",
    "Image size",
    "Reduction",
    "Cumulative reduction",
    "Compressed",
    "Files",
    "Layers",
    "Cold build",
    "Rebuild",
    "Start → healthy",
    "Proof",
    "Takes away",
)
SHOWN = 8
"""Losses of an image that are listed."""
_LEFT = {"Rung", "Proof", "Takes away"}


def render(climb: Climb) -> str:
    """The table, what its bases are, and the recommendation."""
    shown = rows(climb)
    lines = [
        _line(HEADERS),
        _line(tuple(":---" if header in _LEFT else "---:" for header in HEADERS)),
        *(_line(_cells(row)) for row in shown),
        "",
        *_bases(shown),
        *_slimmed(shown),
        *_lost(shown),
    ]
    if climb.recommended:
        lines += [
            f"Recommended: **{_safe(climb.recommended)}**",
            "",
            *(f"- {_safe(r)}" for r in climb.reasons),
        ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _cells(row: Row) -> tuple[str, ...]:
    name = f"**{_safe(row.name)}**" if row.recommended else _safe(row.name)
    if row.measured is None:
        return (name, *[NONE] * 9, f"{row.status}: {_safe(row.reason)}", NONE)
    weight, times = row.measured.weight, row.measured.times
    return (
        name,
        size(weight.size_bytes),
        "baseline" if row.is_baseline else percent(row.reduction),
        percent(row.cumulative),
        size(weight.compressed_bytes),
        number(weight.files),
        number(weight.layers),
        seconds(times.build_cold_s),
        seconds(times.build_warm_s),
        seconds(times.start_s),
        "reference" if row.is_baseline else _safe(proof(row.measured.verdict)),
        _safe(", ".join(row.takes_away)) or NONE,
    )


def _bases(shown: tuple[Row, ...]) -> list[str]:
    origins: dict[str, dict[str, None]] = {}
    for row in shown:
        for base in row.measured.bases if row.measured else ():
            origins.setdefault(base.origin, {})[base.name] = None
    return [
        line
        for origin, names in origins.items()
        for line in (f"Bases: {', '.join(f'`{name}`' for name in names)} ({_safe(origin)}).", "")
    ]


def _slimmed(shown: tuple[Row, ...]) -> list[str]:
    """The risk of each slimmed rung."""
    made = []
    for row in shown:
        if row.slimming:
            made += [f"`{row.name}`: {_safe(' '.join(risk(row.slimming)))}", ""]
    return made


def _lost(shown: tuple[Row, ...]) -> list[str]:
    """What the images of the rungs that differ have lost."""
    made = []
    for row in shown:
        gone = row.measured.verdict.static.unexplained if row.measured else ()
        if gone:
            more = [f"- and {len(gone) - SHOWN} more"] if len(gone) > SHOWN else []
            told = [f"- {_safe(loss_text(loss))}" for loss in gone[:SHOWN]]
            made += [f"The image of `{row.name}` differs:", "", *told, *more, ""]
    return made


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _safe(text: str) -> str:
    """Text that neither breaks a cell nor becomes HTML."""
    return " ".join(clean(text).split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
