"""Which path says that the program is healthy, read from its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from unladen.language.go.source import Call, GoFile, call_of
from unladen.language.interface import Fact
from unladen.syntax.go import above, below
from unladen.syntax.grammar import text

if TYPE_CHECKING:
    from tree_sitter import Node

_WORDS = (
    "healthz?|health[-_]?check|livez|alive|liveness|readyz?|readiness|status|ping|heartbeat"  # likelier first
)
_HEALTH = re.compile(
    rf"^(?:(?:GET|HEAD) )?(?P<path>/(?!debug/)(?:[\w.-]+/)*_?(?P<word>{_WORDS}))/?$", re.IGNORECASE
)
_ROUTES = re.compile(
    r"HandleFunc|Handle|Get|Head|Any|All|Path|Add|Match|Route|HandlerFunc|MapGet|MethodFunc|Method",
    re.IGNORECASE,
)
_GROUPS = frozenset({"Group", "PathPrefix", "Party", "Route"})
_READING, _METHOD = re.compile(r"GET|HEAD", re.IGNORECASE), re.compile(r"http\.Method\w+|\"[A-Z]+\"")


def health(files: Sequence[GoFile], root: Path) -> Fact[str] | None:
    """The path of the route that looks most like a health check."""
    found = [fact for file in files for fact in _routes(file, root)]
    return min(found, key=lambda fact: (_liking(fact.value), len(fact.value)), default=None)


def _liking(path: str) -> int:
    return next(rank for rank, word in enumerate(_WORDS.split("|")) if re.search(word, path, re.IGNORECASE))


def _routes(file: GoFile, root: Path) -> Iterator[Fact[str]]:
    for call in file.calls:
        if "." not in call.function or not _ROUTES.fullmatch(call.name):
            continue
        for at, value in enumerate(call.strings()[:2]):
            if (matched := _HEALTH.match(value or "")) and _is_asked(call, at):
                path = _prefix(file, call.node, call.function.rpartition(".")[0]) + matched["path"]
                yield Fact(path, f'{file.where(call.node, root)} {call.function}("{value}")')


def _is_asked(call: Call, at: int) -> bool:
    """Whether GET or HEAD reaches it: by `Method("GET", path)`, `Match(methods, path)` or `….Methods("GET")`."""
    said = [text(argument) for argument in call.arguments[:at]]
    outer = next(above(call.node, "call_expression", "statement_list"), None)
    if outer is not None and outer.type == "call_expression" and (after := call_of(outer)).name == "Methods":
        said += map(text, after.arguments)
    methods = _METHOD.findall(" ".join(said))
    return not methods or any(map(_READING.search, methods))


def _prefix(file: GoFile, node: Node, router: str) -> str:
    """What `router := parent.Group("/api")`, `PathPrefix("/api").Subrouter()` or `Route("/api", func…)` around the
    route puts before its path."""
    around = [call_of(each) for each in above(node, "call_expression")]
    before = "".join(_path(call) for call in reversed(around) if node.start_byte > call.node.start_byte)
    for found in file.find("(short_var_declaration left: (_) @name right: (_) @value)"):
        if text(found["name"][0]) == router and found["value"][0].start_byte < node.start_byte:
            for group in map(call_of, below(found["value"][0], "call_expression")):
                parent = group.function.rpartition(".")[0]
                if _path(group) and parent != router:
                    return before + _prefix(file, group.node, parent) + _path(group)
    return before


def _path(call: Call) -> str:
    value = call.strings()[0] if call.name in _GROUPS and call.arguments else None
    return (value or "").rstrip("/")
