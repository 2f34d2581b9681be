"""What was created is read and deleted under the id or the place that the program gave it."""

from __future__ import annotations

import json
from dataclasses import replace

from unladen.proof.interface import NO_CASES, Corpus, Coverage, RequestCase, Response, Taken
from unladen.proof.record import Live
from unladen.proof.replay import replay

MOST = 6
IDS = ("id", "uuid", "_id", "key", "slug", "name")
ORIGIN = "what was created"


def follow_ups(live: Live, corpus: Corpus) -> Corpus:
    """For the first valid POST of each route that creates something: GET and DELETE of it, and GET once more."""
    posts: dict[str, RequestCase] = {}
    for case in corpus.cases:
        if not isinstance(case, RequestCase) or case.method != "POST" or case.kind == "invalid":
            continue
        if not (case.apart or case.session or case.takes or case.when):
            posts.setdefault(case.route, case)
    cases: list[RequestCase] = []
    for post in list(posts.values())[:MOST]:
        cases += _after(live, post)
    routes = tuple(dict.fromkeys(case.route for case in cases))
    return Corpus(tuple(cases), Coverage((), routes)) if cases else NO_CASES


def _after(live: Live, post: RequestCase) -> list[RequestCase]:
    """What works of it at the running baseline."""
    answer = live.ask(post)
    taken = _named(answer, post.id)
    if taken is None or not 200 <= answer.status < 400:
        return []
    path = taken.slot
    if taken.source == "json":
        way = post.path.partition("?")[0]
        path = f"{way.rstrip('/')}/{taken.slot}" + ("/" if way.endswith("/") else "")
    route = f"{post.route.partition(' ')[2].rstrip('/')}/{{id}}"
    read = RequestCase(f"{post.id} read", f"GET {route}", "GET", path, origin=ORIGIN, takes=(taken,))
    delete = replace(read, id=f"{post.id} delete", route=f"DELETE {route}", method="DELETE")
    gone = replace(read, id=f"{post.id} read once more")
    answers = replay((post, read, delete, gone), live.url)
    if not 200 <= answers[read.id].status < 300:
        return []
    return [read, delete, gone] if 200 <= answers[delete.id].status < 400 else [read]


def _named(answer: Response, case: str) -> Taken | None:
    if dict(answer.headers).get("location"):
        return Taken("{location}", case, "header", "location")
    try:
        made = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(made, dict):
        return None
    name = next((name for name in IDS if isinstance(made.get(name), str | int)), "")
    return Taken("{id}", case, "json", name) if name else None
