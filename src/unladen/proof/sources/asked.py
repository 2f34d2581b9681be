"""What files of a repository ask its program: requests as they are written there, and where they go."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from unladen.proof.interface import NO_CASES, Corpus, RequestCase
from unladen.proof.sources.destructive import destroys
from unladen.proof.sources.recorded import Recorded, corpus_of

LIMIT = 200
"""Requests of one kind of file that are asked."""
FILES_NAMED = 3
_LOCAL = re.compile(
    r"(.+\.)?localhost|127(\.\d+){3}|0\.0\.0\.0|\[?::1?\]?|host\.docker\.internal", re.IGNORECASE
)
_EXAMPLE = re.compile(
    r"([\w.-]+\.)?example(\.(com|org|net))?|(your|my)[\w.-]*|(docker|server|host|ip)[\w-]*|<[^>]*>|\{[^}]*\}"
    r"|(10|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d+)+",
    re.IGNORECASE,
)
_OPEN = re.compile(r"<[\w /-]*>|\{[\w .$-]*\}|/:[a-z]\w*|\.\.\.|…|\bYOUR[_-]?\w*|\bxxx+\b", re.IGNORECASE)
"""What stands in a URL or a header for what the reader has to fill in."""
_VARIABLE = re.compile(r"\$\{?[A-Za-z_]\w*\}?|\$\(|`")


@dataclass(frozen=True)
class LeftOut:
    """A request that is written down and cannot be asked; `why` completes "3 left out (…)"."""

    why: str


ELSEWHERE = LeftOut("they go to other hosts")


@dataclass(frozen=True)
class Asked:
    """The requests of one file, in its order; `url` of each is a path, `origin` says where it stands."""

    file: str
    requests: tuple[Recorded, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def asked(file: str, found: Iterable[Recorded | LeftOut]) -> Asked:
    """What was read of a file, each request by its path at the program itself."""
    here = [each if isinstance(each, LeftOut) else at_the_program(each) for each in found]
    return Asked(
        file,
        tuple(each for each in here if isinstance(each, Recorded)),
        tuple(each for each in here if isinstance(each, LeftOut)),
    )


def at_the_program(request: Recorded) -> Recorded | LeftOut:
    """The request by its path alone, where it goes to this machine or to an example's host and port. Where something
    of it was left for the reader to fill in, it is none."""
    if request.url.startswith("/"):
        path = request.url
    else:
        try:
            parts = urlsplit(request.url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return ELSEWHERE
        if parts.scheme not in ("http", "https") or not (
            _LOCAL.fullmatch(host) or (port and _EXAMPLE.fullmatch(host))
        ):
            return ELSEWHERE
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    said = (path, *(value for _, value in request.headers))
    if blank := next(
        (found[0] for text in said if (found := _VARIABLE.search(text) or _OPEN.search(text))), ""
    ):
        return LeftOut(f"nothing gives {blank} a value")
    return replace(request, url=path.partition("#")[0])


def corpus_of_files(files: Iterable[Asked]) -> Corpus:
    """The requests of several files as one corpus. What a file repeats of an earlier one (a README in another
    language) is asked once."""
    kept = [each for each in files if each.requests or any(why != ELSEWHERE for why in each.left_out)]
    requests = list(_fresh(kept))
    reasons = Counter(each.why for file in kept for each in file.left_out)
    left_out = [f"{count} left out ({why})" for why, count in sorted(reasons.items())]
    if len(requests) > LIMIT:
        left_out.append(f"{len(requests) - LIMIT} left out (after the first {LIMIT})")
    if not requests and not left_out:
        return NO_CASES
    names = [file.file for file in kept if file.requests] or [file.file for file in kept]
    more = len(names) - FILES_NAMED
    named = ", ".join(names[:FILES_NAMED]) + (f" and {more} other file{'s' * (more > 1)}" if more > 0 else "")
    corpus = corpus_of(requests[:LIMIT], origin="", file=named, left_out=left_out)
    cases = (
        replace(case, apart=True) if isinstance(case, RequestCase) and destroys(case.path) else case
        for case in corpus.cases
    )
    coverage = replace(
        corpus.coverage, known=()
    )  # that a document shows a route does not make it the program's
    return replace(corpus, cases=tuple(cases), coverage=coverage)


def _fresh(files: list[Asked]) -> Iterator[Recorded]:
    earlier: set[Recorded] = set()
    for file in files:
        same = [replace(each, origin="") for each in file.requests]
        yield from (each for each, plain in zip(file.requests, same, strict=True) if plain not in earlier)
        earlier.update(same)
