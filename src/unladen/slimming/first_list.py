"""The list to begin with: of a trace of the full image, of what is installed, or the one that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from unladen.errors import CannotTrace, SensorMissing
from unladen.keep import reasons
from unladen.keep.compare import Difference, asked_for, difference, with_own
from unladen.keep.expand import expand
from unladen.keep.keeplist import KeepList
from unladen.keep.repair import repaired
from unladen.keep.select import select
from unladen.keep.static import without_trace
from unladen.keep.stripping import strippable
from unladen.keep.touched import Touched, touched
from unladen.proof.corpus import needed_by
from unladen.proof.interface import NO_CASES, Case, Corpus, RequestCase
from unladen.slimming.bench import Bench
from unladen.slimming.foreseen import completed
from unladen.tracing.log import Trace
from unladen.tracing.run import trace

HELD_BACK = 5
"""One case in so many is not traced, so that the proof shows what becomes of behaviour that nobody tried."""


@dataclass(frozen=True)
class FirstList:
    """The list to begin with. `held` are the cases that were not traced, None where the list is not of a trace;
    `untraced` says why nothing can be traced here."""

    keep: KeepList
    held: tuple[Case, ...] | None = None
    seen: Trace | None = None
    untraced: str = ""
    change: Difference | None = None


def hold_back(corpus: Corpus, always: Corpus = NO_CASES) -> tuple[Corpus, tuple[Case, ...]]:
    """The corpus without a fifth of its cases, and that fifth: spread over routes and kinds of input, and the same
    every time. A corpus of one or two cases gives none away; the cases of `always`, and those that other cases need,
    are always traced."""
    wanted = {replace(case, id="") for case in always.cases}
    requests = [case for case in corpus.cases if isinstance(case, RequestCase)]
    needed = {each.id for case in requests for each in needed_by(case, requests)}
    needed |= {case.id for case in requests if case.when}
    free = (case for case in corpus.cases if replace(case, id="") not in wanted and case.id not in needed)
    ordered = sorted(free, key=_group)
    held = tuple(ordered[HELD_BACK // 2 :: HELD_BACK])
    rest = tuple(case for case in corpus.cases if case not in held)
    return replace(corpus, cases=rest), held


def _group(case: Case) -> tuple[str, str, str]:
    if isinstance(case, RequestCase):
        return case.route, case.kind, case.id
    return "", "", case.id


def first_list(bench: Bench) -> FirstList:
    """The list to begin with: the one that is there, or a new one of a trace."""
    options, former = bench.options, bench.options.former
    if former is None:
        return _traced(bench, options.include, options.exclude)
    keep = former
    if options.learned.cases:
        bench.say("tracing", f"{len(options.learned.cases)} cases of {options.learned_from}")
        seen = trace(bench.place.engine, bench.full.image, bench.ground.program, options.learned)
        wanted = _selected(bench, touched(seen))
        reason = reasons.learned(reasons.one_line(options.learned_from))
        keep = repaired(former, wanted, bench.opened.tree, reason=reason)
    if not options.check:
        return FirstList(keep)
    tree = bench.opened.tree
    fresh = _traced(bench, *(_still_there(bench, former, what) for what in ("include", "exclude")))
    change = difference(former, with_own(fresh.keep, former, tree), tree)
    return FirstList(keep, seen=fresh.seen, untraced=fresh.untraced, change=change)


def _traced(bench: Bench, include: Sequence[str], exclude: Sequence[str]) -> FirstList:
    traced, held = hold_back(bench.ground.corpus, bench.options.learned)
    bench.say("tracing", f"{len(traced.cases)} cases")
    try:
        program, beside = bench.ground.program, bench.health_check
        with bench.timed("tracing"):
            seen = trace(bench.place.engine, bench.full.image, program, traced, beside)
    except (CannotTrace, SensorMissing) as error:
        if bench.full.policy != "package":
            raise
        opened = bench.opened
        found = without_trace(opened.tree, opened.config)
        note = f"made without a trace: {error}"
        return FirstList(
            completed(bench, _selected(bench, found, include, exclude, [note])), untraced=str(error)
        )
    bench.say("choosing what is kept")
    notes = [f"the trace is not complete: {problem}" for problem in seen.problems]
    keep = _selected(bench, touched(seen), include, exclude, notes)
    keep = completed(bench, keep)
    return FirstList(replace(keep, strip=strippable(bench.scene, keep)), held, seen)


def _selected(
    bench: Bench,
    found: tuple[Touched, ...],
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> KeepList:
    return select(
        bench.scene,
        found,
        policy=bench.full.policy,
        include=include,
        exclude=exclude,
        run_by=bench.run_by,
        declared=bench.declared,
        named=bench.named,
        made_from=bench.full.made_from,
        notes=notes,
    )


def _still_there(bench: Bench, former: KeepList, what: str) -> tuple[str, ...]:
    """What the user asked for when the list was made, but for what has gone from the image since: it is said that
    its lines name nothing."""
    gone = {
        asked[1]
        for rule in expand(former, bench.opened.tree).unmatched
        if (asked := reasons.asked_for(rule.reason))
    }
    return tuple(pattern for pattern in asked_for(former, what) if pattern not in gone)
