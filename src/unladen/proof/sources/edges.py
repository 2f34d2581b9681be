"""What every route is asked beside what its document describes: where servers and libraries differ."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from unladen.proof.interface import RequestCase

JSON = "application/json"
LENGTHS = (10, 4, 1, 8, 13, 30, 3, 2, 5, 16, 20, 32, 64, 100, 128, 784)
"""Lengths tried for lists, the likelier first: a model wants exactly so many features, and few documents say
how many (iris has 4, housing 8, wine 13, a small image 784)."""
NUMBERS: tuple[object, ...] = (1e308, -0.0, 5e-324, 0.1 + 0.2, -1, 2**53 + 1, 2**63, 1e400)
"""The largest and smallest doubles, negative zero, rounding, and integers past a double, int64, a double."""
TEXTS = ("", "Grüße, 世界 🎉", "e\u0301 \u202e \ufeff", "a'\"<b>&;--", "x" * 5000, "\u0000")
PARAMETERS = ("1", "2", "3", "999999", "-1", "abc", "1e3", "%F0%9F%98%80", "..%2F..%2Fetc%2Fpasswd")
COMMON_PATHS = ("/openapi.json", "/docs", "/metrics", "/favicon.ico", "/static/")
METHODS = ("POST", "PUT", "PATCH", "DELETE")
LONG = 9000
DEEP = 200
_PARAMETER = re.compile(r"\{[^{}]+\}")


def route_edges(good: RequestCase, template: str, methods: frozenset[str]) -> Iterator[RequestCase]:
    """Requests around a good one: other methods, other spellings of its path, other headers.

    `template` is the route's path with its {parameters}, `methods` are those the document has for it.
    """
    path, _, query = good.path.partition("?")
    make = _maker(good)
    if "{" in template:
        yield from (make(path=_PARAMETER.sub(value, template)) for value in PARAMETERS)
    yield make("HEAD", body=b"", headers=())
    yield make("OPTIONS", body=b"", headers=())
    yield from (make(method, body=b"", headers=()) for method in METHODS if method not in methods)
    yield make(path=path.rstrip("/") + "/no-such-path")
    yield make(path=path + "/" if path != "/" else "//")
    yield make(path=path.rstrip("/") + "/%E4%B8%96%2e%2e%2f%00?q=%F0%9F%98%80&q=2&&=;")
    yield make(path=f"{path}?{query + '&' if query else ''}unknown=1&unknown=%C3%A9%ff")
    yield make(path=f"{path.rstrip('/')}/{'a' * LONG}")
    for name, value in _HEADERS:
        yield make(headers=(*good.headers, (name, value)))
    preflight = (("Origin", "http://example.com"), ("Access-Control-Request-Method", good.method))
    yield make("OPTIONS", body=b"", headers=preflight)


_HEADERS = (
    ("Accept", "text/html"),
    ("Accept", "application/xml;q=0.9, */*;q=0.1"),
    ("Accept-Encoding", "identity"),
    ("Accept-Language", "de, en;q=0.5"),
    ("Origin", "http://example.com"),
    ("Range", "bytes=0-9"),
    ("If-None-Match", "*"),
    ("X-Forwarded-Proto", "https"),
    ("Cookie", "session=unladen; other=%C3%A9"),
    ("Authorization", "Bearer unladen"),
)


def body_edges(good: RequestCase) -> Iterator[RequestCase]:
    """Bodies around a good JSON body: of another type, broken, extreme."""
    make = _maker(good)
    other = tuple(pair for pair in good.headers if pair[0].lower() != "content-type")
    try:
        value = json.loads(good.body)
    except ValueError:
        return
    yield from (make(body=_dumped(longer)) for longer in _longer(value))
    yield make(headers=(*other, ("Content-Type", "text/plain")))
    yield make(headers=(*other, ("Content-Type", "application/x-www-form-urlencoded")), body=b"a=1&b=%C3%A9")
    yield make(headers=other)
    yield make(body=b"")
    yield make(body=good.body[:-1])
    yield make(body=good.body + b"}")
    yield make(body=b"\xef\xbb\xbf" + good.body)
    yield make(body=b'{"\xff": "\xc3("}')
    yield make(body=b"[" * DEEP + b"]" * DEEP)
    for number in NUMBERS:
        yield make(body=_dumped(_replaced(value, _is_number, number)))
    yield make(body=_dumped(_replaced(value, _is_number, float("nan"))))
    for text in TEXTS:
        yield make(body=_dumped(_replaced(value, lambda leaf: isinstance(leaf, str), text)))


def common_paths() -> Iterator[RequestCase]:
    """What servers and frameworks answer by themselves."""
    for path in COMMON_PATHS:
        yield RequestCase("", f"GET {path}", "GET", path, kind="invalid", origin="common paths")


def _maker(good: RequestCase) -> Callable[..., RequestCase]:
    def make(method: str = good.method, **changes: object) -> RequestCase:
        return replace(good, method=method, kind="invalid", **changes)  # type: ignore[arg-type]

    return make


def _is_number(leaf: object) -> bool:
    return isinstance(leaf, int | float) and not isinstance(leaf, bool)


def _replaced(value: object, wanted: Callable[[object], bool], leaf: object) -> object:
    """The JSON value with every wanted leaf replaced."""
    match value:
        case dict():
            return {name: _replaced(part, wanted, leaf) for name, part in value.items()}
        case list():
            return [_replaced(part, wanted, leaf) for part in value]
        case _:
            return leaf if wanted(value) else value


def _longer(value: object) -> Iterator[object]:
    """The JSON value with each list of plain items, in turn, brought to other lengths."""
    match value:
        case dict():
            for name, part in value.items():
                yield from ({**value, name: longer} for longer in _longer(part))
        case [first, *_] if not isinstance(first, dict | list):
            for length in LENGTHS:
                yield [_item(first, number) for number in range(length)]


def _item(first: object, number: int) -> object:
    """Items that differ from each other, of the first one's type."""
    if isinstance(first, bool) or not _is_number(first):
        return first
    return number + 1 if isinstance(first, int) and first else (number + 1) / 2


def _dumped(value: object) -> bytes:
    """As JavaScript and Python clients write it: 1e400 and NaN too, which strict parsers refuse."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("Infinity", "1e400").encode()
