"""Requests that a browser recorded, as cases."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from unladen.errors import BadConfig
from unladen.proof.interface import RequestCase
from unladen.proof.sources.har import corpus_from_har
from unladen.proof.sources.learned import learned

SHOP = "https://shop.example.com"


def entry(method: str, url: str, *, answered: str = "application/json", **request: Any) -> dict[str, Any]:
    return {
        "request": {"method": method, "url": url, "headers": [], "cookies": [], "bodySize": -1, **request},
        "response": {"status": 200, "content": {"mimeType": answered}},
    }


def headers(**pairs: str) -> list[dict[str, str]]:
    return [{"name": name.replace("_", "-"), "value": value} for name, value in pairs.items()]


def har(*entries: object) -> str:
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "test"}, "entries": entries}})


def cases(*entries: object) -> list[RequestCase]:
    corpus = corpus_from_har(har(*entries), "shop.har")
    return [case for case in corpus.cases if isinstance(case, RequestCase)]


def test_requests_are_replayed_in_their_order_with_what_says_something_about_them() -> None:
    sent = headers(
        Host="shop.example.com",
        Connection="keep-alive",
        Content_Length="9",
        If_None_Match='"1"',
        Accept="application/json",
        Cookie="session=1",
        Origin=SHOP,
        Referer=f"{SHOP}/cart?x=1",
        Content_Type="application/json",
    )
    pseudo = {"name": ":path", "value": "/orders"}
    first, second = cases(
        entry("GET", f"{SHOP}/items/7?color=r%C3%B6t&q=a b#reviews"),
        entry("post", f"{SHOP}:443/orders", headers=[pseudo, *sent], postData={"text": '{"a": "ü"}'}),
    )
    assert (first.id, first.route, first.path) == (
        "001 get items 7",
        "GET /items/7",
        "/items/7?color=r%C3%B6t&q=a%20b",
    )
    assert (second.method, second.path, second.origin) == ("POST", "/orders", "HAR")
    assert second.body == '{"a": "ü"}'.encode()
    assert second.headers == (
        ("accept", "application/json"),
        ("content-type", "application/json"),
        ("cookie", "session=1"),
        ("origin", "http://localhost"),
        ("referer", "http://localhost/cart?x=1"),
    )


def test_the_host_that_most_entries_belong_to_is_the_program() -> None:
    corpus = corpus_from_har(
        har(
            entry("GET", "https://cdn.example.net/a.js"),
            entry("GET", f"{SHOP}/"),
            entry("GET", "http://SHOP.example.com:80/a", headers=headers(Origin="https://cdn.example.net")),
            entry("GET", "https://count.example.org/pixel"),
            entry("GET", "wss://shop.example.com/live"),
            entry("GET", "data:image/png;base64,AA=="),
        ),
        "shop.har",
    )
    assert [case.route for case in corpus.cases if isinstance(case, RequestCase)] == ["GET /", "GET /a"]
    assert corpus.cases[1].headers == (("origin", "https://cdn.example.net"),)  # type: ignore[union-attr]
    assert corpus.coverage.note == (
        "2 requests from shop.har (to shop.example.com), 2 to other hosts left out, 2 not over HTTP left out"
    )
    assert corpus.coverage.asked == corpus.coverage.known == ("GET /", "GET /a")


def test_what_is_asked_again_without_need_is_asked_once() -> None:
    style = entry("GET", f"{SHOP}/style.css", answered="text/css; charset=utf-8")
    again = entry("GET", f"{SHOP}/style.css", answered="text/css", headers=headers(Referer=f"{SHOP}/b"))
    read, write = entry("GET", f"{SHOP}/cart"), entry("POST", f"{SHOP}/cart", postData={"text": "x"})
    routes = [case.route for case in cases(style, read, read, write, write, again, read)]
    assert routes == ["GET /style.css", "GET /cart", "POST /cart", "POST /cart", "GET /cart"]


@pytest.mark.parametrize(
    ("posted", "body", "content_type"),
    [
        (
            {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "ü&"}]},
            b"a+b=%C3%BC%26",
            "application/x-www-form-urlencoded",
        ),
        (
            {"mimeType": "text/plain", "text": "the text", "params": [{"name": "a", "value": "b"}]},
            b"the text",
            "text/plain",
        ),
        (
            {
                "mimeType": "application/octet-stream",
                "text": base64.b64encode(b"\xff\0").decode(),
                "encoding": "base64",
            },
            b"\xff\0",
            "application/octet-stream",
        ),
        (
            {
                "mimeType": "multipart/form-data; boundary=----x",
                "params": [
                    {"name": "note", "value": "hi"},
                    {"name": "f", "fileName": 'a".txt', "contentType": "text/plain", "value": "1\n"},
                ],
            },
            b"--unladen-boundary\r\n"
            b'Content-Disposition: form-data; name="note"\r\n\r\nhi\r\n'
            b"--unladen-boundary\r\n"
            b'Content-Disposition: form-data; name="f"; filename="a%22.txt"\r\n'
            b"Content-Type: text/plain\r\n\r\n1\n\r\n"
            b"--unladen-boundary--\r\n",
            "multipart/form-data; boundary=unladen-boundary",
        ),
    ],
)
def test_bodies(posted: dict[str, Any], body: bytes, content_type: str) -> None:
    (case,) = cases(entry("POST", f"{SHOP}/", postData=posted))
    assert case.body == body
    assert case.headers == (("content-type", content_type),)


def test_cookies_and_credentials_that_stand_elsewhere_are_sent() -> None:
    (case,) = cases(
        entry(
            "GET",
            "https://ann:p%40ss@shop.example.com/",
            cookies=[{"name": "a", "value": "1"}, {"name": "b", "value": "2"}],
        )
    )
    assert case.headers == (
        ("authorization", "Basic " + base64.b64encode(b"ann:p@ss").decode()),
        ("cookie", "a=1; b=2"),
    )


def test_a_request_whose_body_was_not_recorded_is_left_out() -> None:
    corpus = corpus_from_har(
        har(entry("GET", f"{SHOP}/"), entry("PUT", f"{SHOP}/photo", bodySize=90_000)), "shop.har"
    )
    assert corpus.coverage.asked == ("GET /",)
    assert corpus.coverage.note.endswith("1 whose body was not recorded left out")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"log":\n{"entries": [}}', "line 2: it is not valid JSON"),
        ('{"name": "package"}', "no HAR file: there is no log.entries"),
        ("[" * 100_000, "too deep"),
        (har(), "it has no entries"),
        (har(entry("GET", f"{SHOP}/"), {"response": {}}), "entry 2: there is no request"),
        (har(entry("GET", f"{SHOP}/"), 3), "entry 2: it does not have the form"),
        (har(entry("GET", "/relative")), "entry 1: its URL is not absolute: /relative"),
        (har(entry("GET", "http://[bad/")), "entry 1: Invalid IPv6 URL"),
        (har(entry("G T", SHOP)), "entry 1: its request has no method and URL"),
        (har(entry("POST", SHOP, postData={"text": "é", "encoding": "base64"})), "entry 1: "),
        (har(entry("GET", "wss://shop.example.com/live")), "none of its requests can be replayed"),
    ],
)
def test_what_is_no_har_says_where(text: str, said: str) -> None:
    with pytest.raises(BadConfig) as caught:
        corpus_from_har(text, "shop.har")
    assert "shop.har" in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.hint


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=8,
)
KEYS = (
    "request",
    "response",
    "method",
    "url",
    "headers",
    "cookies",
    "postData",
    "params",
    "text",
    "name",
    "value",
)
ENTRY = some.recursive(
    JSON | some.sampled_from(["GET", f"{SHOP}/", "http://[", "base64"]),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(KEYS), inner),
    max_leaves=30,
)


@given(some.lists(ENTRY, min_size=1))
def test_whatever_the_entries_are_it_is_a_corpus_or_an_explained_error(entries: list[Any]) -> None:
    try:
        assert corpus_from_har(har(*entries), "shop.har").cases
    except BadConfig as error:
        assert error.hint


@given(some.text(min_size=1), some.text(alphabet=some.characters(exclude_categories=["Cs"])), some.text())
def test_what_was_sent_is_what_is_sent(body: str, path: str, header: str) -> None:
    (case,) = cases(
        entry(
            "PATCH", f"{SHOP}/{path.translate(dict.fromkeys(map(ord, '#?')))}", postData={"text": body},
            headers=[{"name": "x-a", "value": header}],
        )
    )  # fmt: skip
    assert case.body == body.encode(errors="replace")
    assert case.path.isascii() and case.path.startswith("/") and " " not in case.path
    assert "\n" not in dict(case.headers)["x-a"]


def test_a_byte_order_mark_is_allowed(tmp_path: Path, write: Callable[[str, bytes], Path]) -> None:
    file = write("shop.har", b"\xef\xbb\xbf" + har(entry("GET", f"{SHOP}/")).encode())
    assert learned(file).coverage.asked == ("GET /",)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes], Path]:
    def written(name: str, content: bytes) -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return written
