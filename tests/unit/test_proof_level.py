"""How much a proof says: what counts, the level, and what to configure next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from unladen.proof.compare import compare, volatility
from unladen.proof.corpus import combined
from unladen.proof.interface import (
    OWN_TESTS,
    Answer,
    Case,
    CommandCase,
    CommandResult,
    Corpus,
    Coverage,
    Recording,
    RequestCase,
    Response,
    StaticEvidence,
    Verdict,
)
from unladen.proof.level import Level, evidence, in_words, level, next_step, proves
from unladen.proof.sources.configured import health_only, run_only

COMPLETE = StaticEvidence({"files": 2310, "packages": 41}, complete=True)


def requests(*paths: str, interface: bool = True) -> Corpus:
    cases = tuple(RequestCase(path, f"GET {path}", "GET", path) for path in paths)
    routes = tuple(case.route for case in cases)
    return Corpus(cases, Coverage(routes, routes, interface=interface))


def proved(
    corpus: Corpus, answers: Mapping[str, Answer], rung: Mapping[str, Answer] | None = None, log: str = ""
) -> Verdict:
    """The verdict on a rung that answers as the baseline, unless said otherwise; its image was compared."""
    stops = 0 if any(isinstance(case, RequestCase) for case in corpus.cases) else None
    baseline = Recording(dict(answers), stop_exit_code=stops, log=log)
    after = replace(baseline, answers=dict(rung or answers))
    return replace(compare(baseline, after, volatility(corpus, baseline, baseline), corpus), static=COMPLETE)


def served(corpus: Corpus, *statuses: int, log: str = "") -> Verdict:
    answers = {
        case.id: Response(status, body=b"{}") for case, status in zip(corpus.cases, statuses, strict=True)
    }
    return proved(corpus, answers, log=log)


def ran(code: int | None, stderr: bytes = b"", **more: object) -> Verdict:
    case = CommandCase("c", ("tool", "--version"), **more)  # type: ignore[arg-type]
    return proved(Corpus((case,)), {"c": CommandResult(code, b"", stderr)})


def compiled() -> Verdict:
    case = CommandCase("c", ("/unladen-tests/run",), origin=OWN_TESTS)
    return proved(Corpus((case,)), {"c": CommandResult(0, b"{}", b"")})


SIX = ("/", "/a", "/b", "/c", "/d", "/e")


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (served(requests(*SIX), *[200] * 6), "strong"),
        (served(requests(*SIX, interface=False), *[200] * 6), "fair"),  # nothing says what else there is
        (served(requests(*SIX), *[200] * 5, 500), "fair"),  # 5 of 6 known routes count
        (served(requests("/", "/a", interface=False), 200, 200), "thin"),
        (served(health_only("/health"), 200), "thin"),
        (served(health_only(None), 404), "thin"),  # L7: everything below /api/, and one 404
        (served(health_only(None), 500), "none"),
        (served(requests("/a", "/b"), 500, 503), "none"),
        (served(requests("/a", "/b"), 401, 403), "thin"),  # nobody was let in
        (proved(run_only(), {"run": CommandResult(0, b"", b"")}), "thin"),
        (proved(run_only(), {"run": CommandResult(1, b"", b"no terminal")}), "none"),  # L8
        (ran(1), "none"),  # L12: redis-server … redis-cli --version
        (ran(None), "none"),
        (ran(0, origin=OWN_TESTS), "fair"),
        (ran(1, origin=OWN_TESTS), "none"),
        (compiled(), "thin"),  # they bring their code along
        (ran(2, expects_failure=True), "thin"),  # wrong arguments are to fail
        (ran(127, expects_failure=True), "none"),  # … but not for want of the program
    ],
)
def test_the_level_of_what_was_compared(verdict: Verdict, expected: Level) -> None:
    assert level(verdict) == expected
    assert verdict.holds and proves(verdict) == (expected != "none")
    assert bool(next_step(verdict)) == (expected != "strong")


def test_without_static_evidence_no_behaviour_is_more_than_thin() -> None:
    whole = served(requests(*SIX), *[200] * 6)
    assert level(replace(whole, static=StaticEvidence())) == "thin"
    assert level(replace(served(health_only(None), 200), static=StaticEvidence())) == "none"


def test_a_case_that_fails_alike_is_counted_apart_and_named() -> None:
    verdict = served(requests("/ok", "/store"), 200, 500)
    assert (verdict.cases, verdict.same) == (4, 3)  # with stop and stderr
    assert verdict.failed_alike == ("GET /store (answers 500)",)
    assert verdict.states == {"/ok": "same", "/store": "failed alike", "stop": "same", "stderr": "same"}
    assert any("GET /store (answers 500)" in warning for warning in verdict.warnings)


def test_a_rung_that_answers_where_the_baseline_fails_differs_and_it_is_said() -> None:
    verdict = proved(requests("/a"), {"/a": Response(500)}, {"/a": Response(200)})
    assert not verdict.holds and not verdict.failed_alike
    assert verdict.mismatches[0].difference == "status: 500 became 200"
    assert verdict.mismatches[0].cause == "the baseline fails here, and the rung does not"


def test_invalid_requests_are_to_fail() -> None:
    cases: tuple[Case, ...] = tuple(
        RequestCase(str(status), "POST /x", "POST", "/x", kind="invalid") for status in (400, 422, 404, 501)
    )
    answers = {case.id: Response(int(case.id)) for case in cases}
    assert proved(Corpus(cases), answers).worth.counting == 4
    assert proved(Corpus(cases[:1]), {"400": Response(500)}).failed_alike


def test_a_path_that_is_not_there_counts_for_nothing_and_one_with_a_parameter_does() -> None:
    missing = served(requests("/nothing"), 404)
    assert (missing.worth.counting, missing.worth.turned_away) == (0, 1)
    asked = RequestCase("u", "GET /users/{id}", "GET", "/users/7")
    assert proved(Corpus((asked,)), {"u": Response(404)}).worth.counting == 1


def test_an_answer_that_wavers_counts_for_nothing() -> None:
    corpus = requests("/a")
    first, second = (Recording({"/a": Response(status)}, stop_exit_code=0) for status in (200, 500))
    verdict = compare(first, first, volatility(corpus, first, second), corpus)
    assert (verdict.volatile, verdict.worth.counting, verdict.failed_alike) == (1, 0, ())


@pytest.mark.parametrize(
    "log",
    [
        "KeyError: 'DATABASE_URL'",
        "panic: DATABASE_URL is not set",
        "error: environment variable DATABASE_URL must be given",
        "pydantic: Field DATABASE_URL required",
    ],
)
def test_the_next_step_names_the_variable_that_the_program_wants(log: str) -> None:
    verdict = served(requests("/a", "/b", "/c"), 500, 500, 200, log=log)
    assert next_step(verdict) == (
        "give DATABASE_URL under [project] env: 2 of 3 cases failed alike, the first: GET /a (answers 500)"
    )


def test_the_next_step_is_the_one_that_raises_the_level_most() -> None:
    assert next_step(served(health_only("/health"), 200)).startswith(
        "describe requests under [[verify.request]]"
    )
    assert next_step(ran(0)).startswith("describe commands under [[verify.command]]")
    assert "were turned away" in next_step(served(requests("/a", "/b"), 401, 403))
    partly = served(requests(*SIX), *[200] * 5, 404)
    assert next_step(partly) == (
        "describe requests under [[verify.request]]: 1 of 6 known ones did not count, such as GET /e"
    )


def test_evidence_says_of_how_many() -> None:
    said = evidence(served(requests(*SIX), *[200] * 5, 500))
    assert (said.asked, said.known, said.cases, said.counting, said.failed_alike) == (5, 6, 8, 5, 1)
    assert in_words(said) == "2,310 files, 41 packages, 5 counting cases over 5 of 6 known routes or commands"


def test_a_path_that_a_document_shows_is_of_the_route_that_is_known() -> None:
    """`curl localhost/users/42` asks GET /users/<int:id>, and is evidence of it where the program answers it well."""
    known = (
        "GET /users/<int:id>",
        "GET /users/me",
        "POST /users/{id}",
        "GET /files/<path:name>",
        "GET /teams/{id}",
    )
    paths = ("/users/42?full=1", "/users/me", "/files/a/b.txt", "/teams/7", "/users/42/posts")
    shown = replace(requests(*paths, interface=False), coverage=Coverage())
    corpus = combined(Corpus((), Coverage(known, interface=True)), shown)
    assert corpus.coverage.never_asked == ("POST /users/{id}",)
    told = served(corpus, 200, 200, 200, 404, 200)
    assert told.worth.answered == ("GET /users/<int:id>", "GET /users/me", "GET /files/<path:name>")
    assert (evidence(told).asked, evidence(told).known) == (3, 5)


def test_a_route_that_only_refused_what_was_sent_is_evidence_and_not_known_by_it() -> None:
    """A form that nobody filled, 400: what the route does with a good one was not seen."""
    known = [RequestCase(str(n), f"GET /{n}", "GET", f"/{n}") for n in range(5)]
    empty = RequestCase("empty", "POST /vote", "POST", "/vote", body=b"title=unladen")
    routes = tuple(case.route for case in (*known, empty))
    corpus = Corpus((*known, empty), Coverage(routes, routes, interface=True))
    refused = served(corpus, *[200] * 5, 400)
    assert (refused.worth.counting, evidence(refused).asked, level(refused)) == (6, 5, "fair")
    assert next_step(refused).endswith("1 of 6 known ones did not count, such as POST /vote")
    filled = replace(empty, id="filled", body=b"vote=a")
    assert level(served(replace(corpus, cases=(*corpus.cases, filled)), *[200] * 5, 400, 302)) == "strong"
