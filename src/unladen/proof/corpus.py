"""Corpora put together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from unladen.proof.interface import Case, Corpus, Coverage, RequestCase

AnyCase = TypeVar("AnyCase", bound=Case)


def combined(*corpora: Corpus) -> Corpus:
    """One corpus of several, in this order; a case whose id is taken gets a number behind it."""
    cases: dict[str, Case] = {}
    for corpus in corpora:
        for case in corpus.cases:
            identity, count = case.id, 2
            while identity in cases:
                identity, count = f"{case.id} ({count})", count + 1
            cases[identity] = replace(case, id=identity)
    return Corpus(
        cases=tuple(cases.values()),
        coverage=Coverage(
            known=tuple(dict.fromkeys(route for corpus in corpora for route in corpus.coverage.known)),
            asked=tuple(dict.fromkeys(route for corpus in corpora for route in corpus.coverage.asked)),
            note="; ".join(corpus.coverage.note for corpus in corpora if corpus.coverage.note),
        ),
        seed=next((corpus.seed for corpus in corpora if corpus.seed), 0),
    )


def numbered(cases: Iterable[RequestCase]) -> tuple[RequestCase, ...]:
    """Cases with ids that say what they are and where in the order they come ("017 post predict")."""
    return tuple(
        replace(case, id=f"{number:03d} {_slug(case.method, case.route)}")
        for number, case in enumerate(cases, 1)
    )


def _slug(method: str, route: str) -> str:
    words = re.findall(r"[\w.-]+", route.partition(" ")[2])
    return " ".join([method.lower(), *words]) if words else f"{method.lower()} root"
