"""The story of slim: trace, choose what is kept, build from that list alone, prove, repair."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from unladen._climb import Site, linked_copy
from unladen._ground import Ground, judge
from unladen._mend import START, Bench, Mended, SlimOptions, Try, mend, repairable
from unladen.engine.interface import BuildRequest
from unladen.errors import NotHealthy
from unladen.image.local import open_image
from unladen.keep.bytecode import timed_bytecode
from unladen.keep.keeplist import FILE_NAME, KeepList, render
from unladen.keep.ledger import Removed, removed
from unladen.keep.scene import scene
from unladen.keep.select import select
from unladen.keep.stages import admitting, slim_dockerfile
from unladen.keep.touched import touched
from unladen.keep.unexercised import Unexercised, unexercised
from unladen.language.dockerignore import OWN
from unladen.language.interface import Rung
from unladen.measure.interface import Weight
from unladen.measure.size import weigh
from unladen.proof.interface import Case, Corpus, RequestCase, Verdict
from unladen.trace.log import Trace
from unladen.trace.run import trace

HELD_BACK = 5
"""One case in so many is not traced, so that the proof shows what becomes of behaviour nobody tried."""
INVENTORY = frozenset(("distributions", "entry points"))
"""Checks of the environment battery that list what is installed. That a distribution of which nothing was used is
gone is what slimming is for, and in the ledger: they are shown, and disqualify nothing."""


@dataclass(frozen=True)
class Slimmed:
    """A slim image and its proof. `full` is the rung it was made of, `dockerfile` that rung's with the slim stages.

    `verdict` is None where the image never became healthy (`failure` says why). `held_back` is the number of
    cases that were not traced, None where the list was not made from a trace; `held` how many of them held before
    any repair. `trace_problems` is what the trace may lack.
    """

    full: Rung
    image: str
    weight: Weight
    full_weight: Weight
    keep: KeepList
    dockerfile: str
    dockerignore: str
    removed: tuple[Removed, ...]
    verdict: Verdict | None
    failure: str = ""
    held_back: int | None = None
    held: int = 0
    mended: tuple[Mended, ...] = ()
    trace_problems: tuple[str, ...] = ()
    unexercised: tuple[Unexercised, ...] = ()
    """Packages in use of which the trace reached a part; none where the list was not made from a trace."""

    @property
    def holds(self) -> bool:
        return self.verdict is not None and self.verdict.holds


def slim(site: Site, full: Rung, image: str, ground: Ground, options: SlimOptions) -> Slimmed:
    """Slims `image`, the built rung `full`, until it behaves as the ground's baseline does, or says that it cannot.

    Raises CannotTrace, SensorMissing, NotHealthy (the full image under the sensor), BadKeepList (an include or
    exclude that matches nothing), BuildFailed, BadDockerfile, EngineFailed.
    """
    with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
        site.say(full.name, "reading the image")
        opened = open_image(site.engine, image, Path(folder))
        bench = Bench(site, _without_inventory(ground), full, image, opened, options)
        keep, held, seen = _first_list(bench)
        first = last = _try(bench, keep)
        mended: list[Mended] = []
        tried: Counter[str] = Counter()
        for number in range(1, options.rounds + 1):
            if not (todo := repairable(bench, last, tried)):
                break
            keep, done = mend(bench, last, todo, tried, number)
            mended += done
            last = _try(bench, keep)
        site.say(full.name, "weighing the slim image")
        return Slimmed(
            full=full,
            image=last.image,
            weight=weigh(site.engine, last.image, compressed_by_layer=site.sizes),
            full_weight=weigh(site.engine, image, compressed_by_layer=site.sizes),
            keep=last.keep,
            dockerfile=last.dockerfile,
            dockerignore=_ignore(bench),
            removed=removed(last.keep, bench.opened.tree),
            verdict=last.verdict,
            failure=last.failure,
            held_back=None if held is None else len(held),
            held=_held(first, held or ()),
            mended=tuple(mended),
            trace_problems=_problems([*([seen] if seen else []), *bench.traces.values()]),
            unexercised=_unexercised(bench, seen) if seen else (),
        )


def hold_back(corpus: Corpus) -> tuple[Corpus, tuple[Case, ...]]:
    """The corpus without a fifth of its cases, and that fifth: spread over routes and kinds of input, and the same
    every time. A corpus of one or two cases gives none away."""
    ordered = sorted(corpus.cases, key=_group)
    held = tuple(ordered[HELD_BACK // 2 :: HELD_BACK])
    rest = tuple(case for case in corpus.cases if case not in held)
    return replace(corpus, cases=rest), held


def _group(case: Case) -> tuple[str, str, str]:
    if isinstance(case, RequestCase):
        return case.route, case.kind, case.id
    return "", "", case.id


def _without_inventory(ground: Ground) -> Ground:
    return replace(ground, battery=replace(ground.battery, fatal=ground.battery.fatal - INVENTORY))


def _first_list(bench: Bench) -> tuple[KeepList, tuple[Case, ...] | None, Trace | None]:
    """The list to begin with; where it was made from a trace, the cases that were held back, and the trace."""
    options = bench.options
    if options.former is not None:
        return options.former, None, None
    traced, held = hold_back(bench.ground.corpus)
    bench.site.say(bench.full.name, "tracing", f"{len(traced.cases)} cases")
    seen = trace(bench.site.engine, bench.image, bench.ground.program, traced)
    bench.site.say(bench.full.name, "choosing what is kept")
    keep = select(
        bench.opened.tree,
        bench.opened.config,
        touched(seen),
        policy=options.policy,
        include=options.include,
        exclude=options.exclude,
        made_from=bench.full.name,
        notes=[f"the trace is not complete: {problem}" for problem in seen.problems],
    )
    return keep, held, seen


def _try(bench: Bench, keep: KeepList) -> Try:
    """Builds from the list, as the user will, and proves the result."""
    site, full, tree = bench.site, bench.full, bench.opened.tree
    clamp = not timed_bytecode(keep, tree)
    dockerfile = slim_dockerfile(full.dockerfile, bench.opened.config, keep, clamp=clamp)
    site.say(full.name, "building the slim image")
    with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
        context = linked_copy(site.project.root, Path(folder, "context"))
        (context / FILE_NAME).unlink(missing_ok=True)
        (context / FILE_NAME).write_text(render(keep), encoding="utf-8")
        request = BuildRequest(
            context=context,
            dockerfile=dockerfile,
            host=site.host or None,
            apart=full.name,
            dockerignore=_ignore(bench),
        )
        with site.clock.engine():
            built = site.engine.build(
                request, lambda line: site.say(full.name, "building the slim image", line)
            )
    site.say(full.name, "proving the slim image")
    try:
        verdict = judge(site.engine, built.image, bench.ground)
    except NotHealthy as error:
        return Try(keep, dockerfile, built.image, None, f"{error}\n{error.detail}".strip())
    return Try(keep, dockerfile, built.image, verdict)


def _ignore(bench: Bench) -> str:
    """The .dockerignore that the full image was built with, and the list let in."""
    if bench.full.proposed:
        text = bench.site.ignore
        return admitting(text if OWN in text else f"{text.rstrip()}\n\n{OWN}\n")
    own = bench.site.project.root / ".dockerignore"
    return admitting(own.read_text(encoding="utf-8", errors="surrogateescape") if own.is_file() else "")


def _held(first: Try, held: Sequence[Case]) -> int:
    failing = first.failing
    return 0 if START in failing else sum(case.id not in failing for case in held)


def _problems(traces: Sequence[Trace]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(problem for each in traces for problem in each.problems))


def _unexercised(bench: Bench, seen: Trace) -> tuple[Unexercised, ...]:
    every = [touch for each in (seen, *bench.traces.values()) for touch in touched(each)]
    return unexercised(scene(bench.opened.tree, bench.opened.config), every)
