"""False alarms: every program's baseline, built again without a cache, judged again and again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from seeded.grounds import Laid, rebuilt
from seeded.judging import environment, losses, mismatches
from unladen.engine.interface import Engine
from unladen.errors import NotHealthy
from unladen.proof.has.interface import Intent
from unladen.trial.ground import judge

REBUILDS = 2


@dataclass(frozen=True)
class Alarms:
    """`runs` judgements of a program's rebuilt baseline; a line for each that does not hold."""

    program: str
    runs: int
    false: tuple[str, ...]


def alarms(engine: Engine, laid: Laid, runs: int, jobs: int) -> Alarms:
    """The files of each rebuilt image are compared once: they are the same in every run."""
    false: list[str] = []
    copies = [rebuilt(engine, laid) for _ in range(min(REBUILDS, runs))]
    turns = [(copies[turn % len(copies)], turn < len(copies)) for turn in range(runs)]
    with ThreadPoolExecutor(jobs) as pool:
        for said in pool.map(lambda turn: _judged(engine, laid, *turn), turns):
            false += [said] if said else []
    for image in copies:
        engine.remove_image(image)
    return Alarms(laid.seeded.name, runs, tuple(false))


def _judged(engine: Engine, laid: Laid, image: str, first: bool) -> str:
    """What does not hold; "" where all does."""
    ground = laid.ground if first else replace(laid.ground, held=None)
    try:
        verdict = judge(engine, image, ground, Intent(), laid.base if laid.rung is None else "")
    except NotHealthy as error:
        return str(error)
    if verdict.holds:
        return ""
    return "; ".join([*losses(verdict.static), *environment(verdict), *mismatches(verdict)])[:600]
