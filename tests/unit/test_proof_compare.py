"""Verdicts on recordings as they come from real programs."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from unladen.proof.compare import Volatility, compare, volatility
from unladen.proof.interface import (
    Answer,
    CommandCase,
    CommandResult,
    Corpus,
    Recording,
    RequestCase,
    Response,
    Verdict,
)

UVICORN = (
    ("date", "Tue, 24 Nov 2026 05:50:38 GMT"),
    ("server", "uvicorn"),
    ("content-type", "application/json"),
)


def asked(*names: str) -> Corpus:
    """One GET for each name; names that differ only behind a # are of one route."""
    return Corpus(
        tuple(
            RequestCase(id=n, route=f"GET /{n.partition('#')[0]}", method="GET", path=f"/{n}") for n in names
        )
    )


def answered(
    status: int = 200, body: object = None, headers: tuple[tuple[str, str], ...] = UVICORN
) -> Response:
    return Response(status, headers, b"" if body is None else json.dumps(body).encode())


def recorded(answers: dict[str, Answer], **more: object) -> Recording:
    return replace(Recording(answers=answers, stop_exit_code=0), **more)  # type: ignore[arg-type]


def judged(corpus: Corpus, first: Recording, second: Recording, rung: Recording) -> Verdict:
    return compare(first, rung, volatility(corpus, first, second), corpus)


def one(body1: object, body2: object, body3: object) -> Verdict:
    """The verdict on a rung that answers `body3` where the baseline answered `body1`, then `body2`."""
    first, second, rung = (recorded({"x": answered(body=body)}) for body in (body1, body2, body3))
    return judged(asked("x"), first, second, rung)


def test_equal_answers_are_the_same() -> None:
    verdict = one({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, {"a": [1, {"b": None}]})
    assert (verdict.cases, verdict.same, verdict.volatile, verdict.different) == (
        3,
        3,
        0,
        0,
    )  # with stop, stderr
    assert verdict.holds


def test_a_timestamp_that_differs_between_the_baselines_is_masked_by_its_kind() -> None:
    verdict = one({"at": "10:00:01", "n": 1}, {"at": "10:00:02", "n": 1}, {"at": "10:00:03", "n": 1})
    assert (verdict.volatile, verdict.different) == (1, 0)
    assert one({"at": "10:00:01"}, {"at": "10:00:02"}, {"at": None}).different == 1


def test_what_stands_beside_a_timestamp_is_still_compared() -> None:
    verdict = one({"at": 1.5, "n": 1}, {"at": 2.5, "n": 1}, {"at": 3.5, "n": 2})
    assert verdict.different == 1
    assert verdict.mismatches[0].difference == "body $.n: 1 became 2"
    assert verdict.mismatches[0].request == "GET /x"
    assert verdict.mismatches[0].baseline == '200 OK {"at": 1.5, "n": 1}'


def test_numbers_are_compared_by_value_and_booleans_are_no_numbers() -> None:
    assert one([1, 0.5], [1, 0.5], [1.0, 0.5]).holds
    assert one([1], [1], [True]).different == 1
    assert one([0.1 + 0.2], [0.1 + 0.2], [0.3]).different == 1
    assert one([float("nan"), float("inf")], [float("nan"), float("inf")], [float("nan"), float("inf")]).holds
    assert one([1], [1], ["1"]).different == 1


def test_the_order_of_an_objects_names_does_not_count_and_that_of_a_list_does() -> None:
    assert one({"a": 1, "b": 2}, {"a": 1, "b": 2}, {"b": 2, "a": 1}).holds
    assert one([1, 2], [1, 2], [2, 1]).different == 1


def test_a_name_that_appears_or_is_lost_is_a_difference() -> None:
    lost = one({"a": {"b": 1, "c": {"d": 2}}}, {"a": {"b": 1, "c": {"d": 2}}}, {"a": {"b": 1}})
    assert lost.mismatches[0].difference == "body $.a.c: object became absent"
    assert one({}, {}, {"warning": "x"}).mismatches[0].difference == 'body $.warning: absent became "x"'


def test_names_made_up_anew_in_each_run_are_masked_with_all_below_them() -> None:
    verdict = one(
        {"jobs": {"a1": {"n": 1}}, "k": 1},
        {"jobs": {"b2": {"n": 1}}, "k": 1},
        {"jobs": {"c3": {"n": 1}}, "k": 1},
    )
    assert (verdict.volatile, verdict.different) == (1, 0)
    assert (
        one({"jobs": {"a1": 1}, "k": 1}, {"jobs": {"b2": 1}, "k": 1}, {"jobs": {"c3": 1}, "k": 2}).different
        == 1
    )


def test_a_list_whose_length_varies_is_masked_as_a_whole() -> None:
    assert one({"l": [1], "k": 1}, {"l": [1, 2], "k": 1}, {"l": [7, 8, 9], "k": 1}).volatile == 1
    assert one({"l": [1], "k": 1}, {"l": [1, 2], "k": 1}, {"l": 5, "k": 2}).mismatches[0].difference == (
        "body $.k: 1 became 2"
    )


def test_items_of_a_list_vary_together() -> None:
    """The next item's id is as random as the first one's, even where two runs agree on it."""
    before, after = [{"id": "a", "n": 1}, {"id": "x", "n": 2}], [{"id": "b", "n": 1}, {"id": "x", "n": 2}]
    assert one(before, after, [{"id": "c", "n": 1}, {"id": "y", "n": 2}]).volatile == 1
    assert one(before, after, [{"id": "c", "n": 1}, {"id": "y", "n": 3}]).different == 1


def test_what_varies_in_one_answer_of_a_route_is_masked_in_all_of_them() -> None:
    """Two runs within the same second agree on a timestamp by chance; the rung's second is another."""
    corpus = asked("x#1", "x#2", "y")
    first = recorded(
        {"x#1": answered(body={"at": 1}), "x#2": answered(body={"at": 5}), "y": answered(body={"at": 5})}
    )
    second = recorded(
        {"x#1": answered(body={"at": 2}), "x#2": answered(body={"at": 5}), "y": answered(body={"at": 5})}
    )
    rung = recorded(
        {"x#1": answered(body={"at": 8}), "x#2": answered(body={"at": 9}), "y": answered(body={"at": 9})}
    )
    verdict = judged(corpus, first, second, rung)
    assert (verdict.volatile, verdict.different) == (2, 1)  # y is another route
    assert verdict.mismatches[0].case == "y"


def test_numbers_that_tell_of_the_process_are_masked_though_two_runs_agree() -> None:
    verdict = one(
        {"pid": 7, "uptime_seconds": 0, "users": 3},
        {"pid": 7, "uptime_seconds": 0, "users": 3},
        {"pid": 1, "uptime_seconds": 1, "users": 3},
    )
    assert (verdict.volatile, verdict.different) == (1, 0)
    assert one({"pid": 7}, {"pid": 7}, {"pid": "?"}).different == 1


def test_a_status_that_varies_is_never_used_against_a_rung() -> None:
    corpus = asked("x")
    runs = [recorded({"x": answered(status, {"s": status})}) for status in (200, 500, 503)]
    verdict = judged(corpus, *runs)
    assert (verdict.volatile, verdict.different) == (1, 0)


def test_another_status_is_told_alone() -> None:
    verdict = judged(
        asked("x"),
        recorded({"x": answered(200, {"a": 1})}),
        recorded({"x": answered(200, {"a": 1})}),
        recorded({"x": answered(500, {"detail": "No module named 'numpy'"})}),
    )
    mismatch = verdict.mismatches[0]
    assert mismatch.difference == "status: 200 became 500"
    assert mismatch.cause == "missing Python module numpy"
    assert mismatch.rung.startswith("500 Internal Server Error {")


def test_differences_of_each_kind_come_before_those_that_repeat_them() -> None:
    corpus = asked("a", "b", "c")
    base = recorded({name: answered(body={"n": 1}) for name in "abc"})
    rung = recorded({"a": answered(500), "b": answered(500), "c": answered(body={"n": 2})})
    assert [m.case for m in judged(corpus, base, base, rung).mismatches] == ["a", "c", "b"]


def test_a_third_run_masks_what_two_agreed_on_by_chance() -> None:
    corpus = asked("x")
    runs = [recorded({"x": answered(status)}) for status in (200, 200, 500, 500)]
    assert compare(runs[0], runs[3], volatility(corpus, *runs[:2]), corpus).different == 1
    assert compare(runs[0], runs[3], volatility(corpus, *runs[:3]), corpus).volatile == 1


def headers(*pairs: tuple[str, str]) -> Recording:
    return recorded({"x": answered(headers=pairs)})


def test_headers_that_count_and_those_that_do_not() -> None:
    base = headers(("date", "1"), ("x-request-id", "a"), ("vary", "Origin"), ("server", "uvicorn"))
    assert judged(asked("x"), base, base, headers(("server", "uvicorn"), ("vary", "Origin"))).holds
    several, turned = headers(("trailer", "a, b")), headers(("trailer", "b, a"))
    assert judged(asked("x"), several, several, turned).holds, "the order of such a list means nothing"
    lost = judged(asked("x"), base, base, headers(("server", "uvicorn")))
    assert lost.mismatches[0].difference == "header vary: Origin became absent"
    other = judged(asked("x"), base, base, headers(("server", "gunicorn"), ("vary", "Origin")))
    assert other.mismatches[0].difference == "header server: uvicorn became gunicorn"


def test_a_header_that_varies_is_masked_in_its_numbers() -> None:
    runs = [headers(("location", f"/jobs/{n}")) for n in (17, 18)]
    assert judged(asked("x"), *runs, headers(("location", "/jobs/99"))).volatile == 1
    assert judged(asked("x"), *runs, headers(("location", "/login"))).different == 1


def test_cookies_by_name_and_attributes() -> None:
    def cookie(value: str, more: str = "; Path=/; HttpOnly") -> Recording:
        return headers(("set-cookie", f"session={value}; Expires=Tue, 24 Nov 2026 05:50:38 GMT{more}"))

    assert judged(asked("x"), cookie("abc"), cookie("xyz"), cookie("uvw")).volatile == 1
    assert judged(asked("x"), cookie("abc"), cookie("xyz"), cookie("uvw", "; Path=/")).different == 1
    assert judged(asked("x"), cookie("abc"), cookie("abc"), cookie("uvw")).different == 1


def test_an_etag_made_of_a_files_time_is_no_difference() -> None:
    def static(etag: str, time: str) -> Recording:
        return headers(("etag", etag), ("last-modified", time))

    assert judged(asked("x"), static('"a"', "1"), static('"a"', "1"), static('"b"', "2")).different == 0
    assert (
        judged(asked("x"), headers(("etag", "a")), headers(("etag", "a")), headers(("etag", "b"))).different
        == 1
    )


def text(body: str, kind: str = "text/html") -> Recording:
    return recorded({"x": Response(200, (("content-type", kind),), body.encode())})


def test_text_is_compared_line_by_line() -> None:
    verdict = judged(asked("x"), text("a\nb\nc"), text("a\nb\nc"), text("a\nB\nc"))
    assert verdict.mismatches[0].difference == "body line 2: b became B"
    assert judged(asked("x"), text("a\nb"), text("a\nb"), text("a\nb\nc")).mismatches[0].difference == (
        "body: 2 lines became 3 lines"
    )


def test_a_line_that_varies_is_compared_without_its_numbers() -> None:
    runs = text("up 12 s\nok"), text("up 13 s\nok")
    assert judged(asked("x"), *runs, text("up 999 s\nok")).volatile == 1
    assert judged(asked("x"), *runs, text("down 999 s\nok")).different == 1
    assert (
        judged(asked("x"), text("id f3a91c0d7e"), text("id 00bb11cc22"), text("id deadbeef00")).volatile == 1
    )
    assert judged(asked("x"), text("csrf q-x"), text("csrf w-z"), text("anything")).volatile == 1


def test_bytes_that_are_no_text_are_compared_as_a_whole() -> None:
    def image(body: bytes) -> Recording:
        return recorded({"x": Response(200, (("content-type", "image/png"),), body)})

    assert judged(asked("x"), image(b"\x89PNG\0a"), image(b"\x89PNG\0a"), image(b"\x89PNG\0a")).same == 3
    assert judged(asked("x"), image(b"\x89PNG\0a"), image(b"\x89PNG\0a"), image(b"\x89PNG\0b")).different == 1


METRICS = """# HELP http_requests_total Total requests.
# TYPE http_requests_total counter
http_requests_total{{endpoint="/health",method="GET",status="200"}} {requests}
http_request_duration_seconds_bucket{{endpoint="/health",le="0.005"}} {fast}
http_request_duration_seconds_bucket{{endpoint="/health",le="+Inf"}} {requests}
http_request_duration_seconds_sum{{endpoint="/health"}} {seconds}
http_request_duration_seconds_count{{endpoint="/health"}} {requests}
go_goroutines {goroutines}
go_info{{version="go1.24.4"}} 1
process_start_time_seconds {start}
"""


def metrics(**values: object) -> Recording:
    given = {"requests": 3, "fast": 3, "seconds": 0.001, "goroutines": 7, "start": 1.7e9, **values}
    return text(METRICS.format(**given), "text/plain; version=0.0.4; charset=utf-8; escaping=values")


def test_metrics_of_the_process_and_of_time_are_masked_though_two_runs_agree() -> None:
    rung = metrics(fast=2, seconds=0.01, goroutines=9, start=1.8e9)
    verdict = judged(asked("x"), metrics(), metrics(), rung)
    assert (verdict.volatile, verdict.different) == (1, 0)


def test_counters_and_the_names_of_metrics_are_compared() -> None:
    counted = judged(asked("x"), metrics(), metrics(), metrics(requests=4))
    assert counted.mismatches[0].difference.startswith("body $.http_requests_total")
    lost = text(
        METRICS.format(requests=3, fast=3, seconds=1, goroutines=7, start=1).replace("go_goroutines", "x"),
        "text/plain; version=0.0.4",
    )
    assert judged(asked("x"), metrics(), metrics(), lost).different == 1


def test_an_endless_answer_is_compared_by_its_head_and_first_event() -> None:
    def stream(body: bytes) -> Recording:
        return recorded({"x": Response(200, (("content-type", "text/event-stream"),), body, cut="time")})

    one, two = stream(b"data: 1\n\n"), stream(b"data: 1\n\ndata: 2\n\n")
    assert judged(asked("x"), one, one, two).same == 3
    assert judged(asked("x"), two, one, stream(b"data: 9\n\n")).different == 1
    assert judged(asked("x"), one, one, stream(b"")).different == 1
    assert judged(asked("x"), one, stream(b"data: 2\n\n"), stream(b"data: 3\n\n")).volatile == 1
    ended = recorded({"x": Response(200, (("content-type", "text/event-stream"),), b"data: 1\n\n")})
    assert judged(asked("x"), stream(b""), stream(b""), ended).different == 1


def test_a_broken_connection_is_an_answer_like_others() -> None:
    broken = recorded({"x": Response(error="connection closed before the answer was complete")})
    alike = judged(asked("x"), broken, broken, broken)
    assert (alike.same, len(alike.failed_alike)) == (2, 1)  # stop and stderr
    verdict = judged(asked("x"), recorded({"x": answered()}), recorded({"x": answered()}), broken)
    assert (
        verdict.mismatches[0].difference
        == "status: 200 became connection closed before the answer was complete"
    )


def test_a_case_that_the_rung_never_saw_was_not_run() -> None:
    verdict = judged(asked("x"), recorded({"x": answered()}), recorded({"x": answered()}), recorded({}))
    assert verdict.not_run == 1
    assert not verdict.holds


# How it stops, and what it logs


def stopped(first: int | None, rung: int | None, second: int | None = -1) -> Verdict:
    answers: dict[str, Answer] = {"x": answered()}
    codes = (first, first if second == -1 else second, rung)
    return judged(asked("x"), *(recorded(answers, stop_exit_code=code, stop_seconds=0.2) for code in codes))


def test_a_rung_that_has_to_be_killed_differs() -> None:
    verdict = stopped(0, 137)
    assert verdict.mismatches[0].case == "stop"
    assert verdict.mismatches[0].difference == "exit code 0 became had to be killed"
    assert verdict.mismatches[0].cause


def test_a_rung_that_stops_better_is_noted_and_no_failure() -> None:
    verdict = stopped(137, 0)  # the baseline's shell form keeps the signal from the program
    assert verdict.holds
    assert verdict.warnings == ("stops better than the baseline: exit code 0, not had to be killed",)
    assert stopped(137, 143).holds
    assert stopped(143, 0).holds
    assert not stopped(0, 143).holds
    assert not stopped(2, 1).holds


def test_an_exit_that_varies_is_not_judged() -> None:
    assert stopped(0, 137, second=137).volatile == 1


def test_errors_that_only_the_rung_logs_are_a_difference() -> None:
    base = recorded({"x": answered()}, tracebacks=("ValueError: bad id 17",))
    assert judged(
        asked("x"), base, base, recorded({"x": answered()}, tracebacks=("ValueError: bad id 99",))
    ).holds
    rung = recorded(
        {"x": answered()}, tracebacks=("ImportError: libpq.so.5: cannot open shared object file",)
    )
    verdict = judged(asked("x"), base, base, rung)
    assert verdict.mismatches[0].case == "stderr"
    assert verdict.mismatches[0].cause == "missing library libpq.so.5"


def test_a_baseline_that_fails_is_worth_a_warning() -> None:
    corpus = Corpus((RequestCase("x", "GET /health", "GET", "/health", kind="valid"),))
    run = recorded(
        {"x": answered(500)}, tracebacks=("TypeError: numpy.int64",), battery_error="exit code 127: no python"
    )
    verdict = judged(corpus, run, run, run)
    assert verdict.holds
    assert verdict.warnings == (
        "the baseline itself fails GET /health (answers 500): that the rung fails alike proves nothing",
        "the environment was not compared: exit code 127: no python",
        "the baseline itself logs errors: TypeError: numpy.int64",
    )


# Programs without a port


def ran(code: int | None = 0, out: str = "", err: str = "", **files: bytes) -> Recording:
    paths = {f"/{name}": contents for name, contents in files.items()}
    return Recording({"c": CommandResult(code, out.encode(), err.encode(), paths)})


COMMAND = Corpus((CommandCase("c", ("convert", "a b.csv"), stdin=b"1,2\n"),))


def test_commands_by_exit_code_output_and_files() -> None:
    base = ran(0, "done\n", "", made=b'{"rows": 1}')
    assert judged(COMMAND, base, base, ran(0, "done\n", "", made=b'{"rows": 1}')).same == 1
    code = judged(
        COMMAND, base, base, ran(1, "", "error while loading shared libraries: libz.so.1: cannot open")
    )
    assert code.mismatches[0].request == "run convert 'a b.csv' < 1,2"
    assert code.mismatches[0].difference == "exit code: 0 became 1"
    assert code.mismatches[0].cause == "missing library libz.so.1"
    file = judged(COMMAND, base, base, ran(0, "done\n", "", made=b'{"rows": 2}'))
    assert file.mismatches[0].difference == "file /made rows: 1 became 2"
    lost = judged(COMMAND, base, base, ran(0, "done\n"))
    assert lost.mismatches[0].difference == "file /made: object became absent"


def test_what_a_command_says_of_the_moment_is_masked() -> None:
    verdict = judged(COMMAND, ran(0, "took 12 ms\nok"), ran(0, "took 14 ms\nok"), ran(0, "took 3 ms\nok"))
    assert verdict.volatile == 1
    assert judged(COMMAND, ran(None), ran(None), ran(None)).failed_alike == (
        "run convert 'a b.csv' < 1,2 (not done in time)",
    )


def test_temporary_files_with_random_names_are_masked() -> None:
    runs = [Recording({"c": CommandResult(0, b"", b"", {f"/tmp/tmp{n}": b"x", "/out": b"1"})}) for n in "abc"]
    assert judged(COMMAND, *runs).volatile == 1
    changed = Recording({"c": CommandResult(0, b"", b"", {"/tmp/tmpd": b"x", "/out": b"2"})})
    assert judged(COMMAND, runs[0], runs[1], changed).different == 1


# For every answer


QUIET = settings(database=None, deadline=None, max_examples=50)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@QUIET
@given(JSON)
def test_any_answer_is_the_same_as_itself(body: object) -> None:
    assert one(body, body, body).same == 3


@QUIET
@given(JSON, JSON)
def test_what_two_baselines_differ_in_never_counts_against_a_third_run_like_either(
    a: object, b: object
) -> None:
    assert one(a, b, a).different == 0
    assert one(a, b, b).different == 0


@QUIET
@given(JSON, JSON)
def test_without_volatility_two_answers_are_the_same_only_if_they_are_equal(a: object, b: object) -> None:
    verdict = compare(
        recorded({"x": answered(body=[a])}), recorded({"x": answered(body=[b])}), Volatility(), asked("x")
    )
    if json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True):
        assert verdict.same == 3
    if verdict.same == 3:
        assert a == b or "NaN" in json.dumps(a)


def test_a_learned_command_that_the_baseline_itself_fails_is_said() -> None:
    own = Corpus((CommandCase("c", ("pytest", "-q", "a b"), own=True),))
    assert judged(own, ran(0), ran(0), ran(0)).warnings == ()
    failing = judged(own, ran(127), ran(127), ran(127))
    assert failing.holds
    assert failing.warnings == (
        "the baseline itself fails run pytest -q 'a b' (exit code 127): that the rung fails alike proves nothing",
    )
