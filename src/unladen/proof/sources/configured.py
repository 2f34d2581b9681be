"""A corpus of what the user describes, or of the health check alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from unladen.proof.corpus import combined
from unladen.proof.interface import NO_CASES, CommandCase, Corpus, Coverage, RequestCase

_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"


def corpus_from_config(requests: Sequence[RequestCase], commands: Sequence[CommandCase]) -> Corpus:
    """The requests and commands of unladen.toml. A path may hold spaces and letters of any script there; on
    the wire they are percent-encoded."""
    routes = tuple(dict.fromkeys(case.route for case in requests))
    names = tuple(dict.fromkeys(case.id for case in commands))
    parts = [
        _counted(len(cases), word) for cases, word in ((requests, "request"), (commands, "command")) if cases
    ]
    note = f"{' and '.join(parts)} from unladen.toml" if parts else ""
    encoded = [replace(case, path=quote(case.path, safe=_URL_CHARACTERS)) for case in requests]
    return combined(
        Corpus(cases=(*encoded, *commands), coverage=Coverage(routes + names, routes + names, note))
    )


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def health_only(path: str | None) -> Corpus:
    """The one request left where no interface was found: the health check, or GET / where there is none."""
    path = path or "/"
    route = f"GET {path}"
    case = RequestCase("health", route, "GET", path, kind="valid", origin="health check")
    note = (
        f"no interface was found: only start, {route} and stop were compared, which says little of the rest "
        "(describe requests in unladen.toml under [[verify.request]])"
    )
    return Corpus(cases=(case,), coverage=Coverage(known=(), asked=(route,), note=note))


def run_only() -> Corpus:
    """The one run left of a program without a port and without described commands: as its image starts it."""
    note = (
        "no commands are described: only a run without arguments was compared, which says little of the rest "
        "(describe commands in unladen.toml under [[verify.command]])"
    )
    case = CommandCase(id="run", argv=(), origin="image")
    return Corpus(cases=(case,), coverage=Coverage(known=(), asked=("run",), note=note))


def without_requests(corpus: Corpus, port: int | None, spoken: Corpus = NO_CASES) -> Corpus:
    """What can be asked of a program whose port speaks no HTTP/1.1: the corpus's commands, and what is `spoken` there
    instead."""
    commands = tuple(case for case in corpus.cases if isinstance(case, CommandCase))
    names = tuple(case.id for case in commands)
    alone = "" if commands or spoken.cases else ": only start and stop were compared"
    left = len(corpus.cases) - len(commands)
    refused = f"; {left} requests were not asked" if left else ""
    said = spoken.coverage.note or f"port {port} accepts connections and speaks no HTTP"
    hint = "" if spoken.cases or commands else " (describe commands in unladen.toml under [[verify.command]])"
    whole = combined(spoken, Corpus(commands, Coverage(names, names), corpus.seed))
    return replace(whole, coverage=replace(whole.coverage, note=said + alone + refused + hint))
