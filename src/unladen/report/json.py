"""The report for programs: JSON of a fixed layout and key order, which `schema.json` beside it describes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from unladen import __version__
from unladen.climb.interface import Base, Climb, Failed, Measured, Slimming
from unladen.language.interface import Details, Project
from unladen.proof.interface import StaticEvidence, Verdict
from unladen.proof.level import evidence
from unladen.report.interface import Row, rows

SCHEMA_VERSION = 1
"""Grows when a key is removed or changes its meaning; a new key is no new version."""


def schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) that every output of `as_dict` satisfies."""
    text = resources.files("unladen.report").joinpath("schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def render(climb: Climb) -> str:
    """The climb as JSON text. Bytes that are no UTF-8 (in paths) come out as lone surrogate escapes."""
    text = json.dumps(as_dict(climb), indent=2, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def as_dict(climb: Climb) -> dict[str, Any]:
    """The climb as plain values. What was not measured is None, never 0."""
    baseline, *rungs = rows(climb)
    return {
        "schema_version": SCHEMA_VERSION,
        "unladen": __version__,
        "project": _project(climb.project),
        "engine": {
            "name": climb.engine.name,
            "version": climb.engine.version,
            "builder": climb.engine.builder,
        },
        "host": list(climb.host),
        "baseline": _rung(baseline, climb.kept),
        "rungs": [_rung(row, climb.kept) for row in rungs],
        "recommended": climb.recommended,
        "reasons": list(climb.reasons),
        "written": list(climb.written),
        "seconds": round(climb.seconds, 3),
        "own_seconds": round(climb.own_seconds, 3),
        "notes": list(climb.notes),
    }


def _project(project: Project[Details]) -> dict[str, Any]:
    manifests = [_inside(path, project) for path in project.manifests]
    extra = project.details.beliefs()
    return {
        "name": project.name,
        "root": str(project.root.absolute()),
        "language": project.language,
        "version": project.version.value,
        "start": list(project.start.value),
        "port": project.port.value,
        "health": project.health.value,
        "native": list(project.native.value),
        "manifests": manifests,
        "dockerfile": None if project.dockerfile is None else _inside(project.dockerfile, project),
        "extra": {name: fact.value for name, fact in extra.items()},
        "sources": {
            "language": project.language_source or ", ".join(manifests),
            "version": project.version.source,
            "start": project.start.source,
            "port": project.port.source,
            "health": project.health.source,
            "native": project.native.source,
            **{name: fact.source for name, fact in extra.items()},
        },
    }


def _inside(path: Path, project: Project[Details]) -> str:
    """A path of the project, relative to its root."""
    return str(path.relative_to(project.root) if path.is_relative_to(project.root) else path)


def _rung(row: Row, kept: Mapping[str, str]) -> dict[str, Any]:
    rung, built, measured = row.outcome.rung, row.buildable, row.measured
    weight = measured.weight if measured else None
    times = measured.times if measured else None
    return {
        "name": rung.name,
        "status": row.status,
        "reason": row.reason or None,
        "why": rung.why,
        "goal": row.goal,
        "image": measured.image if measured else None,
        "kept_as": kept.get(rung.name),
        "size_bytes": weight.size_bytes if weight else None,
        "compressed_bytes": weight.compressed_bytes if weight else None,
        "files": weight.files if weight else None,
        "layers": weight.layers if weight else None,
        "build_cold_s": _seconds(times.build_cold_s) if times else None,
        "build_warm_s": _seconds(times.build_warm_s) if times else None,
        "start_s": _seconds(times.start_s) if times else None,
        "baseline_start_s": _seconds(min(times.baseline_starts_s, default=None)) if times else None,
        "reduction": _fraction(row.reduction),
        "cumulative_reduction": _fraction(row.cumulative),
        "proof": proof(measured.verdict) if measured else None,
        "base": _base(row.base),
        "bases": _bases(row),
        "takes_away": list(row.takes_away),
        "notes": list(built.notes) if built else [],
        "detail": (row.outcome.detail or None) if isinstance(row.outcome, Failed) else None,
        "dockerfile": built.dockerfile if built else "",
        "context_files": dict(row.proposal.files) if row.proposal else {},
        "slimming": _slimming(row.slimming) if row.slimming else None,
        "remembered": measured.remembered if measured else False,
    }


def _slimming(slimming: Slimming) -> dict[str, Any]:
    return {
        "made_from": slimming.made_from,
        "policy": slimming.policy,
        "removed_bytes": slimming.removed_bytes,
        "held_back": slimming.held_back,
        "held": slimming.held,
        "repairs": slimming.repairs,
        "not_tried": list(slimming.not_tried),
        "problems": list(slimming.problems),
        "declared_gone": list(slimming.declared_gone),
    }


def proof(verdict: Verdict) -> dict[str, Any]:
    """A verdict, whole."""
    said = evidence(verdict)
    return {
        "holds": verdict.holds,
        "cases": verdict.cases,
        "same": verdict.same,
        "volatile": verdict.volatile,
        "different": verdict.different,
        "not_run": verdict.not_run,
        "mismatches": [
            {
                "case": m.case,
                "request": m.request,
                "baseline": m.baseline,
                "rung": m.rung,
                "difference": m.difference,
                "cause": m.cause or None,
            }
            for m in verdict.mismatches
        ],
        "environment": [
            {
                "check": d.check,
                "baseline": _plain(d.baseline),
                "rung": _plain(d.rung),
                "meaning": d.meaning,
                "fatal": d.fatal,
            }
            for d in verdict.environment
        ],
        "environment_checks": verdict.environment_checks,
        "coverage": {
            "known": list(verdict.coverage.known),
            "asked": list(verdict.coverage.asked),
            "note": verdict.coverage.note,
        },
        "warnings": list(verdict.warnings),
        "level": said.level,
        "next_step": said.next_step or None,
        "failed_alike": list(verdict.failed_alike),
        "counting": said.counting,
        "routes_asked": said.asked,
        "routes_known": said.known,
        "modules": said.modules,
        "static": static(verdict.static),
    }


def static(found: StaticEvidence) -> dict[str, Any]:
    """What the image has of the baseline's."""
    return {
        "counts": dict(found.counts),
        "losses": [
            {
                "kind": loss.kind,
                "subject": loss.subject,
                "difference": loss.difference,
                "origin": loss.origin or None,
                "intended": loss.intended or None,
                "count": loss.count,
            }
            for loss in found.losses
        ],
        "seconds": _seconds(found.seconds),
    }


def _bases(row: Row) -> list[dict[str, str | None]]:
    outcome, named = row.outcome, row.buildable.bases if row.buildable else ()
    known = {base.name: base for base in outcome.bases} if isinstance(outcome, Measured | Failed) else {}
    made = [_base(known.get(name, Base(name, ""))) for name in dict.fromkeys((*named, *known))]
    return [base for base in made if base is not None]


def _base(base: Base | None) -> dict[str, str | None] | None:
    return None if base is None else {"name": base.name, "origin": base.origin or None}


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _fraction(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _plain(value: object) -> Any:
    """What a battery printed is JSON already; anything else is shown as its text."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case None | bool() | int() | float() | str():
            return value
        case Mapping():
            return {str(key): _plain(inner) for key, inner in value.items()}
        case bytes():
            return value.decode("utf-8", "backslashreplace")
        case Sequence() | frozenset() | set():
            return [_plain(inner) for inner in value]
        case _:
            return str(value)
