"""A corpus from the routes that the framework, or the program's source, names."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest

from unladen.language.routes import WEBSOCKET, Route
from unladen.proof.corpus import numbered
from unladen.proof.interface import NO_CASES, Corpus, Coverage, RequestCase
from unladen.proof.sources.destructive import destroys
from unladen.proof.sources.filling import every_example, filled
from unladen.proof.sources.interface import Surroundings

AT_MOST = 200
"""Requests, where the plan does not ask for more."""
WRITING = ("POST", "PUT", "PATCH")
ORDER = ("GET", "HEAD", "OPTIONS", *WRITING, "DELETE")
_FORM = b"name=unladen&title=unladen&text=unladen"


def routed(around: Surroundings) -> Corpus:
    """Every route that is known, at least once: what reads first, DELETE last, and apart from all others what may
    destroy something."""
    known = [route for route in around.known.routes if route.method != WEBSOCKET]
    if around.live is None or not known:
        return replace(NO_CASES, coverage=Coverage(note=around.known.note))
    at_most = max(AT_MOST, around.plan.cases)
    cases = numbered(_ordered(_chosen(known, around.known.headers, at_most)))
    asked = {case.route for case in cases}
    names = tuple(dict.fromkeys(map(name_of, known)))
    origins = ", ".join(dict.fromkeys(route.origin.partition(" in ")[0] for route in known))
    return Corpus(
        cases,
        Coverage(
            known=names,
            asked=tuple(name for name in names if name in asked),
            note=f"{len(cases)} requests for {len(names)} routes of {origins}",
            interface=True,
        ),
        fills=True,
    )


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def _chosen(known: Sequence[Route], headers: Mapping[str, str], at_most: int) -> list[RequestCase]:
    """Round after round one request of each route, so that a limit cuts all of them alike."""
    methods: dict[str, set[str]] = {}
    for route in known:
        methods.setdefault(route.path, set()).add(route.method)
    queues = [_cases(route, frozenset(methods[route.path]), headers) for route in known]
    seen: dict[tuple[object, ...], RequestCase] = {}
    for case in (case for row in zip_longest(*queues) for case in row if case):
        seen.setdefault((case.method, case.path, case.headers, case.body), case)
    return list(seen.values())[:at_most]


def _cases(route: Route, methods: frozenset[str], headers: Mapping[str, str]) -> Iterator[RequestCase]:
    good = RequestCase(
        id="",
        route=name_of(route),
        method=route.method,
        path=filled(route),
        headers=tuple(headers.items()),
        kind="valid",
        origin=route.origin,
        apart=destroys(route.path) and route.method in ("GET", *WRITING),
    )
    yield good
    others = [replace(good, path=path) for path in every_example(route)]
    yield from (case for case in others if case.path != good.path)
    if (missing := filled(route, exists=False)) != good.path:
        yield replace(good, path=missing, kind="invalid")
    if route.method in WRITING:
        yield from _with_bodies(good)
    if route.method == "GET" and not good.apart:
        yield from _other_methods(good, methods)


def _with_bodies(good: RequestCase) -> Iterator[RequestCase]:
    for kind, body in (("application/json", b"{}"), ("application/x-www-form-urlencoded", _FORM)):
        yield replace(good, headers=(*good.headers, ("Content-Type", kind)), body=body)
    broken = (*good.headers, ("Content-Type", "application/json"))
    yield replace(good, headers=broken, body=json.dumps({"name": "unladen"}).encode()[:-1], kind="invalid")


def _other_methods(good: RequestCase, methods: frozenset[str]) -> Iterator[RequestCase]:
    """What most frameworks answer by themselves, and a method that the path is not made for."""
    yield replace(good, method="HEAD", kind="invalid")
    yield replace(good, method="OPTIONS", kind="invalid")
    wrong = next((method for method in WRITING if method not in methods), None)
    if wrong:
        yield replace(good, method=wrong, kind="invalid")


def _ordered(cases: Iterable[RequestCase]) -> list[RequestCase]:
    def rank(case: RequestCase) -> tuple[bool, int]:
        return case.apart, ORDER.index(case.method) if case.method in ORDER else len(ORDER)

    return sorted(cases, key=rank)
