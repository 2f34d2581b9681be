"""Lines of curl, wget and HTTPie in documents become requests."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from unladen.proof.interface import Corpus, RequestCase
from unladen.proof.sources.asked import corpus_of_files
from unladen.proof.sources.readme import documented


def found(root: Path, **documents: str) -> Corpus:
    for name, text in documents.items():
        path = root / f"{name.replace('__', '/')}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return corpus_of_files(documented(root))


def requests(corpus: Corpus) -> list[tuple[str, str]]:
    return [(case.method, case.path) for case in corpus.cases if isinstance(case, RequestCase)]


@pytest.mark.parametrize(
    ("line", "method", "path", "headers", "body"),
    [
        ("curl localhost:8000/users?a=1", "GET", "/users?a=1", {}, b""),
        ("$ curl -sSL 'http://127.0.0.1:8000/a?b=1&c=2#d' | jq .", "GET", "/a?b=1&c=2", {}, b""),
        ("curl http://example.com:8000", "GET", "/", {}, b""),
        ("curl -XDELETE http://0.0.0.0/users/1 > out", "DELETE", "/users/1", {}, b""),
        (
            "curl -d name=Ada -d age=3 localhost:8000/users",
            "POST",
            "/users",
            {"content-type": "application/x-www-form-urlencoded"},
            b"name=Ada&age=3",
        ),
        (
            "curl --json '{\"a\": 1}' localhost:8000/users",
            "POST",
            "/users",
            {"content-type": "application/json", "accept": "application/json"},
            b'{"a": 1}',
        ),
        (
            "curl -H 'Content-Type: text/csv' --data-binary @data/a.csv localhost:8000/csv",
            "POST",
            "/csv",
            {"content-type": "text/csv"},
            b"a,b\n1,2\n",
        ),
        ("curl -G localhost:8000/s --data-urlencode 'q=a b' -d x=1", "GET", "/s?q=a+b&x=1", {}, b""),
        ("curl -I -u ada:love localhost:8000/", "HEAD", "/", {"authorization": "Basic YWRhOmxvdmU="}, b""),
        ("cd app && curl localhost:8000/after", "GET", "/after", {}, b""),
        ("Then `curl localhost:8000/inline` answers.", "GET", "/inline", {}, b""),
        ("1. curl localhost:8000/listed", "GET", "/listed", {}, b""),
        ("    curl localhost:8000/indented", "GET", "/indented", {}, b""),
        ("wget -qO- http://localhost:8000/w", "GET", "/w", {}, b""),
        ("http :8000/users q==1 X-A:b", "GET", "/users?q=1", {"x-a": "b"}, b""),
        (
            "http POST localhost:8000/users name=Ada age:=3",
            "POST",
            "/users",
            {"content-type": "application/json", "accept": "application/json, */*;q=0.5"},
            b'{"name": "Ada", "age": 3}',
        ),
        (
            "http -f POST :8000/users name=Ada",
            "POST",
            "/users",
            {"content-type": "application/x-www-form-urlencoded"},
            b"name=Ada",
        ),
    ],
)
def test_a_line_is_a_request(
    tmp_path: Path, line: str, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("a,b\n1,2\n")
    (case,) = found(tmp_path, README=f"# curl example\n\n{line}\n").cases
    assert isinstance(case, RequestCase)
    assert (case.method, case.path, dict(case.headers), case.body) == (method, path, headers, body)
    assert case.origin.startswith("README.md:3 ")


def test_a_command_goes_on_after_a_backslash_and_in_an_open_quote(tmp_path: Path) -> None:
    text = """```bash
curl -X POST http://localhost:8000/predict \\
  -H "Content-Type: application/json" \\
  -d '{"values":
       [1, 2]}'
curl http://localhost:8000/next
```
"""
    corpus = found(tmp_path, README=text)
    assert requests(corpus) == [("POST", "/predict"), ("GET", "/next")]
    assert corpus.cases[0].body.endswith(b"[1, 2]}")  # type: ignore[union-attr]


def test_a_form_with_a_file_is_sent(tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes(b"\x89PNG")
    (case,) = found(
        tmp_path, README="curl -F title=Cat -F 'file=@cat.png;type=image/png' localhost:8000/up"
    ).cases
    assert isinstance(case, RequestCase)
    assert b'name="file"; filename="cat.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n' in case.body
    assert case.method == "POST"


def test_variables_that_the_text_sets_are_filled_in(tmp_path: Path) -> None:
    text = "export BASE=http://localhost:8000\ncurl $BASE/users\ncurl ${API:-localhost:8000}/x\n"
    assert requests(found(tmp_path, README=text)) == [("GET", "/users"), ("GET", "/x")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("curl -H 'Authorization: Bearer $TOKEN' localhost:8000/me", "nothing gives $TOKEN a value"),
        ('curl -H "Authorization: Bearer <token>" localhost:8000/me', "nothing gives <token> a value"),
        ("curl localhost:8000/users/$(date)", "nothing gives $( a value"),
        ("curl localhost:8000/users/{id}", "nothing gives {id} a value"),
        ('curl -d "{\\"t\\": \\"$TOKEN\\"}" localhost:8000/users', "nothing gives $TOKEN a value"),
        ("curl https://a.dev/x\ncurl 'localhost:8000/<id>'", "nothing gives <id> a value"),
        ("curl -d @secret.json localhost:8000/users", "they send a file that is not there"),
        ("curl -d @../../etc/passwd localhost:8000/users", "they send a file that is not there"),
        ("curl --no-such-option localhost:8000/users", "curl's option no-such-option is not known"),
        ("http :8000/users a:=oops", "their JSON is not valid"),
    ],
)
def test_what_cannot_be_asked_is_counted_in_the_note(tmp_path: Path, line: str, why: str) -> None:
    corpus = found(tmp_path, README=line)
    assert corpus.cases == ()
    assert f"1 left out ({why})" in corpus.coverage.note


@pytest.mark.parametrize(
    "line",
    [
        "curl is a tool",
        "http requests to http://localhost:8000/x",
        "curlew localhost:8000/x",
        "curl https://api.github.com/",
    ],
)
def test_prose_is_no_request(tmp_path: Path, line: str) -> None:
    corpus = found(tmp_path, README=line)
    assert (corpus.cases, corpus.coverage.note) == ((), "")


def test_a_readme_in_another_language_is_not_asked_again(tmp_path: Path) -> None:
    text = "curl -d a=1 localhost:8000/users\ncurl localhost:8000/users\n"
    corpus = found(tmp_path, README=text, docs__api="curl localhost:8000/more", README_de=text)
    assert requests(corpus) == [("POST", "/users"), ("GET", "/users"), ("GET", "/more")]
    assert [case.origin for case in corpus.cases] == [
        "README.md:1 curl",
        "README.md:2 curl",
        "docs/api.md:1 curl",
    ]
    assert corpus.coverage.note == "3 requests from README.md, README_de.md, docs/api.md"


def test_other_peoples_files_are_not_read(tmp_path: Path) -> None:
    line = "curl localhost:8000/x"
    corpus = found(tmp_path, vendor__README=line, node_modules__a__README=line, CHANGELOG=line, _git__x="")
    assert corpus.cases == ()


def test_a_readme_of_ten_thousand_lines_is_read_in_a_moment(tmp_path: Path) -> None:
    text = "".join(f"curl -d 'never closed {number} localhost:8000/{number}\n" for number in range(10_000))
    text += "".join(f"curl localhost:8000/{number}\n" for number in range(10_000))
    begun = time.monotonic()
    corpus = found(tmp_path, README=text)
    assert time.monotonic() - begun < 10
    assert len(corpus.cases) <= 200


def test_what_is_no_text_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"curl localhost:8000/x\n\xff\xfe\0")
    assert corpus_of_files(documented(tmp_path)).cases == ()


def test_what_a_document_shows_is_asked_and_not_known_of_the_program(tmp_path: Path) -> None:
    """A route that is not there any more must not count as one that the program has."""
    coverage = found(tmp_path, README="curl localhost:8000/gone").coverage
    assert (coverage.known, coverage.asked, coverage.interface) == ((), ("GET /gone",), False)
