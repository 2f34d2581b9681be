"""Requests that are written out in a k6 script, found without running it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from unladen.errors import BadConfig
from unladen.proof.interface import Corpus, RequestCase
from unladen.proof.sources.k6 import corpus_from_k6

IMPORT = "import http from 'k6/http';\nimport { check, sleep } from 'k6';\n"


def corpus(body: str) -> Corpus:
    return corpus_from_k6(IMPORT + body, "load.js")


def cases(body: str) -> list[RequestCase]:
    return [case for case in corpus(body).cases if isinstance(case, RequestCase)]


def brief(body: str) -> list[tuple[str, str, bytes]]:
    return [(case.method, case.path, case.body) for case in cases(body)]


def test_a_script_as_people_write_it() -> None:
    found = corpus(
        """
        // `unclosed in a comment
        const BASE_URL = __ENV.BASE_URL || 'http://localhost:8000';  /* "here", too */
        const params = { headers: { 'Content-Type': 'application/json' }, tags: { name: tag() } };
        export const options = {
          stages: [{ duration: '30s', target: 100 }],
          thresholds: { http_req_duration: ['p(95)<200'] },
        };
        export default function () {
          const res = http.get(`${BASE_URL}/health`);
          check(res, { 'is 200': (r) => r.status === 200, 'says "ok"': (r) => /"ok'/.test(r.body) });
          const payload = JSON.stringify({
            features: [1, -2.5, 3e2,], name: "Gr\\u00fc\\xdfe \\u{1f600}", deep: { a: null },
          });
          http.post(`${BASE_URL}/predict`, payload, params);
          http.get(`${BASE_URL}/users/${res.json().id}`);
          http.del(BASE_URL + '/users/' + 1, null, { headers: params.headers });
          sleep(1 / 2);
        }
        """
    )
    asked = [case for case in found.cases if isinstance(case, RequestCase)]
    json_type = (("content-type", "application/json"),)
    assert [(case.method, case.path, case.headers) for case in asked] == [
        ("GET", "/health", ()),
        ("POST", "/predict", json_type),
        ("DELETE", "/users/1", json_type),
    ]
    assert asked[1].body == '{"features":[1,-2.5,300],"name":"Grüße 😀","deep":{"a":null}}'.encode()
    assert asked[1].origin == "k6"
    assert found.coverage.note == (
        "3 requests from load.js (to localhost:8000), 1 computed by the script left out (line 18)"
    )


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("http.get('http://a/x?q=1')", ("GET", "/x?q=1", b"")),
        ("http.head('http://a')", ("HEAD", "/", b"")),
        ("http.options('http://a/x', 'b')", ("OPTIONS", "/x", b"b")),
        ("http.put('http://a/x', `a\\`b`)", ("PUT", "/x", b"a`b")),
        ("http.patch('http://a/x', '{}')", ("PATCH", "/x", b"{}")),
        ("http.request('purge', 'http://a/x')", ("PURGE", "/x", b"")),
        ("await http.asyncRequest('POST', 'http://a/x', 'b')", ("POST", "/x", b"b")),
        ("http.post('http://a/x', { b: ['1', 2], a: true, c: null })", ("POST", "/x", b"a=true&b=1&b=2&c=")),
        ("http.get(http.url`http://a/x/${7}`)", ("GET", "/x/7", b"")),
        ("http.get(`${__ENV.HOST}/x`)", ("GET", "/x", b"")),
        ("http.get(`http://a/${encodeURIComponent('a b/ü')}`)", ("GET", "/a%20b%2F%C3%BC", b"")),
        ("http.get(('http://a' + '/x'))", ("GET", "/x", b"")),
        ("const url = 'http://a/x'\nhttp.get(url)", ("GET", "/x", b"")),
        ("const all = { urls: ['http://a/x'] };\nhttp.get(all.urls[0])", ("GET", "/x", b"")),
        ("const url: string = 'http://a/x';\nhttp.get(url)", ("GET", "/x", b"")),
        (
            "const o = {a: 1}; http.post('http://a/x', JSON.stringify({...o, b: '2'}))",
            ("POST", "/x", b'{"a":1,"b":"2"}'),
        ),
        ("function f() { http.get(URL) }\nconst URL = 'http://a/x';", ("GET", "/x", b"")),
    ],
)
def test_what_is_written_out_is_read(call: str, asked: tuple[str, str, bytes]) -> None:
    assert brief(call) == [asked]


@pytest.mark.parametrize(
    "call",
    [
        "http.get(url)",
        "http.get(`http://a/${Math.random()}`)",
        "http.get(`http://a/${__ENV.ID}`)",
        "http.get(`http://a/${new Date().getTime()}`)",
        "http.get('http://a/' + (x ? 1 : 2))",
        "http.get(...args)",
        "http.get(x ? 'http://a' : 'http://b')",
        "http.get('/relative')",
        "http.get('http://[bad/')",
        "http.get('http://a', { headers: { Authorization: `Bearer ${token}` } })",
        "http.get('http://a', { headers: { [name]: 'x' } })",
        "http.get('http://a', params)",
        "http.post('http://a', open('./photo.jpg', 'b'))",
        "http.post('http://a', { file: http.file(data, 'a.jpg') })",
        "http.post('http://a', JSON.stringify({ at: Date.now() }))",
        "http.request(method, 'http://a')",
        "http.batch(requests)",
        "let url = 'http://a';\nurl += '/b';\nhttp.get(url)",
        "const params = { headers: {} };\nparams.headers['A'] = token();\nhttp.get('http://a', params)",
        "const ids = [1]; ids.push(2); http.get(`http://a/${ids[0]}`)",
        "const id = 1; function f(id) { http.get(`http://a/${id}`) }",
        "const id = 1; ids.forEach((id) => { http.get(`http://a/${id}`) })",
        "const id = 1; { const { id } = user(); http.get(`http://a/${id}`) }",
        "for (const id of [1, 2]) { http.get(`http://a/${id}`) }",
    ],
)
def test_what_is_computed_is_counted_with_its_line(call: str) -> None:
    found = corpus(f"{call}\nhttp.get('http://a/known')")
    assert found.coverage.asked == ("GET /known",)
    line = 3 + call[: call.index("http.")].count("\n")
    assert found.coverage.note.endswith(f"1 computed by the script left out (line {line})")


@pytest.mark.parametrize(
    ("script", "asked"),
    [
        ("const ask = () => http.get('http://a/x')", ["GET /x"]),
        (
            "const PATHS = { home: '/h', users: '/u' };\nhttp.get(`http://a${PATHS.home}${PATHS['users']}`)",
            ["GET /h/u"],
        ),
        ("const host = 'a', path = '/x'; http.get(`http://${host}${path}`)", ["GET /x"]),
        ("const id = 1; const f = id => http.get(`http://a/${id}`); http.get(`http://a/${id}`)", ["GET /1"]),
        (
            "export const options = { vus: 1, 'http.get': \"http.get('http://a/no')\" }; http.get('http://a/')",
            ["GET /"],
        ),
        ("http.get('http://a/' /* the page */, /* nothing */ )", ["GET /"]),
        ("export default class { setup() { const u = 'http://a/x'; http.get(u) } }", ["GET /x"]),
        ("const a = b + 'x'; const b = a + 'y'; http.get(a); http.get('http://a/')", ["GET /"]),
    ],
)
def test_scripts_of_other_shapes(script: str, asked: list[str]) -> None:
    assert list(corpus(script).coverage.asked) == asked


def test_typescript_is_read_where_it_is_javascript_and_the_rest_is_said() -> None:
    found = corpus(
        """interface User { name: string; }
        const base: string = 'http://a';
        http.get(`${base}/users`);
        http.get(`${base}/typed` as string);
        http.post(`${base}/users`, JSON.stringify({ name: 'x' }));"""
    )
    assert found.coverage.asked == ("GET /users", "POST /users")
    assert found.coverage.note.endswith(
        "1 computed by the script left out (line 6), not read as JavaScript: lines 3, 4, 6"
    )


def test_a_batch_is_its_requests() -> None:
    found = corpus(
        """http.batch([
          'http://a/1',
          ['POST', 'http://a/2', 'b', { headers: { A: 'x' } }],
          { method: 'GET', url: 'http://a/3', body: 'ignored' },
          { url: 'http://a/4', params: { cookies: { a: '1', b: { value: '2', replace: true } } } },
          ['GET', computed()],
        ]);
        http.batch({ 'front page': 'http://a/5', other: ['GET', 'http://a/6'] });"""
    )
    asked = [case for case in found.cases if isinstance(case, RequestCase)]
    assert [(case.path, case.body) for case in asked] == [
        ("/1", b""),
        ("/2", b"b"),
        ("/3", b""),
        ("/4", b""),
        ("/5", b""),
        ("/6", b""),
    ]
    assert asked[1].headers == (("a", "x"),)
    assert asked[3].headers == (("cookie", "a=1; b=2"),)
    assert found.coverage.note.endswith("1 computed by the script left out (line 3)")


@pytest.mark.parametrize(
    "script",
    [
        "import * as client from 'k6/http'; client.get('http://a/x'); http.get('http://a/no');",
        "const client = require('k6/http'); client.get('http://a/x'); other.client.get('http://a/no');",
        "import client from 'k6/http'\nclient.get('http://a/x')\nlog('http.get(\"http://a/no\")')",
    ],
)
def test_the_client_has_the_name_that_the_script_gives_it(script: str) -> None:
    assert corpus_from_k6(script, "load.js").coverage.asked == ("GET /x",)


def test_other_hosts_are_left_out() -> None:
    found = corpus("http.get('http://a/1'); http.get('http://login/'); http.get('http://a/2')")
    assert found.coverage.asked == ("GET /1", "GET /2")
    assert "1 to other hosts left out" in found.coverage.note


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("sleep(1)", "there is no request in it"),
        ("http.get(a);\nhttp.get(b)", "all of its requests are computed (lines 3, 4)"),
        ("\nhttp.get('http://a)\n", "line 4: a string that does not end"),
        ("http.get(`http://a\n\n", "line 3: a template that does not end"),
        ("http.get(`http://a/${id", "line 3: a template that does not end"),
        ("`${" * 5000, "line 3: a template that does not end"),
        ("enum Kind { A = <}", "not read as JavaScript: line 3"),
    ],
)
def test_what_cannot_be_read_says_where(body: str, said: str) -> None:
    with pytest.raises(BadConfig) as caught:
        corpus(body)
    assert "load.js" in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.hint


VALUES = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-(2**53) + 1, 2**53 - 1)
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(max_size=5), inner),
    max_leaves=10,
)


@settings(deadline=None)
@given(VALUES, some.booleans())
def test_every_literal_keeps_its_value(value: Any, ascii_only: bool) -> None:
    literal = json.dumps(value, ensure_ascii=ascii_only)
    (case,) = cases(f"const value = {literal};\nhttp.post('http://a', JSON.stringify(value))")
    assert json.loads(case.body) == value


@settings(deadline=None)
@given(some.text(some.sampled_from("`${}()[]'\"/\\*\n ,;.=>+|a1") | some.characters()))
def test_whatever_the_script_is_it_is_a_corpus_or_an_explained_error(text: str) -> None:
    try:
        assert corpus(f"http.get('http://a/');\n{text}").cases
    except BadConfig as error:
        assert error.hint
