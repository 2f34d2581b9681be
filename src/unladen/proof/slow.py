"""A corpus without most of what takes long to answer: each recording of each rung would wait for all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from unladen.proof.interface import CONFIGURED, Case, Corpus, Recording, RequestCase, Response
from unladen.proof.spelling import known_route

SLOW = 1.0
"""Seconds from which an answer is slow."""
SLOW_TOGETHER = 15.0
"""Seconds that all slow answers of one recording may take."""


def without_the_slow(corpus: Corpus, seen: Recording) -> Corpus:
    """The corpus without the slow answers of `seen` that are too many, and what goes on from those; the note says
    which. The quickest of each route stays before a second one of any."""
    took = {id: each.seconds for id, each in seen.answers.items() if isinstance(each, Response)}
    requests = [case for case in corpus.cases if isinstance(case, RequestCase)]
    slow = [case for case in requests if took.get(case.id, 0.0) >= SLOW and case.origin != CONFIGURED]
    gone = {case.id for case in _too_many(slow, took)}
    if not gone:
        return corpus
    for case in requests:  # what takes a value comes after what it takes it from
        if case.origin != CONFIGURED and any(taken.case in gone for taken in case.takes):
            gone.add(case.id)
    kept = tuple(case for case in corpus.cases if case.id not in gone)
    coverage = corpus.coverage
    routes = {known_route(case, coverage.known) for case in kept if isinstance(case, RequestCase)}
    lost = {known_route(case, coverage.known) for case in requests if case.id in gone} - routes
    seconds = sum(took.get(id, 0.0) for id in gone)
    note = f"{_named(case for case in requests if case.id in gone)} would take {seconds:.0f} s each time"
    return replace(
        corpus,
        cases=kept,
        coverage=replace(
            coverage,
            asked=tuple(route for route in coverage.asked if route not in lost),
            note="; ".join(filter(None, (coverage.note, f"slow answers left out: {note}"))),
        ),
    )


def _too_many(slow: list[RequestCase], took: Mapping[str, float]) -> Iterable[RequestCase]:
    """Those that come after the time for slow answers is up."""
    of_route: dict[str, int] = {}
    ranked = []
    for case in sorted(slow, key=lambda case: took[case.id]):
        of_route[case.route] = of_route.get(case.route, 0) + 1
        ranked.append((of_route[case.route], took[case.id], case))
    left = SLOW_TOGETHER
    for _, seconds, case in sorted(ranked, key=lambda each: each[:2]):
        left -= seconds
        if left < 0:
            yield case


def _named(cases: Iterable[Case]) -> str:
    """ "GET /delay/{n} and 12 more requests"."""
    first, *more = [f"{case.method} {case.path}" for case in cases if isinstance(case, RequestCase)]
    return f"{first} and {len(more)} more requests" if more else first
