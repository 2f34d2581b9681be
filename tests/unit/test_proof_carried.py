"""What requests carry of earlier answers: cookies, hidden fields, ids; and in which container they are asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lively import Site, served

from unladen.proof.carried import value_in
from unladen.proof.corpus import combined, needed_by, numbered, once
from unladen.proof.interface import Corpus, RequestCase, Response, Taken
from unladen.proof.page import page
from unladen.proof.replay import replay

FORM = (("content-type", "application/x-www-form-urlencoded"),)


def step(
    id: str, method: str, path: str, body: str = "", *takes: Taken, session: str = "crawl"
) -> RequestCase:
    head = FORM if body else ()
    route = f"{method} {path}"
    return RequestCase(id, route, method, path, head, body.encode(), session=session, takes=takes)


SIGN_UP = (
    step("see", "GET", "/register"),
    step(
        "join",
        "POST",
        "/register",
        "csrf={csrf}&name=anna&password=secret",
        Taken("{csrf}", "see", "field", "csrf"),
    ),
    step("see login", "GET", "/login"),
    step(
        "login",
        "POST",
        "/login",
        "csrf={csrf}&name=anna&password=secret",
        Taken("{csrf}", "see login", "field", "csrf"),
    ),
    step("account", "GET", "/account"),
    step("out", "GET", "/logout"),
    step("gone", "GET", "/account"),
)


def test_a_session_goes_from_registration_to_logout_with_tokens_of_each_run() -> None:
    with served(Site()) as url:
        runs = [replay(SIGN_UP, url) for _ in range(3)]
    for answers in runs:
        assert [answer.status for answer in answers.values()] == [200, 302, 200, 302, 200, 302, 302]
        assert answers["account"].body == b"<p>Hello anna</p>"


def test_without_a_session_nothing_is_carried() -> None:
    with served(Site()) as url:
        answers = replay([replace(case, session="") for case in SIGN_UP], url)
    assert answers["join"].status == 403
    assert answers["account"].status == 302


def test_what_was_made_is_read_under_the_name_that_it_got() -> None:
    made = step("make", "POST", "/notes", "text=milk", session="")
    by_id = step("by id", "GET", "/notes/{id}", "", Taken("{id}", "make", "json", "id"), session="")
    there = step("there", "GET", "{there}", "", Taken("{there}", "make", "header", "location"), session="")
    nowhere = step("nowhere", "GET", "/notes/{id}", "", Taken("{id}", "make", "json", "no.such"), session="")
    with served(Site()) as url:
        answers = replay([made, by_id, there, nowhere], url)
    assert [answers[name].body for name in ("by id", "there", "nowhere")] == [b"milk", b"milk", b"not found"]


@pytest.mark.parametrize(
    ("source", "name", "value"),
    [
        ("json", "items.1.id", "7"),
        ("json", "items.9.id", ""),
        ("json", "items.x", ""),
        ("header", "X-Next", "n"),
        ("header", "location", "/a/b?c=d"),
    ],
)
def test_values_of_answers(source: str, name: str, value: str) -> None:
    headers = (("location", "http://localhost/a/b?c=d#e"), ("x-next", "n"))
    answer = Response(200, headers, b'{"items": [{"id": 1}, {"id": 7}]}')
    assert value_in(answer, Taken("{x}", "c", source, name)) == value  # type: ignore[arg-type]


def test_values_of_pages() -> None:
    body = (
        b"<meta name=csrf-token content=abc><a href=/n/1>a</a><a href=/n/0123456789abcdef>b</a>"
        b"<form><input type=hidden name=t value=1></form><form><input type=hidden name=t value=2></form>"
    )
    answer = Response(200, (), body)
    assert value_in(answer, Taken("{t}", "c", "meta", "csrf-token")) == "abc"
    assert value_in(answer, Taken("{t}", "c", "field", "t", 1)) == "2"
    assert value_in(answer, Taken("{t}", "c", "link", "/n/#", 1)) == "/n/0123456789abcdef"
    assert value_in(answer, Taken("{t}", "c", "link", "/n/#", 2)) == ""


def test_what_is_taken_is_encoded_as_its_place_asks() -> None:
    site = Site(pages={"/v": (200, {}, b'{"v": "a b&\\"/\\u00e9"}')})
    taken = Taken("{v}", "v", "json", "v")
    with served(site) as url:
        replay([step("v", "GET", "/v"), step("p", "GET", "/x/{v}?q={v}", "", taken)], url)
    assert site.log[-1] == "GET /x/a%20b%26%22%2F%C3%A9?q=a%20b%26%22%2F%C3%A9"


def test_cases_keep_what_they_take_from_when_they_get_other_names() -> None:
    named = numbered(SIGN_UP)
    assert [case.takes[0].case for case in named if case.takes] == ["001 get register", "003 get login"]
    twice = combined(Corpus(named), Corpus(named)).cases
    assert twice[8].takes[0].case == "001 get register (2)"  # type: ignore[union-attr]


def test_what_two_sources_find_is_asked_once() -> None:
    first, later = SIGN_UP[0], SIGN_UP[4]
    plain = [replace(case, id=f"plain {case.path}", session="", takes=()) for case in (first, later)]
    corpus = once(Corpus((*plain, step("also", "GET", "/account"), *SIGN_UP)))
    assert [case.id for case in corpus.cases] == [
        "plain /register",
        "plain /account",
        *(case.id for case in SIGN_UP),
    ]


def test_what_a_case_needs_goes_before_it_alone() -> None:
    assert [case.id for case in needed_by(SIGN_UP[4], SIGN_UP)] == ["see", "join", "see login", "login"]
    assert needed_by(replace(SIGN_UP[4], session=""), SIGN_UP) == []


@pytest.mark.parametrize(
    "html",
    [
        b"",
        b"<",
        b"<![",
        b"<![foo",
        b"<a href=",
        b"<form><form><input name=a",
        b"\xff\xfe<a href=x>",
        b"<!--" * 9999,
    ],
)
def test_broken_html_is_read_as_far_as_it_goes(html: bytes) -> None:
    page(html)


def test_forms() -> None:
    html = b"""<input name=outside><form action=/s><input name=q value=1><select name=c><option value=a><option value=b
    selected></select><textarea name=t> hi </textarea><button name=go value=y>Go</button><input disabled name=no>
    <form method=POST enctype=multipart/form-data><input type=file name=f></form>"""
    first, second = page(html).forms
    assert [(each.name, each.kind, each.value) for each in first.fields] == [
        ("q", "text", "1"),
        ("c", "select", "b"),
        ("t", "textarea", "hi"),
        ("go", "submit", "y"),
    ]
    assert (second.method, second.encoding, second.fields[0].kind) == ("POST", "multipart/form-data", "file")
