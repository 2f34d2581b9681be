"""What the proof says of a fault: static evidence first; where that names it, its container need not run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from seeded.edits import Edited, edited, load
from seeded.faults import Fault
from seeded.grounds import Laid, built_wrong, edited_side
from unladen.engine.interface import Engine
from unladen.errors import NotHealthy
from unladen.proof.has.examine import examine, side
from unladen.proof.interface import StaticEvidence, Verdict
from unladen.proof.show import pair_text
from unladen.trial.ground import judge

Way = Literal["has", "can", "does", "start", "unnamed", "missed", "broken"]


@dataclass(frozen=True)
class Finding:
    """How a fault fared. `way` is the kind of evidence whose words name it; "unnamed": the verdict does not hold, and
    no cause names the fault; "broken": the benchmark could not make it. `said` is the difference that names it, or what
    was said instead. `seconds` are those of the judgement."""

    program: str
    name: str
    kind: str
    way: Way
    said: str
    seconds: float

    @property
    def caught(self) -> bool:
        return self.way in ("has", "can", "does", "start")


def find(engine: Engine, laid: Laid, fault: Fault) -> Finding:
    """Makes the image with the fault in it and judges that. Raises EngineFailed."""
    try:
        made = None if fault.source else edited(laid.image, fault.edit)
        begun = time.monotonic()
        way, said = _built(engine, laid, fault) if made is None else _edited(engine, laid, fault, made)
    except (ValueError, RuntimeError) as error:
        return Finding(fault.program, fault.name, fault.kind, "broken", str(error), 0.0)
    return Finding(fault.program, fault.name, fault.kind, way, said, time.monotonic() - begun)


def _edited(engine: Engine, laid: Laid, fault: Fault, made: Edited) -> tuple[Way, str]:
    static = StaticEvidence()
    if laid.ground.held is not None:
        static = examine(laid.ground.held, edited_side(laid, made), laid.intent)
    if named := naming(list(losses(static)), fault):
        return "has", named
    image = load(engine, laid.image, made)
    try:
        return _asked(engine, laid, fault, image, static)
    finally:
        engine.remove_image(image)


def _built(engine: Engine, laid: Laid, fault: Fault) -> tuple[Way, str]:
    image = built_wrong(engine, laid, fault)
    try:
        static = StaticEvidence()
        if laid.ground.held is not None:
            static = examine(laid.ground.held, side(engine, image, laid.base), laid.intent)
        named = naming(list(losses(static)), fault)
        return ("has", named) if named else _asked(engine, laid, fault, image, static)
    finally:
        engine.remove_image(image)


def _asked(engine: Engine, laid: Laid, fault: Fault, image: str, static: StaticEvidence) -> tuple[Way, str]:
    """What it can and does, where static evidence does not name the fault."""
    try:
        verdict = judge(engine, image, replace(laid.ground, held=None), laid.intent, laid.base)
    except NotHealthy as error:
        said = f"{error} {error.detail}"
        return ("start" if naming([said], fault) else "unnamed"), _short(said)
    can, does = list(environment(verdict)), list(mismatches(verdict))
    if named := naming(can, fault):
        return "can", named
    if named := naming(does, fault):
        return "does", named
    holds = replace(verdict, static=static).holds
    return ("missed" if holds else "unnamed"), _short("; ".join([*losses(static), *can, *does]))


def losses(static: StaticEvidence) -> Iterator[str]:
    for loss in static.unexplained:
        yield f"{loss.kind} {loss.subject}: {loss.difference} ({loss.origin})"


def environment(verdict: Verdict) -> Iterator[str]:
    for lost in verdict.environment:
        if lost.fatal:
            before, after = pair_text(lost.baseline, lost.rung)
            yield f"{lost.check}: {before} became {after}: {lost.meaning}"


def mismatches(verdict: Verdict) -> Iterator[str]:
    for one in verdict.mismatches:
        yield f"{one.request}: {one.difference} {one.cause} [{one.rung}]"


def naming(differences: list[str], fault: Fault) -> str:
    """The first difference that has one of the fault's words; "" where none has."""
    words = [word.lower() for word in fault.names]
    return next((_short(said) for said in differences if any(word in said.lower() for word in words)), "")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 400 else f"{text[:400]}…"
