"""Corpora put together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from unladen.proof.interface import (
    Case,
    CommandCase,
    CommandResult,
    Corpus,
    Coverage,
    Recording,
    RequestCase,
    Taken,
)
from unladen.proof.spelling import each_once, known_route, spelled_alike, without_what_is_asked

READING = frozenset({"GET", "HEAD", "OPTIONS"})


def combined(*corpora: Corpus) -> Corpus:
    """One corpus of several, in this order; a case whose id is taken gets a number behind it. What fills gaps only is
    left out for routes that an earlier corpus asks."""
    parts: list[Corpus] = []
    for corpus in corpora:
        parts.append(without_what_is_asked(corpus, parts) if corpus.fills else corpus)
    cases: dict[str, Case] = {}
    for corpus in parts:
        names: dict[str, str] = {}
        for case in corpus.cases:
            identity, count = case.id, 2
            while identity in cases:
                identity, count = f"{case.id} ({count})", count + 1
            names[case.id] = identity
            cases[identity] = _renamed(case, names)
    known = each_once(route for corpus in parts for route in corpus.coverage.known)
    spelled = {spelled_alike(route): route for route in known}
    asked = [spelled.get(spelled_alike(route), route) for corpus in parts for route in corpus.coverage.asked]
    requests = (case for case in cases.values() if isinstance(case, RequestCase) and case.kind != "invalid")
    asked += filter(None, (known_route(case, known) for case in requests))
    return Corpus(
        cases=tuple(cases.values()),
        coverage=Coverage(
            interface=any(corpus.coverage.interface for corpus in parts),
            known=known,
            asked=tuple(dict.fromkeys(asked)),
            note="; ".join(corpus.coverage.note for corpus in parts if corpus.coverage.note),
        ),
        seed=next((corpus.seed for corpus in corpora if corpus.seed), 0),
    )


def looking_for(corpus: Corpus, seen: Recording) -> Corpus:
    """The corpus whose commands are looked at for files only where they wrote some: an engine goes through the whole
    image for that."""
    wrote = {id for id, answer in seen.answers.items() if isinstance(answer, CommandResult) and answer.files}
    return replace(
        corpus,
        cases=tuple(
            replace(case, files=None)
            if isinstance(case, CommandCase) and not case.files and case.id not in wrote
            else case
            for case in corpus.cases
        ),
    )


def numbered(cases: Iterable[RequestCase]) -> tuple[RequestCase, ...]:
    """Cases with ids that say what they are and where in the order they come ("017 post predict"). What cases take from
    earlier ones they take under the new names."""
    names: dict[str, str] = {}
    found = []
    for number, case in enumerate(cases, 1):
        new = f"{number:03d} {_slug(case.method, case.route)}"
        found.append(replace(case, id=new, takes=_taking(case, names)))
        names[case.id] = new
    return tuple(found)


def once(corpus: Corpus) -> Corpus:
    """Without what a session reads that another case asks for as well, as long as that session wrote nothing."""
    requests = [case for case in corpus.cases if isinstance(case, RequestCase)]
    plain = {case.path for case in requests if _plain(case) and not case.session}
    needed = {taken.case for case in requests for taken in case.takes}
    began: set[str] = set()
    kept: list[Case] = []
    for case in corpus.cases:
        if isinstance(case, RequestCase) and case.session:
            if case.method not in READING:
                began.add(case.session)
            fresh = case.session not in began and not case.takes and case.id not in needed
            if fresh and _plain(case) and case.path in plain:
                continue
        kept.append(case)
    return replace(corpus, cases=tuple(kept))


def _plain(case: RequestCase) -> bool:
    return case.method == "GET" and not (case.headers or case.body or case.apart or case.when)


def needed_by(case: RequestCase, cases: Sequence[Case]) -> list[RequestCase]:
    """Of `cases`, those that have to be asked before `case`, in their order: what it takes values from, and what its
    session wrote before."""
    found: list[RequestCase] = []
    sessions = {case.session} - {""}
    place = next((n for n, each in enumerate(cases) if each.id == case.id), len(cases))
    takes = {taken.case for taken in case.takes}
    for each in reversed(cases[:place]):
        if not isinstance(each, RequestCase) or each.apart or each.when:
            continue
        if each.id in takes or (each.session in sessions and each.method not in READING):
            found.append(each)
            takes |= {taken.case for taken in each.takes}
            sessions |= {each.session} - {""}
    return found[::-1]


def _renamed(case: Case, names: Mapping[str, str]) -> Case:
    if isinstance(case, RequestCase):
        return replace(case, id=names[case.id], takes=_taking(case, names))
    return replace(case, id=names[case.id])


def _taking(case: RequestCase, names: Mapping[str, str]) -> tuple[Taken, ...]:
    return tuple(replace(taken, case=names.get(taken.case, taken.case)) for taken in case.takes)


def _slug(method: str, route: str) -> str:
    words = re.findall(r"[\w.-]+", route.partition(" ")[2])
    return " ".join([method.lower(), *words]) if words else f"{method.lower()} root"
