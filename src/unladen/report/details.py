"""What stands below the table: differences with their requests, failures, coverage, bases, the advice."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from unladen.climb.interface import Climb, Different, Failed, Measured
from unladen.proof.interface import BatteryDifference, Mismatch, Verdict
from unladen.report.figures import clean, percent, risk, seconds, short, size
from unladen.report.grid import Paragraph
from unladen.report.interface import Row, rows

SHOWN = 3
"""Mismatches shown for a rung; --json has them all."""
LAST_LINES = 8
"""Lines shown of what a failed build or program said last."""


def sections(climb: Climb) -> Iterator[RenderableType]:
    """The sections that have something to say, each after an empty line."""
    shown = rows(climb)
    made = (
        _legend(shown),
        *(_different(row) for row in shown if isinstance(row.outcome, Different)),
        *(_failed(row) for row in shown if isinstance(row.outcome, Failed)),
        _environment(shown),
        _coverage(climb),
        _slimmed(shown),
        _bases(shown),
        _warnings(climb, shown),
        _recommendation(climb, shown),
        _written(climb),
    )
    for section in made:
        if section:
            yield Text()
            yield from section


Section = list[Paragraph]


def _legend(shown: tuple[Row, ...]) -> Section:
    measured = [row.measured for row in shown if row.measured]
    notes = ["1 MB is 1,000,000 bytes; compressed: gzip -6, as a registry stores it."]
    if any(outcome.verdict.volatile for outcome in measured):
        notes.append(
            "Volatile: differs between two runs of the baseline itself, the same once that is masked."
        )
    if remembered := [outcome.rung.name for outcome in measured if outcome.remembered]:
        notes.append(f"Remembered from an earlier run on the same inputs: {clean(', '.join(remembered))}.")
    return [Paragraph(Text(note, style="dim")) for note in notes] if measured else []


def _different(row: Row) -> Section:
    if row.measured is None:
        return []
    verdict = row.measured.verdict
    kinds = list(_alike(verdict.mismatches).values())
    section = [Paragraph(Text.assemble((f"{clean(row.name)} differs: ", "bold red"), clean(row.reason)))]
    section += [line for kind in kinds[:SHOWN] for line in _mismatch(kind)]
    if more := sum(len(kind) for kind in kinds[SHOWN:]):
        section.append(Paragraph(Text(f"and {more} more; --json has them", style="dim"), 2))
    return section + [
        Paragraph(_change(change).append(" (disqualifies)", "red"), 2, 2)
        for change in verdict.environment
        if change.fatal
    ]


def _alike(mismatches: tuple[Mismatch, ...]) -> dict[tuple[str, str], list[Mismatch]]:
    """Mismatches by difference and cause: one missing library breaks many requests in one way."""
    kinds: dict[tuple[str, str], list[Mismatch]] = {}
    for mismatch in mismatches:
        kinds.setdefault((mismatch.difference, mismatch.cause), []).append(mismatch)
    return kinds


def _mismatch(kind: list[Mismatch]) -> Section:
    first, *others = kind
    facts = (
        ("baseline", first.baseline),
        ("this rung", first.rung),
        ("difference", first.difference),
        ("likely cause", first.cause),
        ("alike", f"{len(others)} more, the first {others[0].request or others[0].case}" if others else ""),
    )
    said = [
        Paragraph(Text.assemble((f"{label:<14}", "dim"), short(fact)), 4, 14) for label, fact in facts if fact
    ]
    return [Paragraph(Text(short(first.request or first.case), style="bold"), 2, 2), *said]


def _change(change: BatteryDifference) -> Text:
    moved = f"{_value(change.baseline)} → {_value(change.rung)}"
    meaning = f": {clean(change.meaning)}" if change.meaning else ""
    return Text.assemble((clean(change.check), "bold"), f"  {moved}{meaning}")


def _value(value: object) -> str:
    if value is None:
        return "none"
    return short(value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False), 60)


def _failed(row: Row) -> Section:
    detail = row.outcome.detail if isinstance(row.outcome, Failed) else ""
    lines = clean(detail).strip("\n").splitlines()[-LAST_LINES:]
    title = Text.assemble((f"{clean(row.name)} failed: ", "bold red"), clean(row.reason))
    return [Paragraph(title), *(Paragraph(Text(line, style="dim"), 2, 2) for line in lines)]


def _environment(shown: tuple[Row, ...]) -> Section:
    """What requests never show and does not disqualify: each change once, with the rungs that have it."""
    rungs: dict[str, tuple[Text, list[str]]] = {}
    for row in shown:
        for change in row.measured.verdict.environment if row.measured else ():
            if not change.fatal:
                text = _change(change)
                rungs.setdefault(text.plain, (text, []))[1].append(row.name)
    if not rungs:
        return []
    return [
        Paragraph(Text("Other changes of the environment; none of these disqualifies", style="bold")),
        *(Paragraph(_in(text, names), 2, 2) for text, names in rungs.values()),
    ]


def _in(text: Text, names: list[str]) -> Text:
    """The text with the rungs that it is true of."""
    return text.append(f"  ({clean(', '.join(names))})", "dim") if names else text


def _coverage(climb: Climb) -> Section:
    verdict = next((o.verdict for o in (climb.baseline, *climb.rungs) if isinstance(o, Measured)), None)
    if verdict is None:
        return []
    said = Text.assemble(("How much was proved: ", "bold"), _covered(verdict))
    return [Paragraph(said, 0, 2), *_unasked(verdict)]


def _covered(verdict: Verdict) -> str:
    coverage, checks = verdict.coverage, verdict.environment_checks
    if not verdict.cases:
        said = "start-up and health check alone; no interface was found to ask"
    elif coverage.known:
        asked = sum(route in coverage.asked for route in coverage.known)
        said = f"{verdict.cases} cases over {asked} of {len(coverage.known)} known routes or commands"
    else:
        said = f"{verdict.cases} cases; how much of the interface they ask is not known"
    said += f", and {checks} checks of the environment" if checks else ""
    return said + (f". {clean(coverage.note)}" if coverage.note else "")


def _unasked(verdict: Verdict) -> Section:
    missing = verdict.coverage.never_asked
    if not missing:
        return []
    more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
    return [Paragraph(Text(f"never asked: {clean(', '.join(missing[:8]))}{more}", style="yellow"), 2, 2)]


def _slimmed(shown: tuple[Row, ...]) -> Section:
    """The risk of each slimmed rung: what its list was made from, and how much of it nobody tried."""
    return [
        Paragraph(Text.assemble((f"{clean(row.name)}: ", "bold"), clean(text)), 0, 2)
        for row in shown
        if row.slimming
        for text in risk(row.slimming)
    ]


def _bases(shown: tuple[Row, ...]) -> Section:
    origins: dict[str, dict[str, None]] = {}
    for row in shown:
        for base in row.outcome.bases if isinstance(row.outcome, Measured | Failed) else ():
            origins.setdefault(base.origin, {})[base.name] = None
    section = []
    for origin, names in origins.items():
        said = f"{', '.join(names)}: {origin or 'of unknown origin'}."
        if "Debian packages" in origin:
            said += (
                " Such stand-ins differ in size from Docker Hub's images: compare percentages, not megabytes."
            )
        section.append(Paragraph(Text.assemble(("Bases: ", "bold"), clean(said)), 0, 2))
    return section


def _warnings(climb: Climb, shown: tuple[Row, ...]) -> Section:
    """What the proof warns of and what the user should know of rungs that can be had, each said once."""
    warnings: dict[str, list[str]] = {}
    notes: dict[str, list[str]] = {note: [] for note in climb.notes}
    for row in shown:
        if row.measured:
            for warning in row.measured.verdict.warnings:
                warnings.setdefault(warning, []).append(row.name)
            for note in row.measured.rung.notes:
                notes.setdefault(note, []).append(row.name)
    said = [(("Warning: ", "bold yellow"), *it) for it in warnings.items()]
    said += [(("Note: ", "bold"), *it) for it in notes.items()]
    return [Paragraph(_in(Text.assemble(label, clean(what)), names), 0, 2) for label, what, names in said]


def _recommendation(climb: Climb, shown: tuple[Row, ...]) -> Section:
    chosen = next((row for row in shown if row.recommended), None)
    reasons = [Paragraph(Text(f"• {clean(reason)}"), 2, 2) for reason in climb.reasons]
    if chosen is None or chosen.measured is None:
        return [Paragraph(Text("No rung is recommended.", style="bold yellow")), *reasons]
    figures = (
        f"  {size(chosen.measured.weight.size_bytes)}, {percent(chosen.cumulative)} less than the baseline"
    )
    return [Paragraph(Text.assemble((f"Recommended: {clean(chosen.name)}", "bold green"), figures)), *reasons]


def _written(climb: Climb) -> Section:
    section = []
    if climb.written:
        said = Text.assemble(("Written: ", "bold"), clean(", ".join(climb.written)))
        section.append(Paragraph(said, 0, 2))
    elif climb.recommended:
        hint = (
            f"Nothing was written; --write writes the Dockerfile of {climb.recommended} and a .dockerignore."
        )
        section.append(Paragraph(Text(clean(hint))))
    if climb.seconds:
        spent = f"{seconds(climb.seconds)} in all, {seconds(climb.own_seconds)} of it unladen's own."
        section.append(Paragraph(Text(spent, style="dim")))
    return section
