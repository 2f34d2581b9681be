"""Figures and phrases as every format for people writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unladen.climb.interface import Slimming
from unladen.proof.interface import Verdict
from unladen.proof.level import level
from unladen.slimming.interface import ENOUGH_HELD_BACK

NONE = "–"
"""Stands where nothing was measured or nothing can be compared."""

_UNITS = ("B", "kB", "MB", "GB", "TB")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def size(count: int | None) -> str:
    """Bytes in decimal units and three digits, as docker prints them: 1 MB is 1,000,000 bytes."""
    if count is None:
        return NONE
    if count < 1000:
        return f"{count} B"
    unit = next((power for power in range(1, 4) if count < 999.5 * 1000**power), 4)
    value = count / 1000**unit
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {_UNITS[unit]}"


def bar(share: float, width: int) -> str:
    """A share of 1 as a bar of at most `width` cells, in halves; what is there at all shows."""
    halves = max(round(share * width * 2), 1) if share > 0 else 0
    return "█" * (halves // 2) + "▌" * (halves % 2)


def percent(fraction: float | None) -> str:
    """A share saved; a minus (the typographic one) says that it grew."""
    return NONE if fraction is None else f"{100 * fraction:.1f}%".replace("-", "−").replace("−0.0%", "0.0%")


def seconds(value: float | None) -> str:
    if value is None:
        return NONE
    if value < 10:
        return f"{value:.2f} s"
    if value < 99.95:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes}m{rest:02d}s"


def number(count: int | None) -> str:
    return NONE if count is None else f"{count:,}"


def proof(verdict: Verdict) -> str:
    """The proof in a few words: "62 same: strong", "58 same, 4 volatile: fair", "3 DIFFERENT of 62"."""
    if verdict.different or verdict.not_run:
        parts = [f"{verdict.different} DIFFERENT of {verdict.cases}"] if verdict.different else []
        parts += [f"{verdict.not_run} NOT RUN of {verdict.cases}"] if verdict.not_run else []
    else:
        parts = [f"{verdict.same} same"]
        parts += [f"{verdict.volatile} volatile"] if verdict.volatile else []
        parts += [f"{len(verdict.failed_alike)} failed alike"] if verdict.failed_alike else []
    lost = [d.check for d in verdict.environment if d.fatal]
    gone = verdict.static.unexplained
    parts += [f"{len(gone)} DIFFERENT in the image"] if gone else []
    parts += [f"LOST {' and '.join(lost)}"] if lost else []
    known = level(verdict)
    return ", ".join(parts) + (f": {'no proof' if known == 'none' else known}" if verdict.holds else "")


def risk(slimming: Slimming) -> Iterator[str]:
    """What a slimmed rung's size does not say, in sentences."""
    what = "used packages are kept whole" if slimming.policy == "package" else "only used files are kept"
    yield f"made from {slimming.made_from} without {size(slimming.removed_bytes)} of it; {what}."
    share = f"{slimming.held} of {slimming.held_back}"
    if (slimming.held_back or 0) >= ENOUGH_HELD_BACK:
        yield f"{share} cases that were not traced held before any repair: the estimate for what nobody tested."
    elif slimming.held_back:
        yield f"{share} cases that were not traced held: too few for an estimate of what nobody tested."
    else:
        yield "no case could be held back from the trace: nothing is known about what nobody tested."
    if slimming.declared_gone:
        yield f"declared, and gone: {', '.join(slimming.declared_gone)}."
    if slimming.repairs:
        yield f"{slimming.repairs} of its cases needed a repair; the list says which."
    if slimming.not_tried:
        yield f"never tried: {', '.join(slimming.not_tried)}."
    yield from (f"the trace is not complete: {problem}." for problem in slimming.problems)


def clean(text: str) -> str:
    """A stranger's text (an answer, a log) made harmless for a terminal: control characters are shown."""
    return _UNPRINTABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text).expandtabs(4)


def short(text: str, limit: int = 300) -> str:
    """At most `limit` characters on one line, cleaned; what is cut is said."""
    line = clean(" ".join(text.split()))
    return line if len(line) <= limit else f"{line[:limit]}… ({len(line) - limit} more characters)"
