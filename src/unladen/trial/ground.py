"""The ground that rungs are compared on: the corpus, and what the baseline answered, twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from unladen.engine.interface import Engine
from unladen.errors import BadProject
from unladen.language.interface import Details, Project
from unladen.proof.compare import compare
from unladen.proof.corpus import combined
from unladen.proof.interface import (
    BatteryProgram,
    Corpus,
    Coverage,
    Program,
    ProofPlan,
    Recording,
    Verdict,
)
from unladen.proof.masks import Volatility, volatility
from unladen.proof.record import record, running
from unladen.proof.sources.configured import corpus_from_config, health_only, run_only
from unladen.proof.sources.discover import find_openapi
from unladen.proof.sources.openapi import corpus_from_openapi


@dataclass(frozen=True)
class Ground:
    """What every rung has to equal. `baseline` is its image; `own` the verdict of its second run against its
    first."""

    baseline: str
    program: Program
    corpus: Corpus
    battery: BatteryProgram
    recordings: tuple[Recording, ...]
    volatile: Volatility
    own: Verdict


def program_of(project: Project[Details], plan: ProofPlan) -> Program:
    """How the project's program is run on every rung."""
    return Program(
        port=project.port.value,
        health=project.health.value,
        env=project.env,
        start_timeout=plan.healthy_within,
        grace=plan.stop_within,
        port_source=project.port.source,
    )


def survey(engine: Engine, image: str, program: Program, plan: ProofPlan, battery: BatteryProgram) -> Ground:
    """Finds the corpus at the running baseline and records its answers twice: what differs is volatile.

    Raises NotHealthy when the baseline itself never answers.
    """
    corpus = find_corpus(engine, image, program, plan)
    first, _ = record(engine, image, program, corpus, battery)
    second, _ = record(engine, image, program, corpus, battery)
    volatile = volatility(corpus, first, second)
    own = compare(first, second, volatile, corpus, battery)
    return Ground(image, program, corpus, battery, (first, second), volatile, own)


def judge(engine: Engine, image: str, ground: Ground) -> Verdict:
    """The verdict on an image. Raises NotHealthy when it never answers.

    Before a difference counts, the baseline is asked a third time: an answer that is random may have been the
    same twice by chance.
    """
    recording, _ = record(engine, image, ground.program, ground.corpus, ground.battery)
    verdict = _compared(recording, ground)
    if not verdict.different:
        return verdict
    third, _ = record(engine, ground.baseline, ground.program, ground.corpus, ground.battery)
    recordings = (*ground.recordings, third)
    wider = replace(ground, recordings=recordings, volatile=volatility(ground.corpus, *recordings))
    return _compared(recording, wider)


def _compared(recording: Recording, ground: Ground) -> Verdict:
    return compare(ground.recordings[0], recording, ground.volatile, ground.corpus, ground.battery)


def find_corpus(engine: Engine, image: str, program: Program, plan: ProofPlan) -> Corpus:
    """The user's own cases first; then the OpenAPI document's; else what little is left."""
    parts = []
    if plan.requests or plan.commands:
        parts.append(corpus_from_config(plan.requests, plan.commands))
    if program.port is not None and plan.openapi:
        with running(engine, image, program) as get:
            document = find_openapi(get)
        if document is not None:
            parts.append(_generated(document, plan))
    if plan.learned.cases:
        parts.append(plan.learned)
    if any(part.cases for part in parts):
        return combined(*parts)
    little = run_only() if program.port is None else health_only(program.health)
    return combined(*parts, little)


def _generated(document: dict[str, Any], plan: ProofPlan) -> Corpus:
    """A document that cannot be read costs the cases it would have given, not the climb; the report says so."""
    try:
        return corpus_from_openapi(document, seed=plan.seed, at_least=plan.cases)
    except BadProject as error:
        return Corpus((), Coverage(note=f"the OpenAPI document was not used: {error}"))
