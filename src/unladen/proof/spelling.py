"""A route that two sources know is known once, and asked by the first of them that asks it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest

from unladen.proof.interface import Case, Corpus, RequestCase

_PARAMETER = re.compile(r"\{[^{}]*\}|<[^<>]*>")
_DEEP = re.compile(r"<path:|:path\}|\.\.\.\}|\*")
_ROUTE = re.compile(r"[A-Z]+ /")


def spelled_alike(route: str) -> str:
    """ "GET /a/<int:id>" and "GET /a/{name}" as one: "GET /a/{}". Names of commands stay as they are."""
    return _PARAMETER.sub("{}", route) if _ROUTE.match(route) else route


def known_route(case: RequestCase, known: Sequence[str]) -> str:
    """The known route that a case asks: its own, or the one that its path is of ("/users/42" of "/users/{id}"), of
    several the one that says most; "" for none."""
    if case.route in known:
        return case.route
    concrete = f"{case.method} {case.path.partition('?')[0]}"
    if concrete in known:
        return concrete
    found = [route for route in known if _whole(route).fullmatch(concrete)]
    return max(found, key=lambda route: len(_PARAMETER.sub("", route)), default="")


@lru_cache(4096)
def _whole(route: str) -> re.Pattern[str]:
    """What a route's parameters stand for is not empty, and of one segment unless they say otherwise."""
    texts = map(re.escape, _PARAMETER.split(route))
    slots = [".+" if _DEEP.search(slot) else "[^/]+" for slot in _PARAMETER.findall(route)]
    return re.compile("".join(text + slot for text, slot in zip_longest(texts, slots, fillvalue="")))


def without_what_is_asked(corpus: Corpus, earlier: Sequence[Corpus]) -> Corpus:
    """The corpus without the routes that one of the earlier ones asks."""
    asked: dict[str, str] = {}
    for each in earlier:
        asked |= {spelled_alike(route): route for route in each.coverage.asked}
    requests = [case for each in earlier for case in each.cases if isinstance(case, RequestCase)]
    double = {route for route in corpus.coverage.known if _is_asked(route, asked, requests)}
    return replace(
        corpus,
        cases=tuple(case for case in corpus.cases if _route(case) not in double),
        coverage=replace(
            corpus.coverage,
            known=tuple(route for route in corpus.coverage.known if route not in double),
            asked=tuple(route for route in corpus.coverage.asked if route not in double),
        ),
    )


def each_once(routes: Iterable[str]) -> tuple[str, ...]:
    """Each route in its first spelling."""
    found: dict[str, str] = {}
    for route in routes:
        found.setdefault(spelled_alike(route), route)
    return tuple(found.values())


def _is_asked(route: str, asked: dict[str, str], requests: Sequence[RequestCase]) -> bool:
    """A document may leave out the prefix that its server has: what was asked shows it."""
    alike = spelled_alike(route)
    if alike in asked:
        return True
    method, _, path = alike.partition(" ")
    shorter = [
        label
        for other, label in asked.items()
        if other.partition(" ")[0] == method
        and len(other.partition(" ")[2]) > 1
        and path.endswith(other.partition(" ")[2])
    ]
    if not shorter:
        return False
    whole = re.compile("[^/?]+".join(map(re.escape, path.split("{}"))) + r"(?:\?.*)?")
    return any(case.route in shorter and whole.fullmatch(case.path) for case in requests)


def _route(case: Case) -> str:
    return case.route if isinstance(case, RequestCase) else ""
