"""Files of a repository that describe requests become requests."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from unladen.proof.interface import Corpus, RequestCase
from unladen.proof.sources.asked import corpus_of_files
from unladen.proof.sources.collected import collections


def found(root: Path, **files: str) -> Corpus:
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return corpus_of_files(collections(root))


def requests(corpus: Corpus) -> list[tuple[str, str, dict[str, str], bytes]]:
    cases = [case for case in corpus.cases if isinstance(case, RequestCase)]
    return [(case.method, case.path, dict(case.headers), case.body) for case in cases]


HTTP = """@base = http://localhost:8000
@id = 7

### all
# a comment
GET {{base}}/users
    ?page=1
    &size=2
Accept: application/json

### one, created
# @name create
POST {{base}}/users HTTP/1.1
Content-Type: application/json
// an aside

{
  "name": "Ada", "id": {{id}}
}

> {% client.global.set("x", response.body.id) %}

###
GET {{host}}/users/{{create.response.body.id}}

###
{{host}}/health
Authorization: Bearer {{token}}

###
localhost:8000/plain
###
PUT {{host}}/file
Content-Type: text/csv

< ./data.csv
###
GET https://api.github.com/
"""


def test_an_http_file(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "data.csv").write_text("a,b\n")
    corpus = found(tmp_path, api__users_DOT_http=HTTP)
    assert requests(corpus) == [
        ("GET", "/users?page=1&size=2", {"accept": "application/json"}, b""),
        ("POST", "/users", {"content-type": "application/json"}, b'{\n  "name": "Ada", "id": 7\n}'),
        ("GET", "/plain", {}, b""),
        ("PUT", "/file", {"content-type": "text/csv"}, b"a,b\n"),
    ]
    assert corpus.cases[1].origin == "api/users.http:13"
    assert corpus.coverage.note == (
        "4 requests from api/users.http, 1 left out (nothing gives {{create.response.body.id}} a value), "
        "1 left out (nothing gives {{token}} a value), 1 left out (they go to other hosts)"
    )


def test_the_environment_of_an_http_file(tmp_path: Path) -> None:
    environment = {"dev": {"token": "t1"}, "prod": {"token": "t2"}}
    corpus = found(
        tmp_path,
        a_DOT_http="GET {{host}}/me\nAuthorization: Bearer {{token}}\n",
        **{"http-client_DOT_env_DOT_json": json.dumps(environment)},
    )
    assert requests(corpus) == [("GET", "/me", {"authorization": "Bearer t1"}, b"")]


POSTMAN = {
    "info": {
        "_postman_id": "1",
        "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
    },
    "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]},
    "variable": [{"key": "baseUrl", "value": "https://api.shop.example/v1"}],
    "item": [
        {"name": "health", "request": "http://localhost:8000/health"},
        {
            "name": "users",
            "item": [
                {
                    "name": "create",
                    "request": {
                        "method": "POST",
                        "auth": {"type": "noauth"},
                        "header": [
                            {"key": "X-A", "value": "b"},
                            {"key": "X-Off", "value": "c", "disabled": True},
                        ],
                        "url": {"raw": "{{baseUrl}}/users/:id", "variable": [{"key": "id", "value": "7"}]},
                        "body": {"mode": "raw", "raw": "{}", "options": {"raw": {"language": "json"}}},
                    },
                },
                {"name": "me", "request": {"method": "GET", "url": "{{baseUrl}}/me"}},
                {
                    "name": "form",
                    "request": {
                        "method": "POST",
                        "auth": {
                            "type": "basic",
                            "basic": [{"key": "username", "value": "a"}, {"key": "password", "value": "b"}],
                        },
                        "url": {"raw": "{{baseUrl}}/form"},
                        "body": {"mode": "urlencoded", "urlencoded": [{"key": "q", "value": "a b"}]},
                    },
                },
            ],
        },
    ],
}


def test_a_postman_collection(tmp_path: Path) -> None:
    corpus = found(tmp_path, docs__shop_DOT_json=json.dumps(POSTMAN))
    assert requests(corpus) == [
        ("GET", "/health", {}, b""),
        ("POST", "/v1/users/7", {"x-a": "b", "content-type": "application/json"}, b"{}"),
        (
            "POST",
            "/v1/form",
            {"content-type": "application/x-www-form-urlencoded", "authorization": "Basic YTpi"},
            b"q=a+b",
        ),
    ]
    assert "1 left out (nothing gives {{token}} a value)" in corpus.coverage.note
    environment = {"_postman_variable_scope": "environment", "values": [{"key": "token", "value": "t"}]}
    corpus = found(tmp_path, docs__env_DOT_json=json.dumps(environment))
    assert ("GET", "/v1/me", {"authorization": "Bearer t"}, b"") in requests(corpus)


INSOMNIA = {
    "_type": "export",
    "resources": [
        {"_type": "environment", "data": {"base_url": "http://localhost:8000", "name": "Ada"}},
        {
            "_type": "request",
            "method": "POST",
            "url": "{{ _.base_url }}/users",
            "parameters": [{"name": "q", "value": "1"}],
            "headers": [{"name": "X-A", "value": "b"}],
            "body": {"mimeType": "application/json", "text": '{"name": "{{ _.name }}"}'},
        },
    ],
}
INSOMNIA_5 = """type: collection.insomnia.rest/5.0
name: shop
collection:
  - name: users
    children:
      - name: list
        url: "{{ _.base_url }}/users"
        method: GET
environments:
  data:
    base_url: http://localhost:8000
"""


def test_exports_of_insomnia(tmp_path: Path) -> None:
    corpus = found(tmp_path, a_DOT_json=json.dumps(INSOMNIA), b_DOT_yaml=INSOMNIA_5)
    assert requests(corpus) == [
        ("POST", "/users?q=1", {"x-a": "b", "content-type": "application/json"}, b'{"name": "Ada"}'),
        ("GET", "/users", {}, b""),
    ]


BRUNO = """meta {
  name: create
  seq: 1
}

post {
  url: {{baseUrl}}/users/:id?a=1
  body: json
  auth: bearer
}

params:path {
  id: {{id}}
}

headers {
  X-A: b
  ~X-Off: c
}

auth:bearer {
  token: {{token}}
}

body:json {
  {
    "name": "Ada"
  }
}
"""


def test_a_collection_of_bruno(tmp_path: Path) -> None:
    environment = "vars {\n  baseUrl: http://localhost:3000\n  id: 7\n  token: t\n}\n"
    corpus = found(tmp_path, shop__create_DOT_bru=BRUNO, shop__environments__local_DOT_bru=environment)
    assert requests(corpus) == [
        (
            "POST",
            "/users/7?a=1",
            {"content-type": "application/json", "authorization": "Bearer t", "x-a": "b"},
            b'{\n  "name": "Ada"\n}',
        )
    ]


HURL = """# health
GET http://localhost:8000/health
HTTP 200
[Asserts]
jsonpath "$.status" == "ok"

POST {{host}}/users
X-A: b
[QueryStringParams]
q: a b
{
  "name": "Ada"
}
HTTP/1.1 201
[Captures]
id: jsonpath "$.id"

GET {{host}}/users/{{id}}
HTTP 200

POST {{host}}/form
[FormParams]
name: Ada
[BasicAuth]
a: b
HTTP 200
"""


def test_a_hurl_file(tmp_path: Path) -> None:
    corpus = found(tmp_path, a_DOT_hurl=HURL)
    assert requests(corpus) == [
        ("GET", "/health", {}, b""),
        ("POST", "/users?q=a+b", {"x-a": "b", "content-type": "application/json"}, b'{\n  "name": "Ada"\n}'),
        (
            "POST",
            "/form",
            {"content-type": "application/x-www-form-urlencoded", "authorization": "Basic YTpi"},
            b"name=Ada",
        ),
    ]
    assert "1 left out (nothing gives {{id}} a value)" in corpus.coverage.note


K6 = """import http from 'k6/http';
export default function () {
  http.get('http://localhost:8000/k6');
  http.get(url());
}
"""
HAR = {
    "log": {"entries": [{"request": {"method": "GET", "url": "http://localhost:8000/har", "headers": []}}]}
}


def test_k6_scripts_and_har_files(tmp_path: Path) -> None:
    corpus = found(
        tmp_path, load__k6_DOT_js=K6, b_DOT_har=json.dumps(HAR), app_DOT_js="import x from 'express'"
    )
    assert [(case.path, case.origin) for case in corpus.cases if isinstance(case, RequestCase)] == [
        ("/har", "b.har entry 1"),
        ("/k6", "load/k6.js:3 k6"),
    ]
    assert "1 left out (a script computes them)" in corpus.coverage.note


HTTP_FORM = """POST http://localhost/http
Content-Type: multipart/form-data; boundary=edge

--edge
Content-Disposition: form-data; name="title"

A {{$uuid}}
--edge
Content-Disposition: form-data; name="photo"; filename="a.png"
Content-Type: image/png

< PHOTO
--edge--
"""
HURL_FORM = """POST http://localhost/hurl
[MultipartFormData]
title: A
photo: file,PHOTO; image/png
"""
BRUNO_FORM = """post {
  url: http://localhost/bruno
  body: multipartForm
}

body:multipart-form {
  title: A
  photo: @file(PHOTO) @contentType(image/png)
}
"""


def postman_form(photo: str) -> str:
    fields = [
        {"key": "title", "value": "A", "type": "text"},
        {"key": "photo", "type": "file", "src": photo, "contentType": "image/png"},
        {"key": "off", "type": "file", "src": "none", "disabled": True},
    ]
    asked = {
        "method": "POST",
        "url": "http://localhost/postman",
        "body": {"mode": "formdata", "formdata": fields},
    }
    return json.dumps({"info": {"_postman_id": "1"}, "item": [{"name": "a", "request": asked}]})


def insomnia_form(photo: str) -> str:
    fields = [{"name": "title", "value": "A"}, {"name": "photo", "type": "file", "fileName": photo}]
    body = {"mimeType": "multipart/form-data", "params": fields}
    asked = {"_type": "request", "method": "POST", "url": "http://localhost/insomnia", "body": body}
    return json.dumps({"_type": "export", "resources": [asked]})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("api__a_DOT_http", HTTP_FORM.replace),
        ("api__a_DOT_hurl", HURL_FORM.replace),
        ("api__a_DOT_bru", BRUNO_FORM.replace),
        ("api__a_DOT_json", lambda _, photo: postman_form(photo)),
        ("api__a_DOT_json", lambda _, photo: insomnia_form(photo)),
    ],
)
def test_a_form_with_a_file_is_sent_where_the_file_is_there(
    tmp_path: Path, name: str, text: Callable[[str, str], str]
) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "a.png").write_bytes(b"\x89PNG {{no}}")
    (tmp_path.parent / "outside.png").write_bytes(b"")
    for photo in ("./a.png", "api/a.png"):
        ((method, _, headers, body),) = requests(found(tmp_path, **{name: text("PHOTO", photo)}))
        assert method == "POST" and headers["content-type"].startswith("multipart/form-data; boundary=")
        edge = headers["content-type"].partition("boundary=")[2].encode()
        _, title, file, end = body.split(b"--" + edge)
        assert b'; name="title"\r\n' in title and title.partition(b"\r\n\r\n")[2].startswith(b"A")
        assert b'; name="photo"; filename="a.png"\r\n' in file
        assert file.endswith(b"\r\n\r\n\x89PNG {{no}}\r\n") and end == b"--\r\n"
    for photo in ("b.png", "../../outside.png", "C:/me/a.png"):
        corpus = found(tmp_path, **{name: text("PHOTO", photo)})
        assert not corpus.cases and "1 left out (they send a file that is not there)" in corpus.coverage.note


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a_DOT_har", "{"),
        ("a_DOT_har", "[]"),
        ("a_DOT_json", '{"info": {"schema": "getpostman.com"}, "item": ['),
        ("a_DOT_json", '{"info": "getpostman.com", "item": {"request": 3}}'),
        (
            "a_DOT_json",
            '{"info": "getpostman.com", "item": [{"request": {"url": 3, "body": {"mode": "raw", "options": 7}}}]}',
        ),
        ("a_DOT_json", '{"_postman_id": 1, "item": ' + "[" * 100_000),
        ("a_DOT_yaml", "type: collection.insomnia.rest/5.0\ncollection: [}"),
        ("a_DOT_bru", "get {"),
        ("a_DOT_http", "###\n###\n@a=\n\n{% %}\n"),
        ("a_DOT_hurl", "HTTP 200\n[Asserts]\n```\n"),
        ("a_DOT_js", "import http from 'k6/http'; http.get(`http://"),
    ],
)
def test_a_file_that_cannot_be_read_costs_only_itself(tmp_path: Path, name: str, text: str) -> None:
    corpus = found(tmp_path, **{name: text}, z_DOT_http="GET http://localhost/z\n")
    assert ("GET", "/z", {}, b"") in requests(corpus)


def test_a_collection_of_fifty_megabytes_is_passed_over(tmp_path: Path) -> None:
    with (tmp_path / "big.postman_collection.json").open("w") as file:
        file.write('{"info": {"schema": "getpostman.com"}, "item": [')
        file.truncate(50 << 20)
    begun = time.monotonic()
    assert found(tmp_path).cases == ()
    assert time.monotonic() - begun < 2
