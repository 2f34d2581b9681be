"""The rungs below a ladder's last: the leanest rung that proved itself, slimmed, as an outcome like the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from unladen.climb.ladder import SLIMMED
from unladen.errors import BuildFailed, DiskFull, Interrupted, UnladenError
from unladen.keep.ledger import total
from unladen.keep.stages import admitting
from unladen.language.dockerignore import OWN
from unladen.language.interface import Rung
from unladen.measure.interface import Times
from unladen.slimming.mend import Full, SlimOptions
from unladen.slimming.story import Slimmed, slim
from unladen.trial.building import Site, build
from unladen.trial.ground import Ground
from unladen.trial.outcome import Climbed, Different, Failed, Outcome, Proved, Skipped, Slimming

Told = Callable[[Slimmed], None]
"""Is told all about a slimming that came to an end, proved or not."""
EXAMPLES = 3
"""So many packages that were tried in part are named."""


def slimmed_rung(
    site: Site,
    rung: Rung,
    candidates: Iterable[Climbed],
    ground: Ground,
    options: SlimOptions,
    told: Told | None,
) -> Outcome:
    """`rung` is the ladder's place for it, `candidates` are the rungs that stand, the baseline among them.

    Where somebody is `told`, what goes wrong is raised, as `slim` does; else it is how the rung ended.
    """
    if options.former is not None and options.former.policy != SLIMMED[rung.name]:
        options = replace(options, former=None)
    full = _full(site, rung, candidates, options)
    try:
        done = slim(site, full, ground, options)
    except UnladenError as error:
        if told or isinstance(error, Interrupted | DiskFull):
            raise
        return Failed(rung, str(error), error.detail)
    if told:
        told(done)
    elif done.holds and not done.removed:
        return Skipped(rung, f"there is nothing to remove from {full.rung.name}: every file of it is used")
    finished = replace(done.rung, name=rung.name, why=rung.why, goal=rung.goal)
    if done.verdict is None:
        return Failed(finished, done.failure)
    kind = Proved if done.holds else Different
    return kind(
        rung=finished,
        image=done.image,
        weight=done.weight,
        times=Times(build_cold_s=None if told else _cold(site, finished)),
        verdict=done.verdict,
        bases=site.bases_of(finished),
        slimming=summary(done),
    )


def summary(done: Slimmed) -> Slimming:
    """What the report says of a slimming beside its figures."""
    return Slimming(
        made_from=done.full.rung.name,
        policy=done.keep.policy,
        removed_bytes=total(done.removed),
        held_back=done.held_back,
        held=done.held,
        repairs=len({each.case for each in done.mended}),
        not_tried=tuple(map(str, done.unexercised[:EXAMPLES])),
        problems=(*done.trace_problems, *([done.untraced] if done.untraced else [])),
    )


def _full(site: Site, rung: Rung, candidates: Iterable[Climbed], options: SlimOptions) -> Full:
    """The rung to slim: the one that the list which is there was made from, else the leanest that proved itself.
    Those that pay for size with comfort are for the policy that does so, too."""
    policy, standing = SLIMMED[rung.name], list(candidates)
    former = options.former.made_from if options.former else ""
    comfortable = [each for each in standing if each.rung.goal == "balanced"]
    if named := [each for each in standing if each.rung.name == former]:
        standing = named
    elif policy == "package" and comfortable:
        standing = comfortable
    chosen = min(standing, key=lambda each: each.weight.size_bytes)
    image = build(site, chosen.rung, cache=True).image if chosen.remembered else chosen.image
    size = chosen.weight.size_bytes
    return Full(rung.name, chosen.rung, image, size, site.project.root, _ignore(site, chosen.rung), policy)


def _ignore(site: Site, rung: Rung) -> str:
    """The .dockerignore that the full image was built with, and the list let in."""
    if rung.proposed:
        return admitting(site.ignore if OWN in site.ignore else f"{site.ignore.rstrip()}\n\n{OWN}\n")
    own = site.project.root / ".dockerignore"
    return admitting(own.read_text(encoding="utf-8", errors="surrogateescape") if own.is_file() else "")


def _cold(site: Site, rung: Rung) -> float | None:
    """Seconds to build it without any cache; what it was proved with was built on a full image that stood."""
    try:
        built = build(site, rung)
    except BuildFailed:
        return None
    site.engine.remove_image(built.image)
    return built.seconds


def to_slim(outcomes: Iterable[Outcome]) -> tuple[Climbed, ...]:
    """Those that proved themselves."""
    return tuple(each for each in outcomes if isinstance(each, Proved) and each.slimming is None)
