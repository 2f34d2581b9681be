"""A proof of anybody's images, for a person, as Markdown and as JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from unladen import __version__
from unladen.proof.interface import Verdict
from unladen.proof.level import MEANING, evidence, in_words
from unladen.proving.intent import takes
from unladen.proving.interface import Candidate, Proof, Required
from unladen.report import details
from unladen.report import json as climb_json
from unladen.report.figures import clean, seconds, size
from unladen.report.grid import Paragraph
from unladen.report.interface import difference, loss_text

STYLES = {
    "same": "green",
    "identical": "green",
    "unproved": "yellow",
    "different": "bold red",
    "failed": "red",
}
SAID = {
    "same": "behaves the same",
    "identical": "is the baseline itself: the very same image, nothing was run",
    "unproved": "is not proved",
    "different": "differs",
    "failed": "does not run",
}
SHOWN = 10
"""Differences of a kind that Markdown lists."""


def render(proof: Proof, require: Required | None = None) -> RenderableType:
    """What was compared with what, and of each candidate every kind of difference with its cause."""
    parts: list[RenderableType] = [_heading(proof)]
    for each in proof.candidates:
        parts += [Text(), *_candidate(each, require)]
    if proof.notes:
        parts += [
            Text(),
            *(Paragraph(Text.assemble(("Note: ", "bold"), clean(each))) for each in proof.notes),
        ]
    if proof.seconds:
        parts += [Text(), Paragraph(Text(f"{seconds(proof.seconds)} in all.", style="dim"))]
    return Group(*parts)


def _heading(proof: Proof) -> Paragraph:
    baseline, program = proof.baseline, proof.program
    port = "no port" if program.port is None else f"port {program.port}"
    why = f" ({program.port_source})" if program.port_source and program.port is not None else ""
    health = f" · GET {program.health}" if program.health else ""
    said = f"  the baseline, {size(baseline.size_bytes)} · {port}{why}{health}"
    return Paragraph(Text.assemble((clean(baseline.name), "bold"), (clean(said), "dim")), 0, 2)


def _candidate(each: Candidate, require: Required | None) -> Iterator[RenderableType]:
    style, verdict = STYLES[each.status], each.verdict
    title = Text.assemble(
        (clean(each.subject.name), "bold"), f"  {size(each.subject.size_bytes)}  ", (summary(each), style)
    )
    yield Paragraph(title, 0, 2)
    if verdict is None:
        lines = clean(each.detail).strip("\n").splitlines()[-details.LAST_LINES :]
        yield from (Paragraph(Text(line, style="dim"), 2, 2) for line in lines)
        return
    yield from details.differences(verdict, "candidate")
    if words := meant(verdict):
        told = Text.assemble(("Meant to change? ", "bold"), "Declare it: ", clean(words))
        yield Paragraph(told, 2, 2)
    yield from details.rests_on(verdict)
    if changed := details.intended(verdict):
        yield Paragraph(Text("Changed, and explained:", style="bold"))
        yield from changed
    if kept := [change for change in verdict.environment if not change.fatal]:
        yield Paragraph(Text("Other changes of the environment; none of these disqualifies:", style="bold"))
        yield from (Paragraph(details.change_text(change), 2, 2) for change in kept)
    for warning in verdict.warnings:
        yield Paragraph(Text.assemble(("Warning: ", "bold yellow"), clean(warning)), 0, 2)
    said = evidence(verdict)
    if verdict.holds and said.next_step:
        short = f" (too thin for --require {require})" if each.is_thinner_than(require) and require else ""
        yield Paragraph(Text.assemble(("Next: ", "bold"), clean(said.next_step) + short), 0, 2)


def meant(verdict: Verdict) -> str:
    """The options that declare what differs in the image, as far as options can."""
    subjects = dict.fromkeys(loss.subject for loss in verdict.static.unexplained if takes(loss.subject))
    return " ".join(f"--intend {shlex.quote(each)}" for each in list(subjects)[: details.SHOWN_LOSSES])


def summary(each: Candidate) -> str:
    """How it did, in a line."""
    told = SAID[each.status]
    if each.failure:
        return f"{told}: {clean(each.failure)}"
    if each.status == "different" and each.verdict:
        return f"{told}: {clean(difference(each.verdict))}"
    return f"{told}: {each.level} ({MEANING[each.level]})" if each.level else told


# Markdown


def markdown(proof: Proof) -> str:
    """For a pull request's comment."""
    lines = [f"Baseline: `{proof.baseline.name}`, {size(proof.baseline.size_bytes)}.", ""]
    lines += ["| Candidate | Size | Result | Compared |", "| :--- | ---: | :--- | :--- |"]
    for each in proof.candidates:
        compared = in_words(evidence(each.verdict)) if each.verdict else "–"
        cells = (f"`{each.subject.name}`", size(each.subject.size_bytes), summary(each), compared)
        lines.append(f"| {' | '.join(map(_safe, cells))} |")
    for each in proof.candidates:
        if found := list(_differences(each)):
            lines += ["", f"`{each.subject.name}`:", "", *(f"- {_safe(line)}" for line in found)]
    lines += ["", *map(_safe, proof.notes)] if proof.notes else []
    return "\n".join(lines) + "\n"


def _differences(each: Candidate) -> Iterator[str]:
    if each.verdict is None:
        return
    lost, mismatches = each.verdict.static.unexplained, each.verdict.mismatches
    yield from (f"{loss.kind}: {loss_text(loss)}" for loss in lost[:SHOWN])
    yield from (
        f"environment: {change.check}: {change.meaning}"
        for change in each.verdict.environment
        if change.fatal
    )
    for mismatch in mismatches[:SHOWN]:
        cause = f" ({mismatch.cause})" if mismatch.cause else ""
        yield f"{mismatch.request or mismatch.case}: {mismatch.difference}{cause}"
    if more := max(0, len(lost) - SHOWN) + max(0, len(mismatches) - SHOWN):
        yield f"and {more} more"
    if each.status in ("same", "unproved") and (step := evidence(each.verdict).next_step):
        yield f"next: {step}"


def _safe(text: str) -> str:
    return " ".join(clean(text).split()).replace("|", "\\|").replace("<", "&lt;")


# JSON


def render_json(proof: Proof, require: Required | None = None) -> str:
    """Sizes in bytes, times in seconds. `proof` of a candidate is as in `unladen optimize --json` (schema.json), null
    where it was not run."""
    value = {
        "format": "unladen-prove-1",
        "unladen": __version__,
        "baseline": {
            "name": proof.baseline.name,
            "image": proof.baseline.image,
            "size_bytes": proof.baseline.size_bytes,
        },
        "port": proof.program.port,
        "port_source": proof.program.port_source or None,
        "health": proof.program.health,
        "require": require,
        "exit_code": proof.exit_code(require),
        "notes": list(proof.notes),
        "candidates": [_as_dict(each) for each in proof.candidates],
        "seconds": round(proof.seconds, 3),
    }
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def _as_dict(each: Candidate) -> dict[str, Any]:
    return {
        "name": each.subject.name,
        "image": each.subject.image,
        "size_bytes": each.subject.size_bytes,
        "status": each.status,
        "level": each.level,
        "summary": summary(each),
        "failure": each.failure or None,
        "detail": each.detail or None,
        "proof": climb_json.proof(each.verdict) if each.verdict else None,
    }
