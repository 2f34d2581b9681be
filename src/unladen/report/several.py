"""Several projects' climbs together: the table that closes them, and one document of all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from unladen import __version__
from unladen.climb.interface import Climb, Judged
from unladen.climb.parts import Done, Parts
from unladen.report import json as of_one
from unladen.report import markdown
from unladen.report.figures import NONE, clean, percent, short, size
from unladen.report.grid import Column, Grid, Line, Paragraph

NOTHING_BETTER = "no rung is recommended"
_ALL_FAILED = "every rung that was tried failed"


def table(done: Sequence[Done], parts: Parts) -> RenderableType:
    """A row a project, and what was passed over."""
    columns = (
        Column("Service" if _composed(done) else "Project", "left"),
        Column("Baseline"),
        Column("Recommended", "left"),
        Column("Size"),
        Column("Reduction"),
        Column("Evidence", "left"),
    )
    others = [
        Paragraph(Text.assemble(("Passed over: ", "bold"), clean(f"{name}: {why}.")), 0, 2)
        for name, why in parts.others.items()
    ]
    return Group(Grid(columns, tuple(map(_line, done))), *([Text()] if others else []), *others)


def render_markdown(done: Sequence[Done], parts: Parts) -> str:
    """Each project's table under its name."""
    said = []
    for each in done:
        failed = f"Failed: {' '.join(str(each.error).split())}\n" if each.error else ""
        said.append(f"## {each.part.name}\n\n{markdown.render(each.climb) if each.climb else ''}{failed}")
    said += [f"Passed over: {name}: {why}.\n" for name, why in parts.others.items()]
    return "\n".join(said)


def render_json(done: Sequence[Done], parts: Parts) -> str:
    """One object: `parts` in their order, each with the report that `unladen optimize --json` gives of it alone (None
    where it broke off), and what was passed over."""
    whole = {
        "schema_version": of_one.SCHEMA_VERSION,
        "unladen": __version__,
        "parts": [_part(each) for each in done],
        "passed_over": [{"name": name, "reason": why} for name, why in parts.others.items()],
    }
    text = json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def recommended(climb: Climb) -> Judged | None:
    found = (each for each in climb.rungs if each.rung.name == climb.recommended)
    return next((each for each in found if isinstance(each, Judged)), None)


def _composed(done: Sequence[Done]) -> bool:
    return any(each.part.composed is not None for each in done)


def _part(done: Done) -> dict[str, Any]:
    part, climb = done.part, done.climb
    chosen = recommended(climb) if climb else None
    return {
        "name": part.name,
        "folder": str(part.folder.absolute()),
        "dockerfile": part.dockerfile.file or None,
        "target": part.dockerfile.target or None,
        "failed": done.failed,
        "error": str(done.error) if done.error else None,
        "recommended": climb.recommended if climb else None,
        "baseline_bytes": climb.baseline.weight.size_bytes if climb else None,
        "size_bytes": chosen.weight.size_bytes if chosen else None,
        "level": chosen.evidence.level if chosen else None,
        "report": of_one.as_dict(climb) if climb else None,
    }


def _line(done: Done) -> Line:
    name = Text(clean(done.part.name))
    if done.climb is None:
        return Line((name,), Text.assemble(("failed", "red"), f": {short(str(done.error))}"))
    before = done.climb.baseline.weight.size_bytes
    chosen = recommended(done.climb)
    if chosen is None:
        why = Text(_ALL_FAILED, style="red") if done.failed else Text(NOTHING_BETTER, style="dim")
        return Line((name, Text(size(before))), why)
    after = chosen.weight.size_bytes
    return Line(
        (
            name,
            Text(size(before)),
            Text(clean(chosen.rung.name), style="bold green"),
            Text(size(after), style="bold"),
            Text(percent(1 - after / before) if before else NONE),
            Text(chosen.evidence.level),
        )
    )
