"""The story of slim: trace, choose what is kept, build from that list alone, prove, repair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from unladen import temporary
from unladen.errors import BuildFailed
from unladen.image.interface import FileTree, Image
from unladen.image.local import open_image
from unladen.keep.compare import moved
from unladen.keep.declared import gone
from unladen.keep.expand import expand, stale
from unladen.keep.keeplist import KeepList, Rule
from unladen.keep.ledger import removed
from unladen.keep.stripping import with_symbols
from unladen.keep.touched import touched
from unladen.keep.unexercised import Unexercised, unexercised
from unladen.language.interface import Lost
from unladen.measure.size import weigh_image
from unladen.proof.interface import OWN_TESTS, Case
from unladen.slimming.bench import START, Attempt, Bench, attempt
from unladen.slimming.first_list import FirstList, first_list
from unladen.slimming.interface import Full, Mended, Slimmed, SlimOptions
from unladen.slimming.mend import mend, repairable
from unladen.tracing.log import Trace
from unladen.trial.ground import Ground
from unladen.trial.workplace import Workplace

TOOLS = {
    Lost.SHELL: ("/bin/sh", "/usr/bin/sh", "/bin/busybox"),
    Lost.PACKAGE_MANAGER: ("/usr/bin/dpkg", "/sbin/apk"),
}
"""What people and intruders use → where it is."""


UNSTRIPPED = "symbols are kept: the image has no strip, and binutils could not be installed"
BROKE = "symbols are kept: something differs without them"


def slim(
    place: Workplace, full: Full, ground: Ground, options: SlimOptions, opened: Image | None = None
) -> Slimmed:
    """Slims the full image until it behaves as the ground's baseline does, or says that it cannot. `opened` is the
    full image where it has been read already.

    Where nothing can be traced, policy package falls back on what can be told without running anything. Raises
    CannotTrace and SensorMissing (otherwise), NotHealthy (the full image under the sensor), BadKeepList (an include
    or exclude that matches nothing), BuildFailed, BadDockerfile, EngineFailed.
    """
    with temporary.folder() as folder:
        if opened is None:
            place.say(full.name, "reading the image")
            opened = open_image(place.engine, full.image, folder)
        bench = Bench(place, _of_what_runs(ground), full, opened, options)
        begun = first_list(bench)
        first = last = _first_attempt(bench, begun.keep)
        mended: list[Mended] = []
        tried: Counter[str] = Counter()
        for number in range(1, (0 if begun.untraced else options.rounds) + 1):
            if not (todo := repairable(bench, last, tried)):
                break
            keep, done = mend(bench, last, todo, tried, number)
            mended += done
            last = attempt(bench, keep)
        if last.failing and last.keep.strip and not options.former:
            last = min(
                last, attempt(bench, with_symbols(last.keep, BROKE)), key=lambda each: len(each.failing)
            )
        return _finished(bench, begun, first, last, tuple(mended))


def _first_attempt(bench: Bench, keep: KeepList) -> Attempt:
    """Where the image has no strip(1) and none can be installed, symbols stay."""
    try:
        return attempt(bench, keep)
    except BuildFailed as failed:
        if not keep.strip or bench.stripper or "binutils" not in failed.step or bench.options.former:
            raise
        return attempt(bench, with_symbols(keep, UNSTRIPPED))


def _finished(
    bench: Bench, begun: FirstList, first: Attempt, last: Attempt, mended: tuple[Mended, ...]
) -> Slimmed:
    """What became of it, weighed, with its risk."""
    bench.say("weighing the slim image")
    place, tree = bench.place, bench.opened.tree
    traces = [*([begun.seen] if begun.seen else []), *bench.traces.values()]
    expanded = expand(last.keep, tree)
    slim_image = last.read().image
    return Slimmed(
        full=bench.full,
        image=last.image,
        weight=weigh_image(slim_image, place.engine.inspect(last.image), compressed_by_layer=place.sizes),
        keep=last.keep,
        dockerfile=last.dockerfile,
        removed=removed(last.keep, tree),
        stripped=_stripped(last.keep, tree, slim_image.tree),
        verdict=last.verdict,
        failure=last.failure,
        held_back=None if begun.held is None else len(begun.held),
        held=_held(first, begun.held or ()),
        mended=mended,
        lost=_lost(bench, expanded.paths),
        untraced=begun.untraced,
        trace_problems=tuple(dict.fromkeys(problem for each in traces for problem in each.problems)),
        unexercised=_unexercised(bench, traces) if begun.seen else (),
        stale=stale(expanded),
        moved=moved(options.former, bench.scene.packages) if (options := bench.options).former else (),
        declared_gone=gone(bench.declared, expanded.paths),
        change=begun.change,
        seconds=dict(bench.seconds),
    )


def _stripped(keep: KeepList, full: FileTree, slim: FileTree) -> Mapping[str, int]:
    """Bytes of symbols that each file has lost, as built."""
    both = ((path, full.get(path), slim.get(path)) for path in keep.strip)
    return {
        path: one.size - other.size for path, one, other in both if one and other and one.size > other.size
    }


def _of_what_runs(ground: Ground) -> Ground:
    """That a distribution of which nothing was used is gone is what slimming is for, and in the ledger: it is shown,
    and disqualifies nothing. The project's own tests are not run: an image is not to keep what runs them."""
    battery = ground.battery
    cases = tuple(case for case in ground.corpus.cases if case.origin != OWN_TESTS)
    corpus = replace(ground.corpus, cases=cases)
    return replace(ground, corpus=corpus, battery=replace(battery, fatal=battery.fatal - battery.inventory))


def _held(first: Attempt, held: Sequence[Case]) -> int:
    failing = first.failing
    return 0 if START in failing else sum(case.id not in failing for case in held)


def _lost(bench: Bench, kept: Mapping[str, Rule | None]) -> tuple[Lost, ...]:
    there = {what: {bench.scene.real(path) for path in paths} - {""} for what, paths in TOOLS.items()}
    return tuple(what for what, paths in there.items() if paths and not paths & kept.keys())


def _unexercised(bench: Bench, traces: Sequence[Trace]) -> tuple[Unexercised, ...]:
    every = [touch for each in traces for touch in touched(each)]
    return unexercised(bench.scene, every)
