"""What was created is asked for; and an order that chance gives is not held against a rung."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from lively import Site, served

from unladen.proof.compare import compare, volatility
from unladen.proof.interface import Corpus, Recording, RequestCase, Response
from unladen.proof.replay import replay
from unladen.proof.shuffled import may_be_chance
from unladen.proof.sources.follow_ups import follow_ups

POST = RequestCase(
    "make",
    "POST /notes",
    "POST",
    "/notes",
    (("content-type", "application/x-www-form-urlencoded"),),
    b"text=milk",
    kind="valid",
)


def live(url: str) -> Any:
    return SimpleNamespace(url=url, ask=lambda case: replay([case], url)[case.id])


def test_what_a_post_creates_is_read_wherever_it_lands() -> None:
    with served(Site()) as url:
        found = follow_ups(live(url), Corpus((POST,)))
    assert [case.id for case in found.cases] == ["make read"]
    cases = (POST, *(case for case in found.cases if isinstance(case, RequestCase)))
    with served(Site()) as url:
        assert replay(cases, url)["make read"].body == b"milk"


def test_what_can_be_deleted_is() -> None:
    class Store(Site):
        def answer(self, method: str, target: str, cookie: str, form: dict[str, str]) -> Any:
            head = {"Content-Type": "application/json"}
            match method, target:
                case "POST", "/things/":
                    self.notes["7"] = "x"
                    return 201, head, b'{"name": "x", "id": 7}'
                case "GET", "/things/7/" if "7" in self.notes:
                    return 200, head, b"{}"
                case "DELETE", "/things/7/" if "7" in self.notes:
                    del self.notes["7"]
                    return 204, {}, b""
            return 404, {}, b""

    post = RequestCase("p", "POST /things/", "POST", "/things/", kind="valid")
    with served(Store()) as url:
        found = follow_ups(live(url), Corpus((post,)))
        cases = [case for case in found.cases if isinstance(case, RequestCase)]
        answers = replay([post, *cases], url)
    assert [answer.status for answer in answers.values()] == [201, 200, 204, 404]
    assert {case.route for case in cases} == {"GET /things/{id}", "DELETE /things/{id}"}


def test_a_post_that_creates_nothing_has_none() -> None:
    pages = {"/sum": (200, {"Content-Type": "application/json"}, b'{"total": 3}')}
    post = RequestCase("p", "POST /sum", "POST", "/sum")
    with served(Site(pages=pages)) as url:
        assert follow_ups(live(url), Corpus((post,))).cases == ()


CORPUS = Corpus((RequestCase("x", "GET /x", "GET", "/x"),))


def order(before: bytes, after: bytes, status: int = 200) -> bool:
    first = Recording(answers={"x": Response(200, (), before)}, stop_exit_code=0)
    other = Recording(answers={"x": Response(status, (), after)}, stop_exit_code=0)
    return may_be_chance(compare(first, other, volatility(CORPUS, first), CORPUS), first, other)


def test_only_another_order_may_be_chance() -> None:
    assert order(b'["a", "b"]', b'["b", "a"]')
    assert order(b"<li>one\n<li>two", b"<li>two\n<li>one")
    assert not order(b'["a", "b"]', b'["a", "c"]')
    assert not order(b'["a", "b"]', b'["b", "a"]', 500)
    assert not order(b"a", b"a")


def test_a_race_at_the_stop_is_run_again_before_it_counts() -> None:
    stopping = RequestCase("p stopping", "POST /x", "POST", "/x", (), b"body", when="stopping")
    corpus = Corpus((stopping,))
    first = Recording(answers={"p stopping": Response(200)}, stop_exit_code=0, in_flight_exit_code=0)
    other = Recording(answers={"p stopping": Response(error="cut")}, stop_exit_code=0, in_flight_exit_code=0)
    verdict = compare(first, other, volatility(corpus, first), corpus)
    assert verdict.different == 1 and may_be_chance(verdict, first, other)
