"""What takes long to answer is asked as often as there is time for it, and the corpus says what it leaves out."""

from __future__ import annotations

from unladen.proof.interface import Corpus, Coverage, Recording, RequestCase, Response, Taken
from unladen.proof.slow import SLOW_TOGETHER, without_the_slow


def case(path: str, **more: object) -> RequestCase:
    return RequestCase(path, f"GET {path.partition('?')[0]}", "GET", path, **{"origin": "routes", **more})  # type: ignore[arg-type]


def seen(**seconds: float) -> Recording:
    return Recording({f"/{path}": Response(200, seconds=each) for path, each in seconds.items()})


def test_quick_answers_stay_however_many_they_are() -> None:
    corpus = Corpus(tuple(case(f"/{n}") for n in range(100)))
    assert without_the_slow(corpus, Recording({f"/{n}": Response(seconds=0.9) for n in range(100)})) is corpus


def test_slow_ones_stay_as_long_as_there_is_time() -> None:
    corpus = Corpus((case("/a"), case("/b")))
    assert without_the_slow(corpus, seen(a=SLOW_TOGETHER - 5, b=5)) is corpus


def test_each_route_comes_before_a_second_answer_of_one() -> None:
    corpus = Corpus(
        (case("/a?1"), case("/a?2"), case("/b"), case("/quick")),
        Coverage(known=("GET /a", "GET /b", "GET /quick"), asked=("GET /a", "GET /b", "GET /quick")),
    )
    left = without_the_slow(corpus, seen(**{"a?1": 2, "a?2": 3, "b": 11, "quick": 0.01}))
    assert [each.id for each in left.cases] == ["/a?1", "/b", "/quick"]
    assert left.coverage.asked == corpus.coverage.asked
    assert left.coverage.note == "slow answers left out: GET /a?2 would take 3 s each time"


def test_a_route_that_is_left_out_was_not_asked() -> None:
    coverage = Coverage(known=("GET /a", "GET /{b}"), asked=("GET /a", "GET /{b}"), note="by its document")
    left = without_the_slow(Corpus((case("/a"), case("/x")), coverage), seen(a=10, x=10))
    assert [each.id for each in left.cases] == ["/a"]
    assert left.coverage.never_asked == ("GET /{b}",)
    assert left.coverage.note.startswith("by its document; slow answers left out: GET /x ")


def test_what_goes_on_from_a_slow_one_goes_with_it() -> None:
    later = case("/c", takes=(Taken("{id}", "/b", "json", "id"),))
    last = case("/d", takes=(Taken("{id}", "/c", "json", "id"),))
    corpus = Corpus((case("/a"), case("/b"), later, last, case("/e")))
    left = without_the_slow(corpus, seen(a=10, b=10, c=0.1, d=0.1, e=0.1))
    assert [each.id for each in left.cases] == ["/a", "/e"]
    assert "GET /b and 2 more requests would take 10 s each time" in left.coverage.note


def test_what_the_user_asks_for_is_asked() -> None:
    corpus = Corpus((case("/a", origin="config"), case("/b", origin="config"), case("/c")))
    left = without_the_slow(corpus, seen(a=60, b=60, c=20))
    assert [each.id for each in left.cases] == ["/a", "/b"]
