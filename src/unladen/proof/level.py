"""How much a proof says: its level, what that rests on, and what would raise it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from unladen.proof.interface import Verdict

_PLURAL = re.compile(r"(?<=[a-z])s\b")
Level = Literal["strong", "fair", "thin", "none"]
LEVELS: tuple[Level, ...] = ("none", "thin", "fair", "strong")
"""From the least to the most."""
MEANING: Mapping[Level, str] = {
    "strong": "all that the image has was compared, and most of what the program is known to answer was asked",
    "fair": "all that the image has was compared, and some of what the program does",
    "thin": "little more than start and stop was compared",
    "none": "nothing was compared that counts",
}
MOST = 0.9
"""The share of the known routes and commands that has to be asked for `strong`."""
SOME = 5
"""So many counting cases are some of what a program does."""


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on. `compared` counts what the image has, by kind ("files": 2310); `checks` and `modules`
    are the battery's; `asked` of `known` routes and commands are those of which a case counts; `next_step` is what to
    configure to raise the level, "" for `strong`."""

    level: Level
    compared: Mapping[str, int] = field(default_factory=dict)
    checks: int = 0
    modules: int = 0
    asked: int = 0
    known: int = 0
    cases: int = 0
    counting: int = 0
    failed_alike: int = 0
    next_step: str = ""


def evidence(verdict: Verdict) -> Evidence:
    known = verdict.coverage.known
    return Evidence(
        level=level(verdict),
        compared=dict(verdict.static.counts),
        checks=verdict.environment_checks,
        modules=verdict.worth.modules,
        asked=len(_asked(verdict)),
        known=len(known),
        cases=verdict.cases,
        counting=verdict.worth.counting,
        failed_alike=len(verdict.failed_alike),
        next_step=next_step(verdict),
    )


def in_words(said: Evidence) -> str:
    """What was compared: "2,310 files, 41 packages, 62 cases over 6 of 6 known routes, 24 checks of 1,204 modules"."""
    of = f" over {said.asked} of {said.known} known routes or commands" if said.known else ""
    parts = [counted(count, what) for what, count in said.compared.items() if count]
    parts.append(f"{said.counting} counting case{'' if said.counting == 1 else 's'}{of}")
    parts += [f"{said.checks} checks of the environment"] if said.checks else []
    parts += [f"{said.modules:,} modules and tools"] if said.modules else []
    return ", ".join(parts)


def counted(count: int, plural: str) -> str:
    """ "1 module of the runtime", "2,310 files"."""
    return f"{count:,} {plural if count != 1 else _PLURAL.sub('', plural, count=1)}"


def level(verdict: Verdict) -> Level:
    """How much a verdict without a difference says."""
    worth, coverage = verdict.worth, verdict.coverage
    static = verdict.static.complete
    if not worth.counting:
        starts = worth.starting or worth.turned_away or (worth.serves and not verdict.failed_alike)
        return "thin" if static and starts else "none"
    if not static:
        return "thin"
    if coverage.interface and len(_asked(verdict)) >= MOST * len(coverage.known):
        return "strong"
    return "fair" if worth.counting >= SOME or worth.tests else "thin"


def proves(verdict: Verdict) -> bool:
    """Whether nothing differs and something was compared that counts."""
    return verdict.holds and level(verdict) != "none"


def next_step(verdict: Verdict) -> str:
    """The one thing to configure that raises the level most."""
    worth, failing = verdict.worth, verdict.failed_alike
    where = "[[verify.request]]" if worth.asked else "[[verify.command]]"
    what = "requests" if worth.asked else "commands"
    if failing and (len(failing) >= worth.counting or worth.wants):
        gave = f"give {' and '.join(worth.wants[:3])} under [project] env" if worth.wants else _MEND
        of = len(failing) + worth.counting + worth.starting + worth.turned_away
        return f"{gave}: {len(failing)} of {of} cases failed alike, the first: {failing[0]}"
    if worth.turned_away > worth.counting:
        return (
            f"describe requests that the program lets in under {where} (with their headers): "
            f"{worth.turned_away} cases were turned away"
        )
    if level(verdict) == "strong":
        return ""
    asked = _asked(verdict)
    if missing := [route for route in verdict.coverage.known if route not in asked]:
        share = f"{len(missing)} of {len(verdict.coverage.known)} known ones"
        return f"describe {what} under {where}: {share} did not count, such as {missing[0]}"
    return f"describe {what} under {where}: nothing names those that the program knows"


_MEND = (
    "make the baseline answer (its environment is set under [project] env, what it needs beside it under [services], "
    "its cases under [verify])"
)


def _asked(verdict: Verdict) -> frozenset[str]:
    """The known routes and commands of which a case counts."""
    return frozenset(verdict.coverage.known) & frozenset(verdict.worth.answered)
