"""What a program writes into its container, and which of it a rung has to write, too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unladen.proof.compare import compare, volatility
from unladen.proof.interface import Corpus, Recording, RequestCase, Response
from unladen.proof.restarts import with_restart
from unladen.proof.writes import left_by, steady, unwritten

Written = dict[str, bytes | None]


def lost(rung: Written, *runs: Written) -> list[str]:
    return [each.path for each in unwritten(runs[0], rung, steady(runs))]


def test_a_file_that_every_run_writes_has_to_be_written() -> None:
    run: Written = {"/data/x": b"1", "/data/y": None}
    assert lost({}, run, run) == ["/data/x", "/data/y"]
    assert lost({**run, "/data/more": b""}, run, run) == []


def test_names_that_vary_are_masked_and_their_folder_is_not() -> None:
    runs: tuple[Written, ...] = ({"/up/a1.png": b""}, {"/up/zz.png": b"", "/up/q.png": b""})
    assert lost({"/up/other.png": b""}, *runs) == []
    assert lost({}, *runs) == ["/up/*"]
    assert lost({}, {"/up/a": b""}, {}) == []  # not every run writes there


def test_contents_count_where_they_are_text_that_stays() -> None:
    first: Written = {"/d/a": b"port 80\n", "/d/b": b"\x00\xff1", "/d/c": b"x"}
    assert lost({"/d/a": b"port 81\n", "/d/b": b"\x00\xff2", "/d/c": b"x"}, first, first) == []
    assert lost({"/d/a": b"gate 80\n", "/d/b": b"", "/d/c": b"y"}, first, first) == ["/d/a", "/d/b", "/d/c"]
    assert lost({**first, "/d/c": b"z"}, first, {**first, "/d/c": b"y"}) == []
    assert lost({**first, "/d/c": None}, first, first) == []


@pytest.mark.parametrize(
    "path",
    [
        "/tmp/x",
        "/var/tmp/x",
        "/run/app.pid",
        "/root/.cache/x",
        "/home/web/.config/fontconfig",
        "/app/__pycache__/a.cpython-311.pyc",
        "/data/db.sqlite-wal",
        "/app/app.sock",
    ],
)
def test_what_passes_is_not_looked_at(path: str) -> None:
    assert left_by(Stopped(((("A", path)),))) == {}  # type: ignore[arg-type]


class Stopped:
    def __init__(self, changes: tuple[tuple[str, str], ...]) -> None:
        self.found = changes

    def changes(self) -> tuple[tuple[str, str], ...]:
        return self.found

    def volumes(self) -> tuple[str, ...]:
        return ()


CORPUS = Corpus((RequestCase("x", "GET /x", "GET", "/x"),))
RUN = Recording(answers={"x": Response(200)}, stop_exit_code=0, files={"/data/x": b"stored\n"})


def test_a_rung_that_cannot_write_is_different_and_the_file_is_named() -> None:
    volatile = volatility(CORPUS, RUN, RUN)
    assert compare(RUN, RUN, volatile, CORPUS).holds
    verdict = compare(RUN, replace(RUN, files={}), volatile, CORPUS)
    assert verdict.different == 1
    assert verdict.mismatches[0].difference == "file /data/x: written became not written"


POST = RequestCase("p", "POST /x", "POST", "/x", (), b"body", kind="valid")
STOPPING = replace(POST, id="p stopping", when="stopping")
FLYING = Corpus((STOPPING,))


def stopped(status: int, code: int | None) -> Recording:
    answer = Response(status) if status else Response(error="cut off by the stop")
    return Recording(answers={"p stopping": answer}, stop_exit_code=0, in_flight_exit_code=code)


@pytest.mark.parametrize(
    ("baseline", "rung", "different"),
    [
        ((200, 0), (200, 0), 0),
        ((200, 0), (0, 0), 1),
        ((200, 0), (200, 137), 1),
        ((0, 143), (200, 0), 0),
        ((200, 143), (200, 0), 0),
        ((0, 2), (0, 2), 0),
    ],
)
def test_a_request_in_flight(
    baseline: tuple[int, int | None], rung: tuple[int, int | None], different: int
) -> None:
    first = stopped(*baseline)
    assert compare(first, stopped(*rung), volatility(FLYING, first, first), FLYING).different == different


def test_how_it_ends_amid_a_request_may_vary() -> None:
    first, second = stopped(200, 0), stopped(0, 143)
    assert compare(first, stopped(0, 137), volatility(FLYING, first, second), FLYING).different == 0


def test_after_a_restart_is_asked_what_reads_what_was_written_first() -> None:
    gets = [RequestCase(f"g{n}", f"GET /{n}", "GET", f"/{n}") for n in range(20)]
    reads = RequestCase("r", "GET /x", "GET", "/x")
    found = with_restart(Corpus((*gets, reads, POST, replace(gets[0], id="bad", kind="invalid")))).cases
    again = [case for case in found if isinstance(case, RequestCase) and case.when == "restarted"]
    assert len(again) == 10 and again[0].id == "r restarted"
    assert found[-1] == STOPPING
