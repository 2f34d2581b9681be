"""POST to what a crawl found, where nothing else writes: no framework, document or form says how."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from unladen.proof.corpus import READING
from unladen.proof.interface import NO_CASES, Corpus, Coverage, RequestCase
from unladen.proof.record import Live
from unladen.proof.sources.crawl import ORIGIN as CRAWL
from unladen.proof.sources.destructive import destroys

ORIGIN = "POST to what a crawl found"
MOST = 12
"""Paths that are tried."""


def posted(live: Live, corpus: Corpus) -> Corpus:
    """Of the paths that look like no file: an empty POST where it works and is answered otherwise than GET, and GET
    once more, which shows what it changed."""
    requests = [case for case in corpus.cases if isinstance(case, RequestCase)]
    if any(case.method not in READING for case in requests):
        return NO_CASES  # somebody says what may be written
    reads = [
        case
        for case in requests
        if case.method == "GET" and case.origin == CRAWL and not (case.takes or case.apart)
        if not destroys(case.path) and not posixpath.splitext(case.path)[1]
    ]
    cases: list[RequestCase] = []
    for read in reads[:MOST]:
        name = f"POST {read.path}"
        post = RequestCase(name, name, "POST", read.path, origin=ORIGIN, session=read.session)
        before, answer = live.ask(read), live.ask(post)
        if 200 <= answer.status < 400 and (answer.status, answer.body) != (before.status, before.body):
            cases += [post, replace(read, id=f"{name} read", origin=ORIGIN)]
    routes = tuple(dict.fromkeys(case.route for case in cases))
    return Corpus(tuple(cases), Coverage((), routes)) if cases else NO_CASES
