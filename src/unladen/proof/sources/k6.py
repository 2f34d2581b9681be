"""A corpus from a k6 script: the requests that are written out in it, read without running it.

Its calls are those of k6/http (https://grafana.com/docs/k6/latest/javascript-api/k6-http/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urlsplit

from unladen.errors import BadConfig
from unladen.proof.interface import Corpus
from unladen.proof.sources.recorded import Recorded, corpus_of
from unladen.proof.sources.script import ENVIRONMENT, UNKNOWN, Script, Value, as_text, is_known
from unladen.syntax.grammar import line, text
from unladen.syntax.javascript import GRAMMAR, unclosed

if TYPE_CHECKING:
    from tree_sitter import Node

METHODS = {"post": "POST", "put": "PUT", "patch": "PATCH", "del": "DELETE", "options": "OPTIONS"}
BODILESS = {"get": "GET", "head": "HEAD"}
"""These take no body: what follows the URL are the parameters."""
REQUEST = frozenset({"request", "asyncRequest"})
FORM = ("content-type", "application/x-www-form-urlencoded")
LINES = 10
"""So many lines are named of requests that cannot be read."""


class Call(NamedTuple):
    """One request as k6 takes it; each part is a value or UNKNOWN."""

    method: Value
    url: Value
    body: Value = None
    params: Value = None


def corpus_from_k6(script: str, file: str) -> Corpus:
    """The requests in the order of the script's text, each once however often it runs (see `corpus_of`).

    Literals, templates, constants, JSON.stringify and `__ENV.NAME || 'default'` are understood; a variable of the
    environment at the beginning of a URL is taken for its host. What is computed is left out, and the note says on
    which lines. Raises BadConfig, naming the file and the line.
    """
    root = _parsed(script, file)
    calls = [(at, _recorded(call)) for at, call in _calls(root)]
    recorded = [request for _, request in calls if request is not None]
    computed = [at for at, request in calls if request is None]
    left_out = [f"{len(computed)} computed by the script left out ({_lines(computed)})"] if computed else []
    if unread := [line(found["error"][0]) for found in GRAMMAR.find("(ERROR) @error", root)]:
        left_out.append(f"not read as JavaScript: {_lines(unread)}")
    corpus = corpus_of(recorded, origin="k6", file=file, left_out=left_out)
    if not corpus.cases:
        cause = "there is no request in it"
        if left_out:
            cause = f"all of its requests are computed ({_lines(computed)})" if computed else left_out[0]
        raise BadConfig(
            f"cannot learn from {file}: {cause}",
            hint="Requests are calls such as http.get('http://…'), with URL, body and headers written out; record "
            "others as a HAR file, or describe them in unladen.toml under [[verify.request]].",
        )
    return corpus


def requests_of(script: str, file: str) -> Iterator[Recorded | None]:
    """Each request of a script with the line where it is written; None for what the script computes. Raises
    BadConfig."""
    for at, call in _calls(_parsed(script, file)):
        found = _recorded(call)
        yield found and replace(found, origin=f"{file}:{at} k6")


def _parsed(script: str, file: str) -> Node:
    root = GRAMMAR.parse(script)
    if endless := unclosed(root):
        what = "template" if text(endless) == "`" else "string"
        cause = f"cannot read {file}: line {line(endless)}: a {what} that does not end"
        raise BadConfig(cause, hint="It has to be a script that k6 runs.")
    return root


def _lines(numbers: list[int]) -> str:
    lines = list(dict.fromkeys(numbers))
    text = ", ".join(map(str, lines[:LINES])) + (", …" if len(lines) > LINES else "")
    return f"line {text}" if len(lines) == 1 else f"lines {text}"


# Which calls there are

_CALLED = """
(call_expression
  function: (member_expression object: (identifier) @client property: (property_identifier) @function)
  arguments: (arguments) @arguments)
"""
_CLIENT = """
(import_statement (import_clause [(identifier) @name (namespace_import (identifier) @name)])
  source: (string (string_fragment) @module) (#eq? @module "k6/http"))
(variable_declarator name: (identifier) @name value: (call_expression
  function: (identifier) @require arguments: (arguments (string (string_fragment) @module)))
  (#eq? @require "require") (#eq? @module "k6/http"))
"""
"""What the script calls k6/http."""


def _calls(root: Node) -> Iterator[tuple[int, Call]]:
    """(line, call)."""
    client = next((text(found["name"][0]) for found in GRAMMAR.find(_CLIENT, root)), "http")
    script = Script(root)
    for found in GRAMMAR.find(_CALLED, root):
        if text(found["client"][0]) == client:
            for call in _called(text(found["function"][0]), script, found["arguments"][0]):
                yield line(found["client"][0]), call


def _called(function: str, script: Script, arguments: Node) -> Iterator[Call]:
    if function not in {*METHODS, *BODILESS, *REQUEST, "batch"}:
        return
    one, two, three, four, *_ = (*script.values(arguments), None, None, None, None)
    if function == "batch":
        yield from _batched(one)
    elif function in REQUEST:
        yield Call(one, two, three, four)
    elif function in BODILESS:
        yield Call(BODILESS[function], one, None, two)
    else:
        yield Call(METHODS[function], one, two, three)


def _batched(requests: Value) -> Iterator[Call]:
    match requests:
        case list():
            yield from (_of_batch(request) for request in requests)
        case dict():
            yield from (_of_batch(request) for request in requests.values())
        case _:
            yield Call("GET", UNKNOWN)


def _of_batch(request: Value) -> Call:
    match request:
        case [method, url, *rest]:
            body, params, *_ = (*rest, None, None)
        case dict():
            method, url = request.get("method", "GET"), request.get("url", UNKNOWN)
            body, params = request.get("body"), request.get("params")
        case _:
            return Call("GET", request)
    reads = isinstance(method, str) and method.upper() in BODILESS.values()
    return Call(method, url, None if reads else body, params)


# What is sent


def _recorded(call: Call) -> Recorded | None:
    """None where a part that is sent is not known."""
    url = call.url.removeprefix(ENVIRONMENT) if isinstance(call.url, str) else UNKNOWN
    if not isinstance(call.method, str) or not isinstance(url, str) or not is_known(url):
        return None
    body, headers = _body(call.body), _headers(call.params)
    if body is None or headers is None or not _is_url(url, whole=url == call.url):
        return None
    form = (FORM,) if isinstance(call.body, dict) and "content-type" not in dict(headers) else ()
    return Recorded(call.method.upper(), url, (*headers, *form), body)


def _is_url(url: str, *, whole: bool) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc) if whole else url[:1] in ("", "/", "?")


def _body(value: Value) -> bytes | None:
    """A text as it is, an object as a form with its fields sorted, as k6 sends it; None where it is not known."""
    if value is None:
        return b""
    if isinstance(value, str) and is_known(value):
        return value.encode(errors="replace")
    if not isinstance(value, dict) or not is_known(value):
        return None
    fields = []
    for name, given in sorted(value.items()):
        for item in given if isinstance(given, list) else [given]:
            text = "" if item is None else as_text(item)
            if text is None:
                return None
            fields.append((name, text))
    return urlencode(fields, errors="replace").encode()


def _headers(params: Value) -> tuple[tuple[str, str], ...] | None:
    """Headers and cookies of a call's parameters; the others (tags, timeout) are k6's own."""
    if params is None:
        return ()
    if not isinstance(params, dict):
        return None
    headers, cookies = _texts(params.get("headers")), _texts(params.get("cookies"))
    if headers is None or cookies is None:
        return None
    pairs = [(name.lower(), value) for name, value in headers.items()]
    if cookies:
        pairs.append(("cookie", "; ".join(f"{name}={value}" for name, value in cookies.items())))
    return tuple(pairs)


def _texts(value: Value) -> Mapping[str, str] | None:
    if value is None:
        return {}
    if not isinstance(value, dict) or not is_known(value):
        return None
    plain = {name: item.get("value") if isinstance(item, dict) else item for name, item in value.items()}
    texts = {name: as_text(item) for name, item in plain.items()}
    return (
        {name: text for name, text in texts.items() if text is not None}
        if None not in texts.values()
        else None
    )
