"""What stands below the table: differences with their requests, failures, coverage, bases, the advice."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from unladen.climb.interface import Climb, Different, Failed, Judged, Measured, Proved
from unladen.proof.interface import BatteryDifference, Loss, Mismatch, Verdict
from unladen.proof.level import MEANING, evidence, in_words
from unladen.report.figures import clean, percent, risk, seconds, short, size
from unladen.report.grid import Paragraph
from unladen.report.interface import Row, loss_text, rows

SHOWN = 3
"""Mismatches shown for a rung; --json has them all."""
SHOWN_LOSSES = 8
"""Losses of the image shown for a rung."""
LAST_LINES = 8
"""Lines shown of what a failed build or program said last."""


def sections(climb: Climb) -> Iterator[RenderableType]:
    """The sections that have something to say, each after an empty line."""
    shown = rows(climb)
    made = (
        _legend(shown),
        *(_different(row) for row in shown if isinstance(row.outcome, Different)),
        *(_failed(row) for row in shown if isinstance(row.outcome, Failed)),
        _on_purpose(shown),
        _environment(shown),
        _coverage(shown),
        _slimmed(shown),
        _bases(shown),
        _warnings(climb, shown),
        _recommendation(climb, shown),
        _kept(climb),
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
    if any(outcome.times.timed == "recommended" for outcome in measured):
        notes.append(
            "Only the cold builds of the baseline and the recommended rung are timed; --time all times every build."
        )
    if remembered := [outcome.rung.name for outcome in measured if outcome.remembered]:
        notes.append(f"Remembered from an earlier run on the same inputs: {clean(', '.join(remembered))}.")
    return [Paragraph(Text(note, style="dim")) for note in notes] if measured else []


def _different(row: Row) -> Section:
    if row.measured is None:
        return []
    title = Paragraph(Text.assemble((f"{clean(row.name)} differs: ", "bold red"), clean(row.reason)))
    return [title, *differences(row.measured.verdict, "this rung")]


def differences(verdict: Verdict, name: str) -> Section:
    """Every kind of difference with what both sides answered and its cause; `name` is what is not the baseline."""
    kinds = list(_alike(verdict.mismatches).values())
    section = losses(verdict)
    section += [line for kind in kinds[:SHOWN] for line in _mismatch(kind, name)]
    if more := sum(len(kind) for kind in kinds[SHOWN:]):
        section.append(_and_more(more))
    return section + [
        Paragraph(change_text(change).append(" (disqualifies)", "red"), 2, 2)
        for change in verdict.environment
        if change.fatal
    ]


def losses(verdict: Verdict) -> Section:
    """What the image has not of the baseline's, and nothing explains."""
    lost = verdict.static.unexplained
    shown = [
        Paragraph(Text.assemble((f"{each.kind:<14}", "dim"), (short(loss_text(each)), "red")), 2, 14)
        for each in lost[:SHOWN_LOSSES]
    ]
    return [*shown, *([_and_more(len(lost) - SHOWN_LOSSES)] if len(lost) > SHOWN_LOSSES else [])]


def _and_more(count: int) -> Paragraph:
    return Paragraph(Text(f"and {count} more; --json has them", style="dim"), 2)


def intended(verdict: Verdict) -> Section:
    """What the image changes on purpose, by the reason."""
    reasons: dict[str, list[Loss]] = {}
    for loss in verdict.static.losses:
        if loss.intended:
            reasons.setdefault(loss.intended, []).append(loss)
    return [
        Paragraph(Text.assemble((f"{clean(why)}: ", "dim"), short(_summed(changes), 160)), 2, 2)
        for why, changes in reasons.items()
    ]


def _summed(changes: list[Loss]) -> str:
    if len(changes) == 1:
        return loss_text(changes[0])
    return f"{len(changes):,} changes, such as {loss_text(changes[0])}"


def _alike(mismatches: tuple[Mismatch, ...]) -> dict[tuple[str, str], list[Mismatch]]:
    """Mismatches by difference and cause: one missing library breaks many requests in one way."""
    kinds: dict[tuple[str, str], list[Mismatch]] = {}
    for mismatch in mismatches:
        kinds.setdefault((mismatch.difference, mismatch.cause), []).append(mismatch)
    return kinds


def _mismatch(kind: list[Mismatch], name: str) -> Section:
    first, *others = kind
    facts = (
        ("baseline", first.baseline),
        (name, first.rung),
        ("difference", first.difference),
        ("likely cause", first.cause),
        ("alike", f"{len(others)} more, the first {others[0].request or others[0].case}" if others else ""),
    )
    said = [
        Paragraph(Text.assemble((f"{label:<14}", "dim"), short(fact)), 4, 14) for label, fact in facts if fact
    ]
    return [Paragraph(Text(short(first.request or first.case), style="bold"), 2, 2), *said]


def change_text(change: BatteryDifference) -> Text:
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


def _on_purpose(shown: tuple[Row, ...]) -> Section:
    """What the recommended rung changes of the image, which its declarations explain."""
    row = next((row for row in shown if row.recommended), None)
    changes = intended(row.measured.verdict) if row and row.measured else []
    title = "Changed on purpose, as it declares: "
    return [Paragraph(Text.assemble((title, "bold"), clean(row.name))), *changes] if row and changes else []


def _environment(shown: tuple[Row, ...]) -> Section:
    """What requests never show and does not disqualify: each change once, with the rungs that have it."""
    rungs: dict[str, tuple[Text, list[str]]] = {}
    for row in shown:
        for change in row.measured.verdict.environment if row.measured else ():
            if not change.fatal:
                text = change_text(change)
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


def _coverage(shown: tuple[Row, ...]) -> Section:
    """What the recommended rung's proof rests on, or the first one's that has one."""
    judged = [row.outcome for row in sorted(shown, key=lambda row: not row.recommended)]
    verdict = next((each.verdict for each in judged if isinstance(each, Proved)), None)
    verdict = verdict or next((each.verdict for each in judged if isinstance(each, Judged)), None)
    return [] if verdict is None else rests_on(verdict)


def rests_on(verdict: Verdict) -> Section:
    """How much was compared, in figures and in a word, and what would raise it."""
    said = evidence(verdict)
    note = f". {clean(verdict.coverage.note)}" if verdict.coverage.note else ""
    section = [Paragraph(Text.assemble(("What was compared: ", "bold"), clean(in_words(said)), note), 0, 2)]
    if verdict.holds:
        level = Text.assemble((f"Level {said.level}: ", "bold"), MEANING[said.level])
        section.append(Paragraph(level, 0, 2))
    if failing := verdict.failed_alike:
        more = f" and {len(failing) - SHOWN} more" if len(failing) > SHOWN else ""
        named = clean("; ".join(failing[:SHOWN])) + more
        section.append(Paragraph(Text(f"failed alike, which proves nothing: {named}", style="yellow"), 2, 2))
    return [*section, *_unasked(verdict)]


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


def _kept(climb: Climb) -> Section:
    if not climb.kept:
        return []
    said = f"{', '.join(climb.kept.values())}; unladen clean --remove --images removes them."
    return [Paragraph(Text.assemble(("Images that stay: ", "bold"), clean(said)), 0, 2)]


def _written(climb: Climb) -> Section:
    section = []
    if climb.written:
        said = Text.assemble(("Written: ", "bold"), clean(", ".join(climb.written)))
        section.append(Paragraph(said, 0, 2))
    elif climb.recommended:
        hint = (
            f"Nothing was written; --write writes the Dockerfile of {climb.recommended} and a .dockerignore, "
            "--patch FILE a patch."
        )
        section.append(Paragraph(Text(clean(hint))))
    if climb.seconds:
        spent = f"{seconds(climb.seconds)} in all, {seconds(climb.own_seconds)} of it unladen's own."
        section.append(Paragraph(Text(spent, style="dim")))
    return section
