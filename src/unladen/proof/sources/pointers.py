"""Where an answer points: the paths of the same host that a page, a script, a style sheet or JSON names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from unladen.proof.carried import shape
from unladen.proof.interface import Response
from unladen.proof.page import Form, page
from unladen.proof.replay import HOST

TEXT_LIMIT = 256 << 10
"""Bytes of a script, a style sheet or a list that are read."""
LENGTH_LIMIT = 500
LINKS = 500
"""Of a page, those that are looked at."""
SEGMENTS = 12
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"
_OURS = frozenset({HOST, "127.0.0.1"})
_CSS = re.compile(r"""url\(\s*['"]?([^'")\s]+)|@import\s+['"]([^'"]+)""")
_SCRIPT = re.compile(r"""["'`](/[A-Za-z0-9][\w./-]{0,120})["'`]""")
_ROBOTS = re.compile(r"(?im)^\s*(?:allow|disallow|sitemap)\s*:\s*(\S+)")
_LOCATION = re.compile(r"<loc>\s*([^<\s]+)\s*</loc>")
_PATH = re.compile(r"/[\w\-./?=&%~+]*")
_ID = re.compile(r"[0-9a-fA-F]{8,}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, order=True)
class Pointer:
    """A path of the same host, with its query. Of a link that holds an id which the page may have made up, `like` is
    its shape and `number` which of the page's links of that shape it is."""

    path: str
    like: str = ""
    number: int = 0


@dataclass(frozen=True)
class Pointers:
    """`files` are what a browser loads by itself; a form's number is its place in the page."""

    links: tuple[Pointer, ...] = ()
    files: tuple[Pointer, ...] = ()
    forms: tuple[tuple[int, str, Form], ...] = ()
    """(number, path that it is sent to, the form)"""


def pointers(answer: Response, path: str) -> Pointers:
    """What the answer to GET `path` points at. Other hosts, and what is no HTTP, are left out."""
    given = dict(answer.headers)
    kind, text = given.get("content-type", ""), answer.body[:TEXT_LIMIT].decode(errors="replace")
    redirect = _plain([given["location"]], path) if "location" in given and answer.status < 400 else ()
    if not kind and answer.body.lstrip()[:1] == b"<":
        kind = "text/html"  # what a browser makes of it
    match kind.partition(";")[0].strip():
        case "text/html" | "application/xhtml+xml":
            return _of_page(answer.body, path, redirect)
        case "text/css":
            return Pointers(redirect, _plain([a or b for a, b in _CSS.findall(text)], path))
        case "application/json" | "application/manifest+json" | "application/hal+json":
            return Pointers((*redirect, *_plain(list(_in_json(text)), path)))
        case other if other.endswith("javascript"):
            return Pointers((*redirect, *_plain(_SCRIPT.findall(text), path)))
        case other if other.endswith("xml"):
            return Pointers((*redirect, *_plain(_LOCATION.findall(text), path)))
        case "text/plain" if path == "/robots.txt":
            named = [each for each in _ROBOTS.findall(text) if "*" not in each and "$" not in each]
            return Pointers((*redirect, *_plain(named, path)))
    return Pointers(redirect)


def _of_page(body: bytes, path: str, redirect: tuple[Pointer, ...]) -> Pointers:
    found = page(body)
    base = urljoin(path, found.base) if found.base else path
    links: list[Pointer] = []
    counts: dict[str, int] = {}
    for link in found.links[:LINKS]:
        like = shape(link)
        number = counts.get(like, 0)
        counts[like] = number + 1
        if not (target := resolved(link, base)):
            continue
        made_up = link.startswith("/") and not link.startswith("//") and _ID.search(link)
        links.append(Pointer(target, like, number) if made_up else Pointer(target))
    forms = [(n, resolved(form.action or path, base), form) for n, form in enumerate(found.forms)]
    return Pointers(
        (*redirect, *links), _plain(found.files[:LINKS], base), tuple(each for each in forms if each[1])
    )


def _plain(urls: list[str] | tuple[str, ...], base: str) -> tuple[Pointer, ...]:
    return tuple(Pointer(path) for url in urls if (path := resolved(url, base)))


def resolved(url: str, base: str) -> str:
    """The path and query that a URL in the answer to `base` means, ready for the wire; "" for another host's."""
    try:
        parts = urlsplit(urljoin(f"http://{HOST}{base}", url.strip()))
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or host not in _OURS or len(url) > LENGTH_LIMIT:
        return ""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(path, safe=_URL_CHARACTERS, errors="replace") if path.count("/") <= SEGMENTS else ""


def _in_json(text: str) -> Iterator[str]:
    try:
        left: list[object] = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while left:
        match left.pop():
            case dict() as members:
                left += members.values()
            case list() as items:
                left += items
            case str() as value if _PATH.fullmatch(value) or value.startswith(("http://", "https://")):
                yield value
