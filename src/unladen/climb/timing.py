"""How long measured images take to start and to be built, one after the other: nothing else of ours runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from unladen.climb.decide import wants_more_turns
from unladen.climb.interface import Different, Judged, Measured, Proved, Reference, Unproved
from unladen.climb.site import Site, build, discard, quiet
from unladen.errors import BuildFailed
from unladen.measure.interface import Times
from unladen.progress import Event
from unladen.proof.beside import beside
from unladen.proof.level import level
from unladen.proof.record import start_seconds
from unladen.trial.contexts import touched_copy
from unladen.trial.ground import Ground

M = TypeVar("M", bound=Measured)
STARTS = 5
"""Starts of each image that are timed; the fastest counts, since noise only ever adds."""


def times(site: Site, measured: Sequence[Measured], ground: Ground) -> dict[str, Times]:
    """The images' times with their starts, and with their rebuilds where all is timed, by name. The baseline starts in
    the same turns: only what was measured side by side is compared."""
    started = {each.rung.name: each.image for each in measured if _starts_count(site, each)}
    starts = _starts(site, started, ground) if started else {}
    found: dict[str, Times] = {}
    with touched_copy(site.ladder.project.root, site.ladder.language.sources) as copy:
        for each in measured:
            known = starts.get(each.rung.name, Times())
            found[each.rung.name] = replace(
                each.times,
                build_warm_s=_rebuild(site, each, copy) if copy and site.time == "all" else None,
                start_s=min(known.starts_s, default=None),
                starts_s=known.starts_s,
                baseline_starts_s=known.baseline_starts_s,
                timed=site.time,
            )
            _say_done(site, each)
    return found


def with_cold_build(site: Site, measured: M) -> M:
    """One that is worth it, with the time of a build without the engine's layer cache, where that was not measured yet.
    Earlier builds have filled the cache mounts: it starts with empty ones, as on the machine of somebody else."""
    if measured.times.build_cold_s is not None:
        return measured
    site.say(measured.rung.name, "timing a build without cache")
    try:
        built = build(quiet(site), measured.rung, mounts=f"{site.layers}-cold")
    except BuildFailed:
        return measured
    discard(site, built, measured.image)
    _say_done(site, measured)
    return replace(measured, times=replace(measured.times, build_cold_s=built.seconds))


def _starts_count(site: Site, measured: Measured) -> bool:
    """Whether its starts are worth timing: nothing is decided by those of a rung that is not proved."""
    return site.time == "all" or (site.time != "none" and isinstance(measured, Proved | Reference))


def _say_done(site: Site, measured: Measured) -> None:
    size = f"{measured.weight.size_bytes / 1e6:.1f} MB"
    if isinstance(measured, Different):
        site.watch(Event(measured.rung.name, "different", "failed", size))
    elif isinstance(measured, Unproved):
        site.watch(Event(measured.rung.name, "not proved", "failed", size))
    else:
        compared = isinstance(measured, Judged)
        how = f": {level(measured.verdict)}" if compared else ""
        said = f"{size}, {measured.verdict.cases} cases{how}"
        site.watch(Event(measured.rung.name, "proved" if compared else "measured", "done", said))


def _starts(site: Site, images: Mapping[str, str], ground: Ground) -> dict[str, Times]:
    """Seconds from start to healthy, by name. The images take turns with the baseline, so that a noisy moment hits all
    of them; those that seem slow take more turns."""
    found = dict.fromkeys(images, Times())
    if ground.program.port is None:
        return found
    baseline = site.ladder.baseline.name
    with beside(site.engine, ground.program) as program:

        def start(name: str, image: str, turn: int) -> float:
            site.say(
                name, "timing starts", f"{turn} of {STARTS}" if turn <= STARTS else f"{turn}: to be sure"
            )
            with site.clock.engine():
                return start_seconds(site.engine, image, program)

        if program.network:  # the first start fills the services: it is no measure
            start_seconds(site.engine, ground.baseline, program)
        turn, left = 0, list(images)
        while left:
            turn += 1
            before = start(baseline, ground.baseline, turn)
            for name in left:
                own = before if name == baseline else start(name, images[name], turn)
                times = found[name]
                found[name] = replace(
                    times,
                    starts_s=(*times.starts_s, own),
                    baseline_starts_s=(*times.baseline_starts_s, before),
                )
            if turn % STARTS == 0:
                left = [name for name in left if wants_more_turns(found[name])]
    return found


def _rebuild(site: Site, measured: Measured, touched: Path) -> float | None:
    """Seconds to build again after one source file changed, as in the copy `touched`. None if it failed."""
    site.say(measured.rung.name, "timing a rebuild")
    try:
        built = build(quiet(site), measured.rung, cache=True, root=touched)
    except BuildFailed:
        return None
    discard(site, built, measured.image)
    return built.seconds
