"""A corpus from an OpenAPI document: fixed requests, valid and invalid, for every operation."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from unladen.proof.corpus import numbered
from unladen.proof.interface import Corpus, Coverage, RequestCase
from unladen.proof.sources.draw import draw
from unladen.proof.sources.edges import body_edges, common_paths, route_edges

ORIGIN = "OpenAPI"
SPARE = 2
"""Requests drawn for each that there is room for: many turn out equal."""
FEWEST = 3
READING = ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY")
ORDER = (*READING, "POST", "PUT", "PATCH", "DELETE")
METHODS = frozenset(ORDER)


@dataclass(frozen=True)
class Operation:
    """One operation of the document and the requests drawn for it, in three queues that are asked in turn."""

    route: str
    method: str
    template: str
    described: tuple[RequestCase, ...]
    drawn: tuple[RequestCase, ...]
    edges: tuple[RequestCase, ...] = ()

    @property
    def best(self) -> RequestCase | None:
        """The first valid request, of those with a body the one that says most among the systematic ones."""
        valid = [case for case in self.described if case.kind == "valid"] or [
            case for case in self.drawn if case.kind == "valid"
        ]
        return max(valid, key=lambda case: len(case.body), default=None)

    def in_turn(self) -> Iterator[RequestCase]:
        """The good request first, then one of each queue."""
        if self.best:
            yield self.best
        for row in zip_longest(self.described, self.edges, self.drawn):
            yield from (case for case in row if case)


def corpus_from_openapi(
    document: Mapping[str, Any], *, seed: int = 0, at_least: int = 50, at_most: int = 200
) -> Corpus:
    """Up to `at_most` requests for the document, and no fewer than `at_least` where the API has as many.

    The same document, seed and versions of schemathesis and Hypothesis give the same corpus everywhere.
    Requests that read come first, then those that write, those that read once more, and DELETE last.
    Raises BadProject when the document cannot be read.
    """
    at_most = max(at_least, at_most)
    each = max(SPARE * at_most // max(1, len(_routes(document))), FEWEST)
    operations = [
        _with_edges(_operation(found), document)
        for found in draw(document, seed, operations=min(at_most, len(_routes(document))), each=each)
    ]
    again = _again(operations)[: max(0, min(at_most // 4, at_most - len(operations)))]
    chosen = _chosen(operations, at_most - len(again))
    cases = numbered(_ordered(chosen, again, operations))
    asked = {case.route for case in cases}
    known = tuple(dict.fromkeys([*_routes(document), *(operation.route for operation in operations)]))
    valid = sum(case.kind == "valid" for case in cases)
    coverage = Coverage(
        known=known,
        asked=tuple(route for route in known if route in asked),
        note=f"{len(cases)} requests from the OpenAPI document, {valid} of them valid",
        interface=True,
    )
    return Corpus(cases=cases, coverage=coverage, seed=seed)


def _routes(document: Mapping[str, Any]) -> list[str]:
    """The operations that the document names."""
    items = [(path, item) for path, item in document.get("paths", {}).items() if isinstance(item, Mapping)]
    return [f"{name.upper()} {path}" for path, item in items for name in item if name.upper() in METHODS]


# What schemathesis drew


def _operation(found: Mapping[str, Any]) -> Operation:
    cases: dict[str, list[RequestCase]] = {"example": [], "coverage": [], "drawn": []}
    for request in found["requests"]:
        cases[request["step"]].append(
            RequestCase(
                id="",
                route=found["route"],
                method=request["method"],
                path=request["path"],
                headers=tuple((name, value) for name, value in request["headers"]),
                body=base64.b64decode(request["body"]),
                kind=request["kind"],
                origin=ORIGIN,
            )
        )
    return Operation(
        route=found["route"],
        method=found["method"],
        template=found["template"],
        described=tuple(cases["example"] + _good_first(cases["coverage"])),
        drawn=tuple(cases["drawn"]),
    )


def _good_first(cases: list[RequestCase]) -> list[RequestCase]:
    """Requests with the operation's own method before those that try others."""
    return sorted(cases, key=lambda case: not case.route.startswith(f"{case.method} "))


def _with_edges(operation: Operation, document: Mapping[str, Any]) -> Operation:
    best = operation.best
    if best is None:
        return operation
    methods = frozenset(name.upper() for name in document["paths"].get(operation.route.partition(" ")[2], {}))
    around_body = body_edges(best) if best.body else iter(())
    around_route = route_edges(best, operation.template, methods)
    mixed = (case for pair in zip_longest(around_body, around_route) for case in pair if case)
    return replace(operation, edges=tuple(mixed))


# Which of them, and in which order


def _chosen(operations: Sequence[Operation], at_most: int) -> list[RequestCase]:
    """Round after round one request of each operation, so that a limit cuts all of them alike."""
    queues = [_distinct(operation.in_turn()) for operation in operations]
    rounds = zip_longest(*queues, common_paths())
    return _distinct(case for row in rounds for case in row if case)[:at_most]


def _distinct(cases: Iterable[RequestCase]) -> list[RequestCase]:
    seen: dict[tuple[object, ...], RequestCase] = {}
    for case in cases:
        seen.setdefault((case.method, case.path, case.headers, case.body), case)
    return list(seen.values())


def _again(operations: Sequence[Operation]) -> list[RequestCase]:
    """What is read once more when there was writing, to see what was written."""
    if all(operation.method in READING for operation in operations):
        return []
    return [operation.best for operation in operations if operation.method == "GET" and operation.best]


def _ordered(
    chosen: list[RequestCase], again: list[RequestCase], operations: Sequence[Operation]
) -> list[RequestCase]:
    place = {operation.route: number for number, operation in enumerate(operations)}
    last = len(place)

    def rank(case: RequestCase) -> tuple[int, int]:
        method = ORDER.index(case.method) if case.method in ORDER else len(ORDER)
        return method, place.get(case.route, last)

    cases = sorted(chosen, key=rank)
    deleting = next((n for n, case in enumerate(cases) if case.method == "DELETE"), len(cases))
    return [*cases[:deleting], *again, *cases[deleting:]]
