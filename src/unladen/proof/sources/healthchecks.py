"""The requests of the project's own health checks: HEALTHCHECK, and `healthcheck:` of its compose file."""

from __future__ import annotations

from unladen.dockerfile.choose import choose
from unladen.dockerfile.healthcheck import HealthCheck, health_checks
from unladen.errors import BadDockerfile
from unladen.proof.corpus import numbered
from unladen.proof.interface import NO_CASES, Corpus, Coverage, RequestCase
from unladen.proof.sources.interface import Surroundings


def checked(around: Surroundings) -> Corpus:
    """Each path once; a check of another port than the program's is left out."""
    if around.root is None or around.live is None:
        return NO_CASES
    try:
        users = choose(around.root)
    except BadDockerfile:  # which of several is meant, only options say
        users = None
    ours = [each for each in health_checks(around.root, users) if each.port in (None, around.program.port)]
    once = {each.path: each for each in reversed(ours)}
    cases = numbered(_case(each, around.program.health) for each in reversed(once.values()))
    routes = tuple(case.route for case in cases)
    note = ", ".join(dict.fromkeys(each.source for each in reversed(once.values())))
    return (
        Corpus(cases, Coverage((), routes, f"health check from {note}" if note else ""))
        if cases
        else NO_CASES
    )


def _case(check: HealthCheck, health: str | None) -> RequestCase:
    """That the health path answers says no more than that the program has started."""
    route = f"GET {check.path.partition('?')[0]}"
    origin = "health check" if check.path == health else check.source
    return RequestCase("", route, "GET", check.path, kind="valid", origin=origin)
