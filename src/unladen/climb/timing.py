"""How long measured images take to start and to be built again, one after the other: nothing else of ours runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from unladen.climb.interface import Different, Measured
from unladen.climb.site import Site, build, discard
from unladen.errors import BuildFailed
from unladen.measure.interface import Times
from unladen.progress import Event
from unladen.proof.record import start_seconds
from unladen.trial.contexts import touched_copy
from unladen.trial.ground import Ground

STARTS = 5
"""Starts of each image that are timed; the fastest counts, since noise only ever adds."""


def times(site: Site, measured: Sequence[Measured], ground: Ground) -> dict[str, Times]:
    """The images' times with their starts and rebuilds, by name. The baseline starts in the same turns: only what was
    measured side by side is compared."""
    baseline = site.ladder.baseline.name
    starts = _starts(
        site, {baseline: ground.baseline, **{each.rung.name: each.image for each in measured}}, ground
    )
    found: dict[str, Times] = {}
    with touched_copy(site.ladder.project.root, site.ladder.language.sources) as copy:
        for each in measured:
            own = starts[each.rung.name]
            found[each.rung.name] = replace(
                each.times,
                build_warm_s=_rebuild(site, each, copy) if copy else None,
                start_s=min(own, default=None),
                starts_s=own,
                baseline_starts_s=starts[baseline],
            )
            _say_done(site, each)
    return found


def _say_done(site: Site, measured: Measured) -> None:
    size = f"{measured.weight.size_bytes / 1e6:.1f} MB"
    if isinstance(measured, Different):
        site.watch(Event(measured.rung.name, "different", "failed", size))
    else:
        site.watch(Event(measured.rung.name, "proved", "done", f"{size}, {measured.verdict.cases} cases"))


def _starts(site: Site, images: Mapping[str, str], ground: Ground) -> dict[str, tuple[float, ...]]:
    """Seconds from start to healthy, by name. The images take turns, so that a noisy moment hits all of them."""
    found: dict[str, tuple[float, ...]] = dict.fromkeys(images, ())
    if ground.program.port is None:
        return found
    for turn in range(STARTS):
        for name, image in images.items():
            site.say(name, "timing starts", f"{turn + 1} of {STARTS}")
            with site.clock.engine():
                found[name] += (start_seconds(site.engine, image, ground.program),)
    return found


def _rebuild(site: Site, measured: Measured, touched: Path) -> float | None:
    """Seconds to build again after one source file changed, as in the copy `touched`. None if it failed."""
    site.say(measured.rung.name, "timing a rebuild")
    quiet = replace(site, watch=lambda event: None)
    try:
        built = build(quiet, measured.rung, cache=True, root=touched)
    except BuildFailed:
        return None
    discard(site, built, measured.image)
    return built.seconds
