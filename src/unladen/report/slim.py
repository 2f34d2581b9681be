"""What a slimming did, for a person and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from unladen.keep import compare
from unladen.keep.ledger import Removed, total
from unladen.proof.level import MEANING, evidence, level
from unladen.report.figures import clean, short
from unladen.report.interface import loss_text
from unladen.slimming.interface import ENOUGH_HELD_BACK, UNKNOWN, Slimmed, Summary

SHOWN = 5
"""Packages that were tried in part, and stale lines, of which the summary tells."""

THIN = f"the evidence is thin, little more than start and stop was asked: {UNKNOWN}"

VALUE = 80
"""Characters of a value of the environment that the summary shows; --json has it all."""


def render(summary: Summary, *, ledger: bool = False) -> RenderableType:
    """The summary; with `ledger` all that was removed."""
    parts: list[RenderableType] = [Text(clean(line)) for line in _lines(summary)]
    if ledger:
        parts += [Text(""), _ledger(summary.slimmed.removed)]
    return Group(*parts)


def _lines(summary: Summary) -> Iterator[str]:
    slimmed = summary.slimmed
    full, slim = slimmed.full, slimmed.weight
    told = summary.baseline_bytes != full.size_bytes
    yield (
        f"{slimmed.full.made_from}: {_mb(full.size_bytes)} → slim: {_mb(slim.size_bytes)} "
        f"({_mb(slim.compressed_bytes)} compressed, {slim.files} files)"
        + (f", baseline: {_mb(summary.baseline_bytes)}" if told else "")
    )
    yield _proof(slimmed)
    if slimmed.untraced:
        yield f"warning: made without a trace, whole packages by what is installed: {slimmed.untraced}"
    if slimmed.is_thin:
        yield f"warning: {THIN}"
    if slimmed.held_back:
        what = (
            "an estimate for behaviour that nobody tested"
            if slimmed.held_back >= ENOUGH_HELD_BACK
            else f"fewer than {ENOUGH_HELD_BACK} are no estimate for behaviour that nobody tested"
        )
        yield (
            f"{slimmed.held} of {slimmed.held_back} cases that were held back from the trace passed before any "
            f"repair: {what}"
        )
    elif slimmed.held_back == 0:
        yield "too few cases to hold some back from the trace: nothing is known about behaviour that nobody tested"
    for each in slimmed.mended:
        yield f"repaired in round {each.round}: {each.case} ({each.difference}): {each.added}, {each.lines} lines"
    for loss in slimmed.verdict.static.unexplained[:SHOWN] if slimmed.verdict else ():
        yield f"differs: {loss_text(loss)}"
    for mismatch in slimmed.verdict.mismatches[:SHOWN] if slimmed.verdict else ():
        why = f" ({mismatch.cause})" if mismatch.cause else ""
        yield f"differs: {mismatch.request or mismatch.case}: {mismatch.difference}{why}"
    for lost in slimmed.verdict.environment if slimmed.verdict else ():
        yield f"environment: {lost.check}: {_value(lost.baseline)} became {_value(lost.rung)}"
    for problem in slimmed.trace_problems:
        yield f"warning: the trace is not complete: {problem}"
    if slimmed.moved:
        yield f"warning: the list is of an image with other packages: {_some(slimmed.moved)}"
    if slimmed.stale:
        yield (
            "warning: lines of the list that name nothing in the image: "
            f"{_some([rule.line for rule in slimmed.stale])}"
        )
    if slimmed.declared_gone:
        yield f"declared, and gone: {', '.join(slimmed.declared_gone)}"
    for part in slimmed.unexercised[:SHOWN]:
        yield (f"not tried: {part} (such as {part.examples[0]}); --include pkg:{part.name} keeps it whole")
    if slimmed.verdict and (never := slimmed.verdict.coverage.never_asked):
        yield f"not tried: {', '.join(never)}"
    yield from (f"note: {note}" for note in summary.notes)
    rows = slimmed.removed
    yield f"removed: {_mb(total(rows))} in {sum(row.files for row in rows)} files of {len(rows)} packages"
    if stripped := slimmed.stripped:
        size, only = _mb(sum(stripped.values())), "which only debuggers and profilers read"
        yield f"stripped: {size} of symbols in {len(stripped)} files, {only}"
    if slimmed.change is not None:
        yield ""
        yield from (compare.render(slimmed.change) or "a fresh trace would change nothing").splitlines()


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _value(value: object) -> str:
    return short(value if isinstance(value, str) else json.dumps(value, default=str), VALUE)


def _proof(slimmed: Slimmed) -> str:
    verdict = slimmed.verdict
    if verdict is None:
        return f"not slimmed: it does not start: {slimmed.failure.splitlines()[0]}"
    said = evidence(verdict)
    if said.level == "none" and verdict.holds:
        return f"not proved: {MEANING['none']}; next: {said.next_step}"
    if verdict.holds:
        told = f"proved ({said.level}): all {verdict.cases - said.failed_alike} cases as the baseline answers them"
        told += f", {said.failed_alike} more failed alike, which proves nothing" if said.failed_alike else ""
        return told + (f"; for a stronger proof: {said.next_step}" if said.level == "thin" else "")
    if verdict.static.unexplained and not verdict.different:
        return "not slimmed: its image lacks, or has otherwise, what nothing explains"
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


def render_json(summary: Summary) -> str:
    """Sizes in bytes. `held_back` is null where the list was not made from a trace, `change` where none was asked."""
    slimmed, verdict, change = summary.slimmed, summary.slimmed.verdict, summary.slimmed.change
    value = {
        "project": summary.subject,
        "rung": slimmed.full.made_from,
        "policy": slimmed.keep.policy,
        "proved": slimmed.holds,
        "baseline_bytes": summary.baseline_bytes,
        "notes": list(summary.notes),
        "full_bytes": slimmed.full.size_bytes,
        "slim_bytes": slimmed.weight.size_bytes,
        "slim_compressed_bytes": slimmed.weight.compressed_bytes,
        "slim_files": slimmed.weight.files,
        "cases": verdict.cases if verdict else 0,
        "different": verdict.different if verdict else None,
        "mismatches": [vars(each) for each in verdict.mismatches] if verdict else [],
        "level": level(verdict) if verdict else None,
        "failed_alike": list(verdict.failed_alike) if verdict else [],
        "failure": slimmed.failure,
        "held_back": slimmed.held_back,
        "held": slimmed.held,
        "environment": [vars(each) for each in verdict.environment] if verdict else [],
        "repairs": [vars(each) for each in slimmed.mended],
        "untraced": slimmed.untraced,
        "trace_problems": slimmed.trace_problems,
        "declared_gone": list(slimmed.declared_gone),
        "moved": list(slimmed.moved),
        "stale_lines": [rule.line for rule in slimmed.stale],
        "unexercised": [vars(each) for each in slimmed.unexercised],
        "removed": [vars(row) for row in slimmed.removed],
        "stripped": dict(slimmed.stripped),
        "change": None if change is None else _change(change),
        "seconds": {phase: round(seconds, 2) for phase, seconds in slimmed.seconds.items()},
        "dockerfile": slimmed.dockerfile,
    }
    return json.dumps(value, indent=2) + "\n"


def _change(change: compare.Difference) -> dict[str, object]:
    return {
        "stale": change.stale,
        "packages": list(change.packages),
        "gone": [rule.line for rule in change.gone],
        "added": [_group(each) for each in change.added],
        "removed": [_group(each) for each in change.removed],
    }


def _group(each: compare.Change) -> dict[str, object]:
    return {
        "line": each.rule.line,
        "reason": each.rule.reason,
        "files": list(each.files),
        "bytes": each.bytes,
    }


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
