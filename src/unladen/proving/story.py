"""The story of prove: the baseline is asked twice, each candidate once, and what they have, can and do is compared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from unladen.bases.sources import resolve
from unladen.dockerfile.stages import parse
from unladen.engine.interface import Engine
from unladen.errors import BaseMissing, Interrupted, NotHealthy
from unladen.language.interface import Details, Project
from unladen.language.registry import language
from unladen.progress import Event
from unladen.proof.has.examine import side
from unladen.proof.has.interface import Intent
from unladen.proof.interface import NO_CASES, BatteryProgram, Program, ProofPlan
from unladen.proving.interface import Candidate, Proof, Subject
from unladen.proving.subjects import check
from unladen.trial.battery import prepare
from unladen.trial.ground import Ground, judge, survey
from unladen.trial.image import battery_for
from unladen.trial.own_tests import own_tests
from unladen.trial.workplace import Workplace


def prove(
    place: Workplace,
    baseline: Subject,
    candidates: tuple[Subject, ...],
    program: Program,
    plan: ProofPlan,
    intent: Intent,
    project: Project[Details] | None,
    root: Path | None,
    cache: Path,
) -> Proof:
    """Each candidate against the baseline. `intent` is what their author meant to change; `root` is the folder of the
    repository and `project` what is believed of it, where there is one. One that is the baseline is not run.

    Raises BadImage (of another architecture), NotHealthy (the baseline), EngineFailed.
    """
    check(place, baseline, candidates)
    others = [each for each in candidates if each.image != baseline.image]
    done = {each.image: Candidate(each) for each in candidates if each.image == baseline.image}
    corpus = NO_CASES
    if others:
        engine = place.engine
        place.say(baseline.name, "proving", "reading the image, running it twice")
        source = project.named if project else ()
        with ThreadPoolExecutor(1, "unladen-reading") as beside:
            reading = beside.submit(side, engine, baseline.image, baseline.base, source)
            try:
                battery = battery_for(engine, engine.inspect(baseline.image), place.host, cache)
                battery = battery or _of_project(place, project, cache)
                tests = own_tests(place, plan, root, project, cache)
                ground = survey(engine, baseline.image, program, plan, battery, reading, root, tests)
            except NotHealthy as error:
                told = str(error).removeprefix("cannot reach the program: ")
                text = f"cannot take {baseline.name} as the baseline: {told}"
                raise NotHealthy(text, hint=error.hint, detail=error.detail) from error
            except (Interrupted, KeyboardInterrupt, SystemExit):
                engine.close()  # ends the reading, so that its thread can end too
                raise
        corpus, program = ground.corpus, ground.program
        place.watch(Event(baseline.name, "recorded", "done", f"{len(corpus.cases)} cases"))
        done |= {each.image: _judged(place, each, ground, intent, cache) for each in others}
    seconds, _ = place.clock.read()
    proved = tuple(replace(done[each.image], subject=each) for each in candidates)
    return Proof(baseline, program, corpus, proved, seconds, plan.notes)


def _judged(place: Workplace, subject: Subject, ground: Ground, intent: Intent, cache: Path) -> Candidate:
    engine = place.engine
    place.say(subject.name, "proving")
    own = replace(ground, battery=_by_its_name(engine, subject, ground.battery, place, cache))
    try:
        verdict = judge(engine, subject.image, own, replace(intent, left_out=subject.left_out), subject.base)
    except NotHealthy as error:
        place.watch(Event(subject.name, "not healthy", "failed", str(error)))
        return Candidate(subject, None, str(error), error.detail)
    candidate = Candidate(subject, verdict)
    place.watch(Event(subject.name, candidate.status, "done" if candidate.status == "same" else "failed"))
    return candidate


def _by_its_name(
    engine: Engine, subject: Subject, battery: BatteryProgram, place: Workplace, cache: Path
) -> BatteryProgram:
    """The baseline's battery, run by the interpreter under the name that the candidate has for it."""
    if not battery or battery.binary:
        return battery
    own = battery_for(engine, engine.inspect(subject.image), place.host, cache)
    return replace(battery, argv=own.argv) if own.stdin == battery.stdin else battery


def _of_project(place: Workplace, project: Project[Details] | None, cache: Path) -> BatteryProgram:
    """The battery of the project's language; none where what compiles it cannot be had."""
    if project is None:
        return BatteryProgram()
    made = language(project.language).battery(project)
    if made.dockerfile:
        bases = resolve(
            place.engine, parse(made.dockerfile).bases, cache=cache / "bases", watcher=place.watch
        )
        if any(isinstance(each, BaseMissing) for each in bases.values()):
            return BatteryProgram()
    return prepare(made, place.engine, place.host, cache / "batteries")
