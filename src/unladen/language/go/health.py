"""Which path says that the program is healthy, read from its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from unladen.language.go.source import GoFile
from unladen.language.interface import Fact

_WORDS = (
    "healthz?|health[-_]?check|livez|alive|liveness|readyz?|readiness|status|ping|heartbeat"  # likelier first
)
_HEALTH = re.compile(rf"^(?:(?:GET|HEAD) )?(?P<path>/(?:[\w.-]+/)*_?(?P<word>{_WORDS}))/?$", re.IGNORECASE)
_ROUTE_CALL = re.compile(
    r"(?P<router>\w+)\.(?i:HandleFunc|Handle|Get|Head|Any|All|Path|Add|Route|HandlerFunc|MapGet|MethodFunc|Method)"
    r"\(\s*(?:(?:http\.Method\w+|\"\w+\"),\s*)?$"
)
_ONLY_POST = re.compile(r"[^\n]*Methods\([^)\n]*(?:POST|MethodPost|PUT|DELETE)")


def health(files: Sequence[GoFile], root: Path) -> Fact[str] | None:
    """The path of the route that looks most like a health check."""
    return min(_routes(files, root), key=lambda fact: (_liking(fact.value), len(fact.value)), default=None)


def _liking(path: str) -> int:
    return next(rank for rank, word in enumerate(_WORDS.split("|")) if re.search(word, path, re.IGNORECASE))


def _routes(files: Sequence[GoFile], root: Path) -> Iterator[Fact[str]]:
    for file in files:
        for literal in file.literals:
            matched = _HEALTH.match(literal.value)
            call = matched and _ROUTE_CALL.search(file.code[max(0, literal.start - 120) : literal.start])
            if matched and call and not _ONLY_POST.match(file.code, literal.end):
                path = _prefix(file, call["router"]) + matched["path"]
                yield Fact(path, f'{file.where(literal.start, root)} {call[0].strip()}"{literal.value}"')


def _prefix(file: GoFile, router: str) -> str:
    """What `router := parent.Group("/api")` or `PathPrefix("/api").Subrouter()` puts before a path."""
    group = re.search(
        rf'\b{re.escape(router)}\s*:?=\s*(?P<parent>\w+)\.(?:Group|PathPrefix|Party)\(\s*"(?P<path>[^"]*)"',
        file.code,
    )
    if not group or group["parent"] == router:
        return ""
    return _prefix(file, group["parent"]) + group["path"].rstrip("/")
