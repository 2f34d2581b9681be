"""Values that a page shows in one route's path, asked for in the other routes that begin alike: where a link leads to
/cities/Berlin, /cities/{name}/flag is asked for Berlin, too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote

from unladen.language.routes import Route
from unladen.proof.interface import NO_CASES, Corpus, Coverage, RequestCase
from unladen.proof.record import Live
from unladen.proof.sources.crawl import ORIGIN as CRAWL
from unladen.proof.sources.destructive import destroys
from unladen.proof.sources.filling import PARAMETER
from unladen.proof.sources.routes import WRITING, name_of

ORIGIN = "values that pages show"
ANY = ""
"""Under which every value stands."""
VALUES = 3
"""Values of one parameter."""
MOST = 40
NOT_THERE = frozenset({404, 405, 410, 501})


def shown_values(live: Live, corpus: Corpus, known: Sequence[Route]) -> Corpus:
    """What works of it at the running baseline: reads first, DELETE never. A route is asked where each of its
    parameters was seen, behind the same beginning or, failing that, under the same name; one of which no page shows
    anything, for values of other parameters."""
    requests = [case for case in corpus.cases if isinstance(case, RequestCase)]
    crawled = [case.path.partition("?")[0] for case in requests if case.origin == CRAWL and not case.takes]
    seen = _seen(crawled, known)
    asked = {(case.method, case.path) for case in requests}
    cases: list[RequestCase] = []
    for route in sorted(known, key=lambda each: each.method in WRITING):
        if route.method not in ("GET", *WRITING) or destroys(route.path):
            continue
        for path in _paths(route, seen):
            if (route.method, path) not in asked and len(cases) < MOST:
                asked.add((route.method, path))
                case = RequestCase(
                    f"{route.method} {path}", name_of(route), route.method, path, kind="valid", origin=ORIGIN
                )
                answer = live.ask(case)
                cases += [case] if 0 < answer.status < 500 and answer.status not in NOT_THERE else []
    return (
        Corpus(tuple(cases), Coverage((), tuple(dict.fromkeys(c.route for c in cases))))
        if cases
        else NO_CASES
    )


def _seen(paths: Sequence[str], known: Sequence[Route]) -> dict[str, list[str]]:
    """Values by where they stand ("/cities/{}"), and by the parameter's name ("name")."""
    found: dict[str, list[str]] = {}
    for template in dict.fromkeys(route.path for route in known if "{" in route.path):
        parts = [
            part if number % 2 else re.escape(part) for number, part in enumerate(PARAMETER.split(template))
        ]
        expression = re.compile("".join("([^/]+)" if n % 2 else part for n, part in enumerate(parts)))
        names = list(PARAMETER.finditer(template))
        for path in paths:
            match = expression.fullmatch(path)
            fixed = any(route.path == path for route in known)
            for name, value in zip(names, match.groups() if match and not fixed else (), strict=False):
                for key in (_place(template, name), name[1], ANY):
                    values = found.setdefault(key, [])
                    if unquote(value) and value not in values and len(values) < VALUES:
                        values.append(value)
    return found


def _place(template: str, name: re.Match[str]) -> str:
    return PARAMETER.sub("{}", template[: name.end()])


def _paths(route: Route, seen: dict[str, list[str]]) -> Iterator[str]:
    """One path for each of the values; the second of two parameters that begin alike takes the next value."""
    names = list(PARAMETER.finditer(route.path))
    values = [seen.get(_place(route.path, name)) or seen.get(name[1]) or seen.get(ANY) for name in names]
    parts = PARAMETER.split(route.path)
    for turn in range(VALUES if names and all(values) else 0):
        chosen = [given[(turn + at) % len(given)] for at, given in enumerate(values) if given]
        yield "".join(chosen[number // 2] if number % 2 else part for number, part in enumerate(parts))
