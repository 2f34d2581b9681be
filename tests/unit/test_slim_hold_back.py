"""Which cases are held back from the trace: a fifth, of every route and kind, and the same every time."""

from __future__ import annotations

import random
from dataclasses import replace

from unladen.proof.interface import CommandCase, Corpus, RequestCase
from unladen.slimming.first_list import hold_back


def requests(routes: int, each: int) -> tuple[RequestCase, ...]:
    return tuple(
        RequestCase(
            id=f"{route}-{number}",
            route=f"GET /{route}",
            method="GET",
            path=f"/{route}?n={number}",
            kind="valid" if number % 2 else "invalid",
        )
        for route in range(routes)
        for number in range(each)
    )


def test_a_fifth_of_each_route_is_held_back() -> None:
    rest, held = hold_back(Corpus(requests(4, 10), seed=3))
    assert len(held) == 8 and len(rest.cases) == 32 and rest.seed == 3
    assert {case.route for case in held} == {f"GET /{route}" for route in range(4)}
    assert {case.kind for case in held} == {"valid", "invalid"}
    assert not {case.id for case in held} & {case.id for case in rest.cases}


def test_the_order_of_the_corpus_does_not_matter() -> None:
    cases = list(requests(3, 7))
    _, held = hold_back(Corpus(tuple(cases)))
    random.Random(1).shuffle(cases)
    _, again = hold_back(Corpus(tuple(cases)))
    assert held == again


def test_small_corpora_give_nothing_away() -> None:
    commands = tuple(CommandCase(f"c{number}", (str(number),)) for number in range(3))
    assert hold_back(Corpus(commands[:2])) == (Corpus(commands[:2]), ())
    assert len(hold_back(Corpus(commands))[1]) == 1


def test_what_production_showed_is_always_traced() -> None:
    cases = requests(1, 10)
    learned = Corpus(tuple(replace(case, id=f"learned {case.id}") for case in cases[:6]))
    rest, held = hold_back(Corpus(cases), learned)
    assert len(held) == 1 and held[0] in cases[6:]
    assert set(cases[:6]) <= set(rest.cases)


def test_what_a_held_case_needs_is_traced() -> None:
    cases = [replace(case, session="s") for case in requests(3, 7)]
    cases[::2] = [replace(case, method="POST") for case in cases[::2]]
    _, held = hold_back(Corpus(tuple(cases)))
    assert held and all(
        (isinstance(case, RequestCase) and case.method == "GET") or case is cases[-1] for case in held
    )
