"""Values that pages show are asked for in other routes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from lively import Site, served

from unladen.language.routes import Route
from unladen.proof.interface import Corpus, RequestCase
from unladen.proof.replay import replay
from unladen.proof.sources.crawl import ORIGIN
from unladen.proof.sources.shown_values import MOST, shown_values

FLAG = (200, {"Content-Type": "image/svg+xml"}, b"<svg/>")
ROUTES = tuple(
    Route(method, path, "a framework")
    for method, path in (
        ("GET", "/cities"),
        ("GET", "/cities/new"),
        ("GET", "/cities/{name}"),
        ("GET", "/cities/{name}/flag"),
        ("GET", "/cities/{name}/delete"),
        ("GET", "/mayors/{name}"),
        ("GET", "/rivers/{river}"),
        ("DELETE", "/cities/{name}"),
    )
)


def live(url: str) -> Any:
    return SimpleNamespace(url=url, ask=lambda case: replay([case], url)[case.id])


def crawled(*paths: str) -> Corpus:
    return Corpus(tuple(RequestCase(path, f"GET {path}", "GET", path, origin=ORIGIN) for path in paths))


def test_what_a_link_names_is_asked_of_every_route_that_begins_alike() -> None:
    site = Site(pages={"/cities/Berlin/flag": FLAG, "/mayors/Berlin": FLAG})
    with served(site) as url:
        found = shown_values(live(url), crawled("/", "/cities/Berlin", "/cities/new"), ROUTES)
    assert [case.path for case in found.cases if isinstance(case, RequestCase)] == [
        "/cities/Berlin/flag",
        "/mayors/Berlin",
    ]
    assert found.coverage.asked == ("GET /cities/{name}/flag", "GET /mayors/{name}")
    assert not any("delete" in line.lower() for line in site.log)


def test_what_no_page_names_is_asked_for_values_of_other_parameters() -> None:
    """A distance is one between two cities, and nothing but their names says so."""
    routes = [*ROUTES, Route("GET", "/distance/{one}/{other}", "")]
    pages = {"/distance/Berlin/Rome": FLAG}
    with served(Site(pages=pages)) as url:
        found = shown_values(live(url), crawled("/cities/Berlin", "/cities/Rome"), routes)
    assert [case.id for case in found.cases] == ["GET /distance/Berlin/Rome"]


def test_it_is_bounded_and_finds_nothing_where_no_page_shows_anything() -> None:
    routes = [Route("GET", f"/cities/{{name}}/{number}", "") for number in range(99)]
    pages = {f"/cities/Berlin/{number}": FLAG for number in range(99)}
    with served(Site(pages=pages)) as url:
        found = shown_values(live(url), crawled("/cities/Berlin"), [*ROUTES, *routes])
        assert len(found.cases) == MOST
        assert shown_values(live(url), crawled("/"), ROUTES).cases == ()
