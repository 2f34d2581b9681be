"""The story of slim: trace, choose what is kept, build from that list alone, prove, repair."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unladen.engine.interface import BuildRequest
from unladen.errors import CannotTrace, NotHealthy, SensorMissing
from unladen.image.interface import Image
from unladen.image.local import open_image
from unladen.keep import reasons
from unladen.keep.compare import Difference, asked_for, difference, with_own
from unladen.keep.expand import expand, keeps_times, stale
from unladen.keep.keeplist import FILE_NAME, KeepList, Rule, render
from unladen.keep.ledger import removed
from unladen.keep.repair import repaired
from unladen.keep.select import select
from unladen.keep.stages import slim_dockerfile
from unladen.keep.static import without_trace
from unladen.keep.touched import Touched, touched
from unladen.keep.unexercised import Unexercised, unexercised
from unladen.language.interface import Lost
from unladen.measure.size import weigh
from unladen.proof.interface import NO_CASES, Case, Corpus, RequestCase
from unladen.slimming.interface import Full, Mended, Slimmed, SlimOptions
from unladen.slimming.mend import START, Bench, Try, mend, repairable
from unladen.tracing.log import Trace
from unladen.tracing.run import trace
from unladen.trial.contexts import with_files
from unladen.trial.ground import Ground, judge
from unladen.trial.workplace import Workplace

HELD_BACK = 5
"""One case in so many is not traced, so that the proof shows what becomes of behaviour nobody tried."""
TOOLS = {
    Lost.SHELL: ("/bin/sh", "/usr/bin/sh", "/bin/busybox"),
    Lost.PACKAGE_MANAGER: ("/usr/bin/dpkg", "/sbin/apk"),
}
"""What people and intruders use → where it is."""


@dataclass(frozen=True)
class Start:
    """The list to begin with. `held` are the cases that were not traced, None where the list is not of a trace;
    `untraced` says why nothing can be traced here."""

    keep: KeepList
    held: tuple[Case, ...] | None = None
    seen: Trace | None = None
    untraced: str = ""
    change: Difference | None = None


def slim(
    place: Workplace, full: Full, ground: Ground, options: SlimOptions, opened: Image | None = None
) -> Slimmed:
    """Slims the full image until it behaves as the ground's baseline does, or says that it cannot. `opened` is the
    full image where it has been read already.

    Where nothing can be traced, policy package falls back on what can be told without running anything. Raises
    CannotTrace and SensorMissing (otherwise), NotHealthy (the full image under the sensor), BadKeepList (an include
    or exclude that matches nothing), BuildFailed, BadDockerfile, EngineFailed.
    """
    with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
        if opened is None:
            place.say(full.name, "reading the image")
            opened = open_image(place.engine, full.image, Path(folder))
        bench = Bench(place, _without_inventory(ground), full, opened, options)
        start = _start(bench)
        first = last = _try(bench, start.keep)
        mended: list[Mended] = []
        tried: Counter[str] = Counter()
        for number in range(1, (0 if start.untraced else options.rounds) + 1):
            if not (todo := repairable(bench, last, tried)):
                break
            keep, done = mend(bench, last, todo, tried, number)
            mended += done
            last = _try(bench, keep)
        bench.say("weighing the slim image")
        seen = [start.seen] if start.seen else []
        expanded = expand(last.keep, opened.tree)
        return Slimmed(
            full=full,
            image=last.image,
            weight=weigh(place.engine, last.image, compressed_by_layer=place.sizes),
            keep=last.keep,
            dockerfile=last.dockerfile,
            removed=removed(last.keep, bench.opened.tree),
            verdict=last.verdict,
            failure=last.failure,
            held_back=None if start.held is None else len(start.held),
            held=_held(first, start.held or ()),
            mended=tuple(mended),
            lost=_lost(bench, expanded.paths),
            untraced=start.untraced,
            trace_problems=_problems([*seen, *bench.traces.values()]),
            unexercised=_unexercised(bench, [*seen, *bench.traces.values()]) if seen else (),
            stale=stale(expanded),
            change=start.change,
        )


def hold_back(corpus: Corpus, always: Corpus = NO_CASES) -> tuple[Corpus, tuple[Case, ...]]:
    """The corpus without a fifth of its cases, and that fifth: spread over routes and kinds of input, and the same
    every time. A corpus of one or two cases gives none away, and the cases of `always` are always traced."""
    wanted = {replace(case, id="") for case in always.cases}
    ordered = sorted((case for case in corpus.cases if replace(case, id="") not in wanted), key=_group)
    held = tuple(ordered[HELD_BACK // 2 :: HELD_BACK])
    rest = tuple(case for case in corpus.cases if case not in held)
    return replace(corpus, cases=rest), held


def _group(case: Case) -> tuple[str, str, str]:
    if isinstance(case, RequestCase):
        return case.route, case.kind, case.id
    return "", "", case.id


def _without_inventory(ground: Ground) -> Ground:
    """That a distribution of which nothing was used is gone is what slimming is for, and in the ledger: it is shown,
    and disqualifies nothing."""
    battery = ground.battery
    return replace(ground, battery=replace(battery, fatal=battery.fatal - battery.inventory))


def _start(bench: Bench) -> Start:
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
        return Start(keep)
    tree = bench.opened.tree
    fresh = _traced(bench, *(_still_there(bench, former, what) for what in ("include", "exclude")))
    change = difference(former, with_own(fresh.keep, former, tree), tree)
    return Start(keep, seen=fresh.seen, untraced=fresh.untraced, change=change)


def _traced(bench: Bench, include: Sequence[str], exclude: Sequence[str]) -> Start:
    traced, held = hold_back(bench.ground.corpus, bench.options.learned)
    bench.say("tracing", f"{len(traced.cases)} cases")
    try:
        seen = trace(bench.place.engine, bench.full.image, bench.ground.program, traced)
    except (CannotTrace, SensorMissing) as error:
        if bench.full.policy != "package":
            raise
        opened = bench.opened
        found = without_trace(opened.tree, opened.config)
        note = f"made without a trace: {error}"
        return Start(_selected(bench, found, include, exclude, [note]), untraced=str(error))
    bench.say("choosing what is kept")
    notes = [f"the trace is not complete: {problem}" for problem in seen.problems]
    return Start(_selected(bench, touched(seen), include, exclude, notes), held, seen)


def _selected(
    bench: Bench,
    found: tuple[Touched, ...],
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> KeepList:
    return select(
        bench.opened.tree,
        bench.opened.config,
        found,
        policy=bench.full.policy,
        include=include,
        exclude=exclude,
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


def _try(bench: Bench, keep: KeepList) -> Try:
    """Builds from the list, as the user will, and proves the result."""
    place, full, tree = bench.place, bench.full, bench.opened.tree
    clamp = not keeps_times(keep, tree)
    dockerfile = slim_dockerfile(full.dockerfile, bench.opened.config, keep, clamp=clamp)
    bench.say("building the slim image")
    request = BuildRequest(
        context=full.context,
        dockerfile=dockerfile,
        host=place.host or None,
        apart=full.made_from,
        dockerignore=full.dockerignore,
    )
    with with_files(request, {FILE_NAME: render(keep)}) as whole, place.clock.engine():
        built = place.engine.build(whole, lambda line: bench.say("building the slim image", line))
    bench.say("proving the slim image")
    try:
        verdict = judge(place.engine, built.image, bench.ground)
    except NotHealthy as error:
        return Try(keep, dockerfile, built.image, None, f"{error}\n{error.detail}".strip())
    return Try(keep, dockerfile, built.image, verdict)


def _held(first: Try, held: Sequence[Case]) -> int:
    failing = first.failing
    return 0 if START in failing else sum(case.id not in failing for case in held)


def _lost(bench: Bench, kept: Mapping[str, Rule | None]) -> tuple[Lost, ...]:
    there = {what: {bench.scene.real(path) for path in paths} - {""} for what, paths in TOOLS.items()}
    return tuple(what for what, paths in there.items() if paths and not paths & kept.keys())


def _problems(traces: Sequence[Trace]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(problem for each in traces for problem in each.problems))


def _unexercised(bench: Bench, traces: Sequence[Trace]) -> tuple[Unexercised, ...]:
    every = [touch for each in traces for touch in touched(each)]
    return unexercised(bench.scene, every)
