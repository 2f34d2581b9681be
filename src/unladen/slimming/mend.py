"""Repair: what differs is traced again on the full image, each case alone, and what it touched is kept as well."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from unladen.keep import lines, reasons
from unladen.keep.keeplist import KeepList
from unladen.keep.repair import DATA_TREES, involved, repaired
from unladen.keep.select import Repair, select
from unladen.keep.touched import Touched, touched
from unladen.proof.corpus import needed_by
from unladen.proof.interface import Case, RequestCase
from unladen.proof.record import ANYONE
from unladen.proof.show import case_text
from unladen.slimming.bench import ENVIRONMENT, IMAGE, START, Attempt, Bench
from unladen.slimming.interface import Mended
from unladen.tracing.log import Trace
from unladen.tracing.run import trace, trace_battery

LEVELS = (
    "what it touches on the full image",
    "and the packages that it touches, whole",
    "and all that these depend on",
    "and the trees of data that are looked up by name",
)
ITSELF = "the path, and what it needs"


def repairable(bench: Bench, last: Attempt, tried: Counter[str]) -> dict[str, str]:
    """What differs and is not beyond help; single cases first, for the rest (its log, how it stops, the environment)
    often differs because of them."""
    found = {case: why for case, why in last.failing.items() if tried[case] < _most(case)}
    single = {case.id for case in bench.ground.corpus.cases} & found.keys()
    return {case: why for case, why in found.items() if case in single or not single}


def _most(case: str) -> int:
    """How often it is tried: a path that is kept already cannot be kept more."""
    return 1 if case.startswith(IMAGE) else len(LEVELS)


def mend(
    bench: Bench, last: Attempt, todo: dict[str, str], tried: Counter[str], number: int
) -> tuple[KeepList, list[Mended]]:
    """The list with what each differing case lacks. A case that comes back gets more each time."""
    keep, done = last.keep, []
    for case, difference in todo.items():
        level, name = tried[case], _name(bench, case)
        bench.say("repairing", f"round {number}: {name}")
        wanted = _wanted(bench, case, level, number, name)
        more = repaired(
            keep, wanted, bench.opened.tree, reason=reasons.repaired(number, reasons.one_line(name))
        )
        added = len({rule.line for rule in more.rules} - {rule.line for rule in keep.rules})
        what = ITSELF if case.startswith(IMAGE) else " ".join(LEVELS[: level + 1])
        done.append(Mended(number, name, difference, what, added))
        tried[case] += 1
        keep = more
    return keep, done


def _wanted(bench: Bench, case: str, level: int, number: int, name: str) -> KeepList:
    """What a case needs, by its own trace on the full image; a path that the image lost needs none."""
    if case.startswith(IMAGE):
        lost = Repair(number, name, touched=gone(bench, case.removeprefix(IMAGE)))
        return select(bench.scene, (), policy="file", repairs=[lost])
    if case not in bench.traces:
        with bench.timed("tracing"):
            bench.traces[case] = _traced(bench, case)
    seen = touched(bench.traces[case])
    whole = involved(bench.scene, seen) if level >= 1 else ()
    repair = Repair(number, name, touched=seen, packages=whole, depends=level >= 2)
    return select(
        bench.scene,
        seen,
        policy=bench.full.policy if level == 0 else "package",
        include=_data_trees(bench) if level >= 3 else (),
        repairs=[repair] if whole else (),
    )


def gone(bench: Bench, subject: str) -> tuple[Touched, ...]:
    """A path, or (where it ends with "/") all below it."""
    paths = bench.scene.below(subject.rstrip("/")) if subject.endswith("/") else (subject,)
    return tuple(Touched(path, opened=True, phase=0) for path in paths)


def _traced(bench: Bench, case: str) -> Trace:
    """One case alone; all of them for what is no case: how the program stops, and what it complains of."""
    engine, program, corpus = bench.place.engine, bench.ground.program, bench.ground.corpus
    if case.startswith(ENVIRONMENT):
        battery, check = bench.ground.battery, case.removeprefix(ENVIRONMENT).removeprefix(ANYONE)
        single = replace(battery, argv=(*battery.argv, check))
        return trace_battery(engine, bench.full.image, program, single)
    alone: tuple[Case, ...] = tuple(each for each in corpus.cases if each.id == case)
    for each in alone:
        if isinstance(each, RequestCase):
            alone = (*needed_by(each, corpus.cases), each)
    cases = alone if alone or case == START else corpus.cases
    return trace(engine, bench.full.image, program, replace(corpus, cases=cases))


def _data_trees(bench: Bench) -> tuple[str, ...]:
    """Those that the full image has: an include that matches nothing is an error."""
    tree = bench.opened.tree
    return tuple(
        each
        for each in DATA_TREES
        if any(re.fullmatch(lines.regex(each), lines.as_bytes(path)) for path in tree)
    )


def _name(bench: Bench, case: str) -> str:
    return next((case_text(each) for each in bench.ground.corpus.cases if each.id == case), case)
