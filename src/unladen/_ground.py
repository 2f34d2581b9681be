"""The ground that rungs are compared on: the corpus, and what the baseline answered, twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from unladen.engine.interface import Engine, RunRequest
from unladen.language.interface import Project
from unladen.proof.compare import compare
from unladen.proof.corpus import combined
from unladen.proof.interface import (
    BatteryProgram,
    CommandCase,
    Corpus,
    Program,
    Recording,
    RequestCase,
    Response,
    Verdict,
)
from unladen.proof.masks import Volatility, volatility
from unladen.proof.record import HOST, record
from unladen.proof.replay import ask, connections, first_answer
from unladen.proof.sources.configured import corpus_from_config, health_only, run_only
from unladen.proof.sources.discover import find_openapi
from unladen.proof.sources.openapi import corpus_from_openapi


@dataclass(frozen=True)
class ProofPlan:
    """What the user says about the proof (unladen.toml's [verify]). Times in seconds."""

    requests: Sequence[RequestCase] = ()
    commands: Sequence[CommandCase] = ()
    seed: int = 0
    cases: int = 60
    openapi: bool = True
    healthy_within: float = 60.0
    stop_within: float = 10.0


@dataclass(frozen=True)
class Ground:
    """What every rung has to equal. `own` is the verdict of the baseline's second run against its first."""

    program: Program
    corpus: Corpus
    battery: BatteryProgram
    first: Recording
    volatile: Volatility
    own: Verdict


def survey(engine: Engine, image: str, project: Project, plan: ProofPlan, battery: BatteryProgram) -> Ground:
    """Finds the corpus at the running baseline and records its answers twice: what differs is volatile.

    Raises NotHealthy when the baseline itself never answers.
    """
    program = Program(
        port=project.port.value,
        health=project.health.value,
        env=project.env,
        start_timeout=plan.healthy_within,
        grace=plan.stop_within,
    )
    corpus = _corpus(engine, image, program, plan)
    first, _ = record(engine, image, program, corpus, battery)
    second, _ = record(engine, image, program, corpus, battery)
    volatile = volatility(corpus, first, second)
    own = compare(first, second, volatile, corpus, battery)
    return Ground(program, corpus, battery, first, volatile, own)


def judge(engine: Engine, image: str, ground: Ground) -> Verdict:
    """The verdict on an image. Raises NotHealthy when it never answers."""
    recording, _ = record(engine, image, ground.program, ground.corpus, ground.battery)
    return compare(ground.first, recording, ground.volatile, ground.corpus, ground.battery)


def _corpus(engine: Engine, image: str, program: Program, plan: ProofPlan) -> Corpus:
    """The user's own cases first; then the OpenAPI document's; else what little is left."""
    parts = []
    if plan.requests or plan.commands:
        parts.append(corpus_from_config(plan.requests, plan.commands))
    if program.port is not None and plan.openapi:
        with _running(engine, image, program, program.port) as get:
            document = find_openapi(get)
        if document is not None:
            parts.append(corpus_from_openapi(document, seed=plan.seed, at_least=plan.cases))
    if parts:
        return combined(*parts)
    return run_only() if program.port is None else health_only(program.health)


@contextmanager
def _running(engine: Engine, image: str, program: Program, port: int) -> Iterator[Callable[[str], Response]]:
    """A function that GETs a path of the running program."""
    container = engine.create(RunRequest(image, env=program.env, ports=(port,)))
    try:
        started = time.monotonic()
        container.start()
        host_port = container.host_port(port)
        first_answer(
            container, HOST, host_port, program.health, timeout=program.start_timeout, started_at=started
        )
        with connections() as transport:
            base = f"http://{HOST}:{host_port}"
            yield lambda path: ask(transport, RequestCase("", "", "GET", path), base)
    finally:
        container.remove()
