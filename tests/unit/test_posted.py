"""An empty POST to what a crawl found."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from lively import Site, served

from unladen.proof.interface import Corpus, RequestCase
from unladen.proof.replay import replay
from unladen.proof.sources.crawl import ORIGIN, SESSION
from unladen.proof.sources.posted import posted


def test_what_answers_it_otherwise_than_get_is_a_case_and_asked_again() -> None:
    site = Site(pages={"/same": (200, {}, b"whatever the method")})
    paths = ("/", "/notes", "/login", "/same", "/app.js", "/logout", "/nothing")
    crawled = [
        RequestCase(path, f"GET {path}", "GET", path, origin=ORIGIN, session=SESSION) for path in paths
    ]
    with served(site) as url:
        live: Any = SimpleNamespace(ask=lambda case: replay([case], url)[case.id])
        found = posted(live, Corpus(tuple(crawled)))
    assert [case.id for case in found.cases] == ["POST /notes", "POST /notes read"]
    assert found.coverage.asked == ("POST /notes", "GET /notes")
    assert not {"POST /app.js", "POST /logout"} & set(site.log)


def test_what_a_form_sends_is_not_sent_without_its_fields() -> None:
    site = Site()
    cases = [RequestCase(m, f"{m} /notes", m, "/notes", origin=ORIGIN) for m in ("GET", "POST")]
    with served(site) as url:
        live: Any = SimpleNamespace(ask=lambda case: replay([case], url)[case.id])
        assert posted(live, Corpus(tuple(cases))).cases == ()
    assert site.log == []
