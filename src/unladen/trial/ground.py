"""The ground that rungs are compared on: the corpus, and what the baseline answered, twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from unladen.engine.interface import LACKS_LABEL, Engine
from unladen.language.interface import Details, Project, Proposal
from unladen.language.registry import ecosystems
from unladen.language.tests import Tests, Untested
from unladen.proof.accepts import ASKED_OTHERWISE
from unladen.proof.beside import beside
from unladen.proof.compare import compare
from unladen.proof.corpus import combined, looking_for, once
from unladen.proof.has.examine import examine, side
from unladen.proof.has.interface import Intent, Side
from unladen.proof.interface import (
    NO_CASES,
    BatteryProgram,
    Corpus,
    Program,
    ProofPlan,
    Recording,
    StaticEvidence,
    Verdict,
)
from unladen.proof.masks import Volatility, volatility
from unladen.proof.record import record, running
from unladen.proof.restarts import with_restart
from unladen.proof.shuffled import may_be_chance
from unladen.proof.slow import without_the_slow
from unladen.proof.sources.configured import health_only, run_only, without_requests
from unladen.proof.sources.every import OVER_HTTP2, SOURCES
from unladen.proof.sources.follow_ups import follow_ups
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.introspected import ask_framework
from unladen.proof.sources.posted import posted
from unladen.proof.sources.recipes import stays
from unladen.proof.sources.shown_values import shown_values

NOTHING_INTENDED = Intent()
ROUNDS = 6
"""Times that both are asked again where nothing differs but what may be chance: two things may come in the same order
each time."""


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
    held: Side | None = None
    """The baseline's image, read; None where static evidence was not asked for."""


def program_of(project: Project[Details], plan: ProofPlan) -> Program:
    """How the project's program is run on every rung."""
    return Program(
        port=project.port.value,
        health=project.health.value,
        env={**plan.env, **project.env},
        start_timeout=plan.healthy_within,
        grace=plan.stop_within,
        port_source=project.port.source,
        services=plan.services or (),
        told=plan.env,
    )


def intent_of(rung: Proposal, dockerignore: str = "") -> Intent:
    """What a rung says that it changes; `dockerignore` is what it is built with where it has none of its own."""
    return Intent(frozenset(rung.takes_away), rung.intends, rung.dockerignore or dockerignore, rung.rebuilt)


def survey(
    engine: Engine,
    image: str,
    program: Program,
    plan: ProofPlan,
    battery: BatteryProgram,
    reading: Future[Side] | None = None,
    root: Path | None = None,
    tests: Tests | Untested | None = None,
) -> Ground:
    """Finds the corpus at the running baseline and records its answers twice: what differs is volatile. `reading` gives
    the baseline's image once it is read, which takes as long as its start; `root` is the project's folder, `tests` how
    its own tests are run (`own_tests`).

    Raises NotHealthy when the baseline itself never answers.
    """
    with beside(engine, program) as served:
        corpus, found = find_corpus(engine, image, served, plan, reading, root, tests)
    program = replace(program, speaks=found.speaks, stays=found.stays)
    first, _ = record(engine, image, program, corpus, battery)
    if (quicker := without_the_slow(corpus, first)) != corpus:
        corpus = quicker  # asked anew: what was left out may have written something
        first, _ = record(engine, image, program, corpus, battery)
    corpus = looking_for(corpus, first)
    second, _ = record(engine, image, program, corpus, battery)
    volatile = volatility(corpus, first, second)
    own = compare(first, second, volatile, corpus, battery)
    return Ground(
        image, program, corpus, battery, (first, second), volatile, own, reading.result() if reading else None
    )


def judge(
    engine: Engine,
    image: str,
    ground: Ground,
    intent: Intent = NOTHING_INTENDED,
    base: str = "",
    read: Callable[[], Side] | None = None,
) -> Verdict:
    """The verdict on an image: what it has, can and does. `intent` is what it changes on purpose, `base` the image
    below it; `read` reads it, where somebody else wants that, too. Raises NotHealthy when it never answers.

    Before a difference counts, the baseline is asked a third time: an answer that is random may have been the
    same twice by chance.
    """
    with ThreadPoolExecutor(1, "unladen-static") as pool:
        static = pool.submit(_static, ground, intent, read or (lambda: side(engine, image, base)))
        verdict = _asked(engine, image, ground)
        return replace(verdict, static=static.result())


def _static(ground: Ground, intent: Intent, read: Callable[[], Side]) -> StaticEvidence:
    return examine(ground.held, read(), intent) if ground.held is not None else StaticEvidence()


def _asked(engine: Engine, image: str, ground: Ground) -> Verdict:
    recording, _ = record(engine, image, ground.program, ground.corpus, ground.battery)
    lacking = engine.inspect(image).labels.get(LACKS_LABEL, "").split()
    verdict = _compared(recording, ground, lacking)
    first, rounds = ground.recordings[0], 0
    while verdict.different and (
        rounds == 0 or (rounds < ROUNDS and may_be_chance(verdict, first, recording))
    ):
        rounds += 1
        if rounds > 1:
            recording, _ = record(engine, image, ground.program, ground.corpus, ground.battery)
        more, _ = record(engine, ground.baseline, ground.program, ground.corpus, ground.battery)
        recordings = (*ground.recordings, more)
        ground = replace(ground, recordings=recordings, volatile=volatility(ground.corpus, *recordings))
        verdict = _compared(recording, ground, lacking)
    return verdict


def _compared(recording: Recording, ground: Ground, lacking: Sequence[str]) -> Verdict:
    """Modules that are `lacking` in a base alone that stands in for another tell nothing: its origin names them."""
    of_base = {f"{check}: {name}" for check in ground.battery.inventory for name in lacking}
    volatile = replace(ground.volatile, battery=ground.volatile.battery | of_base)
    return compare(ground.recordings[0], recording, volatile, ground.corpus, ground.battery)


def find_corpus(
    engine: Engine,
    image: str,
    program: Program,
    plan: ProofPlan,
    reading: Future[Side] | None = None,
    root: Path | None = None,
    tests: Tests | Untested | None = None,
) -> tuple[Corpus, Program]:
    """What every source finds, the user's own cases first; where that is nothing, what little is left. The program is
    given back with what its port speaks."""
    facts = engine.inspect(image)
    program = replace(program, stays=program.port is None and stays(facts, plan))
    spoken = NO_CASES
    around = Surroundings(
        program,
        plan,
        facts,
        root=root,
        tests=tests,
        engine=engine,
    )
    if program.port is None:
        found = [source(_with_files(around, reading)) for source in SOURCES]
    else:
        with running(engine, image, program) as live:
            program = replace(program, speaks=live.speaks)
            start = (*facts.entrypoint, *facts.cmd)
            ways = [each.routes(root, start) for each in ecosystems().each]
            known = ask_framework(live.container, start, ways)
            around = _with_files(replace(around, program=program, live=live, known=known), reading)
            if program.speaks == "http2":
                spoken = combined(*(source(around) for source in OVER_HTTP2))
            if program.speaks in ASKED_OTHERWISE:
                around = replace(around, live=None)
            found = [source(around) for source in SOURCES]
            if around.live is not None:
                if plan.crawl and not known.routes:
                    found.append(posted(live, once(combined(*found))))
                found.append(shown_values(live, once(combined(*found)), known.routes))
                found.append(follow_ups(live, once(combined(*found))))
    whole = once(combined(*found))
    if program.speaks in ASKED_OTHERWISE:
        return with_restart(without_requests(whole, program.port, spoken)), program
    if whole.cases:
        return with_restart(whole), program
    little = health_only(program.health) if program.port is not None else run_only()
    return with_restart(combined(*found, little)), program


def _with_files(around: Surroundings, reading: Future[Side] | None) -> Surroundings:
    """What is there beside the program, with its image's files as soon as they are read."""
    return replace(around, scene=reading.result().scene) if reading else around
