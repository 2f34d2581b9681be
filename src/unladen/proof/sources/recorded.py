"""Requests that others wrote down (a browser, a load test) as cases that can be replayed to a container."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urlsplit

from unladen.proof.corpus import numbered
from unladen.proof.interface import Corpus, Coverage, RequestCase

SAME_ORIGIN = "http://localhost"
"""What replay calls the program it asks: its Host header is localhost."""
READING = frozenset({"GET", "HEAD", "OPTIONS"})

_URL_CHARACTERS = "!$%&'()*+,/:;=?@[]~"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONNECTION = frozenset(
    {"host", "content-length", "connection", "keep-alive", "proxy-connection", "proxy-authorization", "te"}
    | {"trailer", "transfer-encoding", "upgrade", "expect"}
)
"""Headers that each connection decides for itself (RFC 9110, 7.6.1)."""
_CACHED = frozenset({"if-none-match", "if-modified-since", "if-match", "if-unmodified-since", "if-range"})
"""They tell of a copy that a browser had. Its date and tag belong to the image of that day; without them the
program answers with the whole body."""
_OWN_URL = frozenset({"origin", "referer"})


@dataclass(frozen=True)
class Recorded:
    """One request as it was written down. `url` is absolute, or a path alone where its host is not known;
    `static`: it was answered with a file that no request changes (an image, a style sheet, a script); `origin`: where
    it is written ("README.md:41 curl"), where that is more than the name of a file."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    static: bool = False
    origin: str = ""


def corpus_of(
    requests: Sequence[Recorded], *, origin: str, file: str, left_out: Iterable[str] = ()
) -> Corpus:
    """The requests to the host that most of them go to, in their order; `left_out` are phrases for what the file
    holds beside them. What is not replayed is counted in the note. No cases where no request goes over HTTP.

    Cookies and credentials are sent as recorded: without them a program that asks for them would answer 401 to
    everything. A session that a container does not know is answered the same by every image. Origin and Referer
    are rewritten to the host that replay asks, so that a program's same-origin checks pass as they did.
    """
    split = [(request, urlsplit(request.url)) for request in requests]
    web = [(request, url) for request, url in split if url.scheme in ("http", "https", "")]
    hosts = Counter(_host(url) for _, url in web if url.netloc)
    host = hosts.most_common(1)[0][0] if hosts else ""
    ours = [(request, url) for request, url in web if not url.netloc or _host(url) == host]
    once = list(_once(ours))
    cases = numbered(_case(request, url, origin) for request, url in once)
    counts = (
        (len(web) - len(ours), "to other hosts left out"),
        (len(split) - len(web), "not over HTTP left out"),
        (len(ours) - len(once), "asked once for several times"),
    )
    parts = [f"{_counted(len(cases))} from {file}" + (f" (to {host})" if host else "")]
    parts += [f"{count} {what}" for count, what in counts if count]
    routes = tuple(dict.fromkeys(case.route for case in cases))
    return Corpus(cases=cases, coverage=Coverage(routes, routes, ", ".join([*parts, *left_out])))


def _host(url: SplitResult) -> str:
    """Host and port; http and https to their usual ports are one program."""
    host = url.netloc.rpartition("@")[2].lower()
    return re.sub(r":(80|443)?$", "", host)


def _counted(count: int) -> str:
    return f"{count} request" if count == 1 else f"{count} requests"


def _once(requests: list[tuple[Recorded, SplitResult]]) -> Iterator[tuple[Recorded, SplitResult]]:
    """A request that reads is asked again only after something was written; a static file never."""
    seen: set[object] = set()
    files: set[str] = set()
    for request, url in requests:
        if request.method not in READING:
            seen.clear()
            yield request, url
            continue
        identity = (request.method, _path(url), _headers(request, url), request.body)
        if identity in seen or (request.static and _path(url) in files):
            continue
        seen.add(identity)
        if request.static:
            files.add(_path(url))
        yield request, url


def _case(request: Recorded, url: SplitResult, origin: str) -> RequestCase:
    path = _path(url)
    return RequestCase(
        id="",
        route=f"{request.method} {path.partition('?')[0]}",
        method=request.method,
        path=path,
        headers=_headers(request, url),
        body=request.body,
        origin=request.origin or origin,
    )


def _path(url: SplitResult) -> str:
    """Path and query as they go on the wire: what is not a URL's character is percent-encoded."""
    text = (url.path or "/") + (f"?{url.query}" if url.query else "")
    return quote(text if text.startswith("/") else f"/{text}", safe=_URL_CHARACTERS, errors="replace")


def _headers(request: Recorded, url: SplitResult) -> tuple[tuple[str, str], ...]:
    """The headers that say something about the request, sorted by name. HTTP/2's pseudo-headers (":path") are
    no tokens."""
    recorded = [(name.lower(), " ".join(value.split())) for name, value in request.headers]
    kept = [
        (name, _same_origin(value, url) if name in _OWN_URL else value)
        for name, value in recorded
        if _TOKEN.fullmatch(name) and name not in _CONNECTION | _CACHED
    ]
    user = url.netloc.rpartition("@")[0]
    if user and all(name != "authorization" for name, _ in kept):
        kept.append(("authorization", "Basic " + base64.b64encode(unquote(user).encode()).decode()))
    return tuple(sorted(kept, key=lambda pair: pair[0]))


def _same_origin(value: str, url: SplitResult) -> str:
    other = urlsplit(value)
    if other.netloc and _host(other) == _host(url):
        return SAME_ORIGIN + value[len(f"{other.scheme}://{other.netloc}") :]
    return value
