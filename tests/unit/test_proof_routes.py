"""Routes become cases: each asked, once, what destroys apart from the rest."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from unladen.engine.interface import Container, ImageFacts
from unladen.language.patterns import example, template
from unladen.language.routes import Route
from unladen.proof.corpus import combined
from unladen.proof.interface import Corpus, Coverage, Program, ProofPlan, RequestCase
from unladen.proof.record import Live
from unladen.proof.sources.filling import filled
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.introspected import Known
from unladen.proof.sources.routes import routed

FACTS = ImageFacts("sha256:1", 0, (), "amd64", {}, (), ("app",), "", "/", (), "", {}, ())
LIVE = Live(cast(Container, None), "http://127.0.0.1:1")
AROUND = Surroundings(Program(8000), ProofPlan(), FACTS, LIVE)


def corpus(*routes: Route, **headers: str) -> Corpus:
    return routed(replace(AROUND, known=Known(routes, headers)))


def sent(found: Corpus) -> list[str]:
    return [f"{case.method} {case.path}" for case in found.cases if isinstance(case, RequestCase)]


def test_every_route_is_asked_and_labelled() -> None:
    routes = [Route("GET", f"/r{n}/{{id}}", "Flask's url_map", {"id": "int"}) for n in range(90)]
    found = corpus(*routes)
    assert found.coverage.known == found.coverage.asked == tuple(f"GET /r{n}/{{id}}" for n in range(90))
    assert len(found.cases) == 200
    assert {case.origin for case in found.cases} == {"Flask's url_map"}
    assert corpus(*routes) == found


def test_what_a_route_is_asked() -> None:
    found = corpus(Route("GET", "/a/{id}", "o", {"id": "int"}), Route("PUT", "/a/{id}", "o", {"id": "int"}))
    assert sent(found) == [
        "GET /a/1",
        "GET /a/999999",
        "HEAD /a/1",
        "OPTIONS /a/1",
        "POST /a/1",
        "PUT /a/1",
        "PUT /a/999999",
        "PUT /a/1",
        "PUT /a/1",
        "PUT /a/1",
    ]
    bodies = [case.body for case in found.cases if isinstance(case, RequestCase) and case.method == "PUT"]
    assert bodies.count(b"") == 2
    assert b"{}" in bodies


def test_delete_is_last_and_what_destroys_is_apart() -> None:
    found = corpus(
        Route("DELETE", "/a", "o"),
        Route("GET", "/a/logout", "o"),
        Route("GET", "/a", "o"),
        Route("POST", "/a", "o"),
    )
    apart = [case for case in found.cases if isinstance(case, RequestCase) and case.apart]
    assert [case.path for case in apart] == ["/a/logout"]
    assert sent(found)[-2:] == ["DELETE /a", "GET /a/logout"]
    assert "GET /a/logout" in found.coverage.asked


@pytest.mark.parametrize(
    "path", ["/shutdown", "/users/{id}/delete", "/delete_all", "/cache/flush/", "/log-out"]
)
def test_destructive_paths(path: str) -> None:
    assert all(case.apart for case in corpus(Route("GET", path, "o")).cases if isinstance(case, RequestCase))


@pytest.mark.parametrize("path", ["/stops", "/exits/{id}", "/presets", "/dropdown"])
def test_paths_that_only_sound_like_it(path: str) -> None:
    assert not any(
        case.apart for case in corpus(Route("GET", path, "o")).cases if isinstance(case, RequestCase)
    )


def test_headers_that_the_program_asks_for() -> None:
    found = corpus(Route("GET", "/", "o"), Host="shop.example")
    assert all(
        ("Host", "shop.example") in case.headers for case in found.cases if isinstance(case, RequestCase)
    )


def test_files_that_are_there_are_asked_for() -> None:
    found = corpus(Route("GET", "/static/{f}", "o", {"f": "path"}, {"f": ("a b.css", "d/e.js")}))
    assert {"GET /static/a%20b.css", "GET /static/d/e.js"} <= set(sent(found))


@pytest.mark.parametrize(
    ("route", "path"),
    [
        (Route("GET", "/{user_id}", "o"), "/1"),
        (Route("GET", "/{key}", "o", {"key": "uuid"}), "/3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
        (Route("GET", "/{code}", "o", {"code": "[a-z]{3}"}), "/aaa"),
        (Route("GET", "/{year}/{slug}", "o", {"year": "[0-9]{4}"}), "/2024/first-post"),
        (Route("GET", "/{a}-{b}.json", "o", {"a": "int"}), "/1-1.json"),
        (Route("GET", "/é/{rest}", "o", {"rest": "path"}), "/%C3%A9/a/b.txt"),
    ],
)
def test_values_that_fit(route: Route, path: str) -> None:
    assert filled(route) == path


@pytest.mark.parametrize(
    ("pattern", "path", "examples"),
    [
        (r"^articles/(?P<year>[0-9]{4})/$", "articles/{year}/", {"year": "1111"}),
        (r"/story/([0-9]+)$", "/story/{arg1}", {"arg1": "1"}),
        (r"^(?P<slug>[-\w]+)/?$", "{slug}", {"slug": "a"}),
        (r"^page/(?:(?P<n>\d+)/)?$", "page/", {}),
        (r"^(?P<kind>red|green)\.html\Z", "{kind}.html", {"kind": "red"}),
        (r"/files/(?P<path>.*)", "/files/{path}", {"path": "a"}),
    ],
)
def test_expressions_become_templates(pattern: str, path: str, examples: dict[str, str]) -> None:
    found = template(pattern)
    assert found is not None
    assert (found.path, dict(found.examples)) == (path, examples)


def test_what_is_no_expression_of_ours_does_no_harm() -> None:
    assert template("(") is None
    assert example("(") == "a"


DOCUMENTED = Corpus(
    (RequestCase("1", "GET /users/{user_id}", "GET", "/api/users/7", kind="valid"),),
    Coverage(("GET /users/{user_id}", "POST /users"), ("GET /users/{user_id}",)),
)


def test_a_route_that_a_document_asks_is_not_asked_twice() -> None:
    own = corpus(Route("GET", "/users/{id}", "o"), Route("POST", "/users", "o"), Route("GET", "/more", "o"))
    both = combined(DOCUMENTED, own)
    assert both.coverage.known == ("GET /users/{user_id}", "POST /users", "GET /more")
    assert set(both.coverage.asked) == set(both.coverage.known)
    assert [case.route for case in both.cases if isinstance(case, RequestCase)].count("GET /users/{id}") == 0


def test_a_document_that_leaves_out_its_prefix() -> None:
    both = combined(
        DOCUMENTED, corpus(Route("GET", "/api/users/{id}", "o"), Route("GET", "/api/users/me", "o"))
    )
    assert both.coverage.known == ("GET /users/{user_id}", "POST /users", "GET /api/users/me")


def test_names_of_commands_are_no_templates() -> None:
    both = combined(Corpus((), Coverage(("run {a}",), ())), Corpus((), Coverage(("run {b}",), ())))
    assert both.coverage.known == ("run {a}", "run {b}")
