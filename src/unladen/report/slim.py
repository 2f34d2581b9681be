"""What a slimming did, for a person and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from unladen._slim import Slimmed
from unladen._slim_project import ProjectSlimmed
from unladen.keep.ledger import Removed, total
from unladen.outcome import Climbed
from unladen.proof.interface import Coverage
from unladen.report.figures import clean

SHOWN = 5
"""Packages that were tried in part, of which the summary tells."""


def render(done: ProjectSlimmed, *, ledger: bool = False) -> RenderableType:
    """The summary; with `ledger` all that was removed."""
    parts: list[RenderableType] = [Text(clean(line)) for line in _lines(done)]
    if ledger:
        parts += [Text(""), _ledger(done.slimmed.removed)]
    return Group(*parts)


def _lines(done: ProjectSlimmed) -> Iterator[str]:
    slimmed, baseline = done.slimmed, done.climb.baseline
    before = baseline.weight.size_bytes if isinstance(baseline, Climbed) else 0
    full, slim = slimmed.full_weight, slimmed.weight
    yield (
        f"{slimmed.full.name}: {_mb(full.size_bytes)} → slim: {_mb(slim.size_bytes)} "
        f"({_mb(slim.compressed_bytes)} compressed, {slim.files} files), baseline: {_mb(before)}"
    )
    yield _proof(slimmed)
    if slimmed.held_back:
        yield (
            f"{slimmed.held} of {slimmed.held_back} cases that were held back from the trace held before any "
            "repair: so much for behaviour that nobody tested"
        )
    elif slimmed.held_back == 0:
        yield "too few cases to hold some back from the trace: nothing is known about behaviour nobody tested"
    for each in slimmed.mended:
        yield f"repaired in round {each.round}: {each.case} ({each.difference}): {each.added}, {each.lines} lines"
    for lost in slimmed.verdict.environment if slimmed.verdict else ():
        yield f"environment: {lost.check}: {lost.baseline} became {lost.rung}"
    for problem in slimmed.trace_problems:
        yield f"warning: the trace is not complete: {problem}"
    for part in slimmed.unexercised[:SHOWN]:
        yield (
            f"not tried: {part.modules - part.loaded} of {part.modules} modules of {part.kind} {part.name} "
            f"(such as {part.examples[0]})"
        )
    if slimmed.verdict and (never := _never_asked(slimmed.verdict.coverage)):
        yield f"not tried: {', '.join(never)}"
    rows = slimmed.removed
    yield f"removed: {_mb(total(rows))} in {sum(row.files for row in rows)} files of {len(rows)} packages"


def _never_asked(coverage: Coverage) -> list[str]:
    return [route for route in coverage.known if route not in coverage.asked]


def _proof(slimmed: Slimmed) -> str:
    verdict = slimmed.verdict
    if verdict is None:
        return f"not slimmed: it does not start: {slimmed.failure.splitlines()[0]}"
    if verdict.holds:
        return f"proved: all {verdict.cases} cases as the baseline answers them"
    if not verdict.different:
        return "not slimmed: its environment lost what programs rely on"
    return f"not slimmed: {verdict.different} of {verdict.cases} cases still differ after the last repair"


def _ledger(rows: tuple[Removed, ...]) -> Table:
    grid = Table(box=None, pad_edge=False)
    for column in ("Removed", "Files", "Kept", "Package", "Why"):
        grid.add_column(column, justify="right" if column in ("Removed", "Files", "Kept") else "left")
    for row in rows:
        name = f"{row.kind} {row.name}".strip()
        grid.add_row(_mb(row.bytes), str(row.files), str(row.kept_files), clean(name), row.reason)
    return grid


def render_json(done: ProjectSlimmed) -> str:
    """Sizes in bytes. `held_back` is null where the list was not made from a trace."""
    slimmed, baseline, verdict = done.slimmed, done.climb.baseline, done.slimmed.verdict
    value = {
        "project": done.climb.project.name,
        "rung": slimmed.full.name,
        "policy": slimmed.keep.policy,
        "proved": slimmed.holds,
        "baseline_bytes": baseline.weight.size_bytes if isinstance(baseline, Climbed) else None,
        "full_bytes": slimmed.full_weight.size_bytes,
        "slim_bytes": slimmed.weight.size_bytes,
        "slim_compressed_bytes": slimmed.weight.compressed_bytes,
        "slim_files": slimmed.weight.files,
        "cases": verdict.cases if verdict else 0,
        "different": verdict.different if verdict else None,
        "failure": slimmed.failure,
        "held_back": slimmed.held_back,
        "held": slimmed.held,
        "environment": [vars(each) for each in verdict.environment] if verdict else [],
        "repairs": [vars(each) for each in slimmed.mended],
        "trace_problems": slimmed.trace_problems,
        "unexercised": [vars(each) for each in slimmed.unexercised],
        "removed": [vars(row) for row in slimmed.removed],
        "dockerfile": slimmed.dockerfile,
    }
    return json.dumps(value, indent=2) + "\n"


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
