"""A corpus from a k6 script: the requests that are written out in it, read without running it.

Its calls are those of k6/http (https://grafana.com/docs/k6/latest/javascript-api/k6-http/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from unladen.errors import BadConfig
from unladen.proof.interface import Corpus
from unladen.proof.sources.recorded import Recorded, corpus_of
from unladen.proof.sources.script_names import Names, walk
from unladen.proof.sources.script_tokens import Token, tokens
from unladen.proof.sources.script_values import ENVIRONMENT, UNKNOWN, Value, as_text, is_known, read_arguments

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


def corpus_from_k6(text: str, file: str) -> Corpus:
    """The requests in the order of the script's text, each once however often it runs (see `corpus_of`).

    Literals, templates, constants, JSON.stringify and `__ENV.NAME || 'default'` are understood; a variable of the
    environment at the beginning of a URL is taken for its host. What is computed is left out, and the note says on
    which lines. Raises BadConfig, naming the file and the line.
    """
    found = tokens(text, file)
    recorded: list[Recorded] = []
    computed: list[int] = []
    for line, call in _calls(found):
        request = _recorded(call)
        if request is None:
            computed.append(line)
        else:
            recorded.append(request)
    left_out = [f"{len(computed)} computed by the script left out ({_lines(computed)})"] if computed else []
    corpus = corpus_of(recorded, origin="k6", file=file, left_out=left_out)
    if not corpus.cases:
        cause = (
            f"all of its requests are computed ({_lines(computed)})"
            if computed
            else "there is no request in it"
        )
        raise BadConfig(
            f"cannot learn from {file}: {cause}",
            hint="Requests are calls such as http.get('http://…'), with URL, body and headers written out; record "
            "others as a HAR file, or describe them in unladen.toml under [[verify.request]].",
        )
    return corpus


def _lines(numbers: list[int]) -> str:
    lines = list(dict.fromkeys(numbers))
    text = ", ".join(map(str, lines[:LINES])) + (", …" if len(lines) > LINES else "")
    return f"line {text}" if len(lines) == 1 else f"lines {text}"


# Which calls there are


def _calls(found: Sequence[Token]) -> Iterator[tuple[int, Call]]:
    client = _client(found)
    for at, names in walk(found):
        words = [token.text for token in found[at : at + 4]]
        after_dot = at > 0 and found[at - 1].text in (".", "?.")
        if len(words) == 4 and words[:2] == [client, "."] and words[3] == "(" and not after_dot:
            for call in _called(words[2], found, at + 3, names):
                yield found[at].line, call


def _client(found: Sequence[Token]) -> str:
    """The name that the script gives k6/http: `import http from 'k6/http'`, `import * as http from 'k6/http'`,
    `const http = require('k6/http')`."""
    for at, token in enumerate(found):
        if token.kind == "string" and token.text == "k6/http":
            words = [each.text for each in found[max(at - 4, 0) : at]]
            if words[-1:] == ["from"] and found[at - 2].kind == "name":
                return words[-2]
            if words[1:] == ["=", "require", "("]:
                return words[0]
    return "http"


def _called(function: str, found: Sequence[Token], bracket: int, names: Names) -> Iterator[Call]:
    if function not in {*METHODS, *BODILESS, *REQUEST, "batch"}:
        return
    given = read_arguments(found, bracket, names)
    one, two, three, four, *_ = (*given, None, None, None, None)
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
