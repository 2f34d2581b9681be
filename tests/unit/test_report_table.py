"""The report for people fits every terminal, hides nothing, and trusts no text of a stranger."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from report_climbs import BASELINE, CLIMB, DIFFERENT, FAILED, HOLDS, LEAN, PROVED, SKIPPED, SLIM, rung
from rich.cells import cell_len
from rich.console import Console

from unladen.climb.interface import Base, Climb, Slimming
from unladen.measure.interface import Times, Weight
from unladen.proof.interface import BatteryDifference, Coverage, Loss, Worth
from unladen.report import markdown, table
from unladen.report.figures import percent, proof, seconds, size


def printed(climb: Climb, width: int = 160) -> str:
    out = io.StringIO()
    Console(width=width, color_system=None, file=out).print(table.render(climb))
    return out.getvalue()


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 140, 160, 200])
def test_every_width_shows_every_figure_within_its_lines(width: int) -> None:
    text = printed(CLIMB, width)
    assert max(cell_len(line) for line in text.splitlines()) <= width
    assert "…" not in text.replace("0.2, …", "")  # nothing is cut off
    for figure in ("1.21 GB", "67.0%", "85.8%", "24,505", "54.0 MB", "14.3 s", "2.31 s", "0.71 s", "58 same"):
        assert figure in text


def test_one_table_where_it_fits_and_two_where_not() -> None:
    assert printed(CLIMB, 140).count(" Rung ") == 1
    assert printed(CLIMB, 100).count(" Rung ") == 2
    assert printed(CLIMB, 80).count(" Rung ") == 2


def test_a_reason_spans_the_columns_without_figures() -> None:
    line = next(line for line in printed(CLIMB, 200).splitlines() if line.lstrip().startswith("alpine"))
    assert line.strip().startswith("alpine       skipped: base image python:3.11-alpine cannot be had")
    assert line.endswith("assembled from Debian packages")


def test_figures_stand_right_below_each_other() -> None:
    lines = printed(CLIMB, 80).splitlines()
    figures = ("1.21 GB", "399 MB", "171 MB")
    ends = {line.index(it) + len(it) for it in figures for line in lines[:14] if it in line}
    assert len(ends) == 1


def test_differences_show_request_answers_and_cause_and_like_ones_once() -> None:
    text = words(printed(CLIMB))
    assert "distroless differs: 4 of 62 cases differ; the environment lost certificates" in text
    assert (
        "POST /predict (body [0.1, 0.2, …] [bold]10 floats[/bold])" in text
    )  # markup of a stranger stays text
    assert 'baseline 200 {"prediction": 0.91, "confidence": 0.5}' in text
    assert 'this rung 500 {"detail": "libgomp.so.1' in text
    assert "likely cause a shared library is missing: libgomp.so.1 alike 2 more" in text
    assert "certificates 144 → 0: HTTPS requests fail: no authority is trusted (disqualifies)" in text
    assert "shell /bin/sh → none: no shell to look around with (distroless)" in text


def test_more_than_three_kinds_of_difference_are_counted() -> None:
    many = tuple(
        replace(DIFFERENT.verdict.mismatches[0], case=str(n), difference=f"header {n}") for n in range(9)
    )
    climb = replace(CLIMB, rungs=(replace(DIFFERENT, verdict=replace(DIFFERENT.verdict, mismatches=many)),))
    text = printed(climb)
    assert "header 2" in text
    assert "header 3" not in text
    assert "and 6 more; --json has them" in text


def test_failures_show_their_last_lines() -> None:
    long = "\n".join(f"line {n}" for n in range(100))
    text = printed(replace(CLIMB, rungs=(replace(FAILED, detail=long),)))
    assert "multi-stage failed: did not build" in words(text)
    assert "line 99" in text
    assert "line 91\n" not in text


def test_coverage_says_what_was_never_asked() -> None:
    asked = Coverage(("GET /", "GET /x"), ("GET /",), interface=True)
    partly = replace(PROVED, verdict=replace(HOLDS, coverage=asked))
    text = words(printed(replace(CLIMB, rungs=(partly,), recommended=None)))
    assert "2,310 files, 41 packages, 60 counting cases over 1 of 2 known routes" in text
    assert "24 checks of the environment, 1,204 modules" in text and "Level fair: " in text
    assert "never asked: GET /x" in text


def test_without_an_interface_the_report_says_how_little_was_proved() -> None:
    bare = replace(
        HOLDS,
        cases=3,
        same=3,
        coverage=Coverage(note="no OpenAPI document was found"),
        worth=Worth(starting=1, serves=True, asked=True),
    )
    climb = replace(CLIMB, baseline=replace(BASELINE, verdict=bare), rungs=(replace(PROVED, verdict=bare),))
    text = words(printed(climb))
    assert "Level thin: little more than start and stop was compared" in text
    assert "no OpenAPI document was found" in text
    assert re.search(r"slim 399 MB [█▌]+ 67.0%", text)
    assert "3 same: thin" in text


def test_bases_are_named_by_origin() -> None:
    pulled = replace(PROVED, bases=(Base("python:3.11-slim", "registry"),))
    text = words(printed(replace(CLIMB, rungs=(pulled, LEAN))))
    assert "Bases: python:3.11-slim: registry." in text
    assert "assembled from Debian packages. Such stand-ins differ in size from Docker Hub's" in text
    only = printed(replace(CLIMB, baseline=replace(BASELINE, bases=pulled.bases), rungs=(pulled,)))
    assert "stand-ins" not in only


def test_recommendation_and_what_was_written() -> None:
    assert "Recommended: lean 171 MB, 85.8% less than the baseline" in words(printed(CLIMB))
    assert "Nothing was written; --write" in printed(CLIMB)
    text = printed(replace(CLIMB, written=("Dockerfile", ".dockerignore")))
    assert "Written: Dockerfile, .dockerignore" in text
    assert "Nothing was written" not in text
    none = printed(replace(CLIMB, recommended=None, reasons=("No rung is smaller.",)))
    assert "No rung is recommended" in none
    assert "No rung is smaller." in none


def test_a_climb_of_which_nothing_could_be_measured_still_prints() -> None:
    text = words(printed(replace(CLIMB, baseline=FAILED, rungs=(SKIPPED,), recommended=None), 80))
    assert "multi-stage failed: did not build" in text
    assert "alpine skipped: base image" in text


def test_notes_are_said_once_and_only_of_rungs_that_can_be_had() -> None:
    noted = [replace(it, rung=replace(it.rung, notes=("stays dev",))) for it in (PROVED, SKIPPED, LEAN)]
    text = words(printed(replace(CLIMB, rungs=tuple(noted))))
    assert text.count("stays dev") == 1
    assert "Note: stays dev (slim, lean)" in text


def test_a_strangers_text_cannot_drive_the_terminal() -> None:
    evil = replace(DIFFERENT.verdict.mismatches[0], rung="\x1b]0;owned\x07\x1b[2J\r\udce9\u202e ok")
    verdict = replace(DIFFERENT.verdict, mismatches=(evil,), warnings=("\x1b[31mred",))
    text = printed(replace(CLIMB, rungs=(replace(DIFFERENT, verdict=verdict),)))
    text.encode("utf-8")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
    assert r"\x1b]0;owned\x07" in text


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.00 kB"),
        (9_994_999, "9.99 MB"),
        (9_996_000, "10.0 MB"),
        (15_300_000, "15.3 MB"),
        (99_960_000, "100 MB"),
        (703_000_000, "703 MB"),
        (999_600_000, "1.00 GB"),
        (1_960_000_000, "1.96 GB"),
        (None, "–"),
    ],
)
def test_sizes_are_decimal_with_three_digits(count: int | None, shown: str) -> None:
    assert size(count) == shown


def test_percent_and_seconds() -> None:
    assert [percent(f) for f in (0.6412, -0.031, 0.0, -0.0001, None)] == [
        "64.1%",
        "−3.1%",
        "0.0%",
        "0.0%",
        "–",
    ]
    assert [seconds(s) for s in (0.0, 0.654, 12.34, 99.96, 225.2, None)] == [
        "0.00 s",
        "0.65 s",
        "12.3 s",
        "1m40s",
        "3m45s",
        "–",
    ]


STATIC_FILES = "RUN SECRET_KEY=dummy python build_assets.py"


def test_what_the_image_lost_is_named_with_its_instruction() -> None:
    lost = (
        Loss("file", "/app/static", "gone", origin=STATIC_FILES, count=12),
        Loss("owner", "/data", "owner web became root", origin="RUN chown web /data"),
        Loss("package", "dpkg:apt", "gone", intended="it takes away the package manager"),
    )
    verdict = replace(HOLDS, static=replace(HOLDS.static, losses=lost))
    climb = replace(CLIMB, rungs=(replace(DIFFERENT, verdict=verdict),), recommended=None)
    text = words(printed(climb, 200))
    assert f"the image differs: /app/static: gone (12 files, from {STATIC_FILES}), and 1 more" in text
    assert "owner /data: owner web became root (from RUN chown web /data)" in text and "dpkg:apt" not in text
    assert proof(verdict) == "62 same, 2 DIFFERENT in the image" and STATIC_FILES in markdown.render(climb)
    on_purpose = replace(PROVED, verdict=replace(HOLDS, static=replace(HOLDS.static, losses=lost[2:])))
    text = words(printed(replace(CLIMB, rungs=(on_purpose,), recommended="slim")))
    assert (
        "Changed on purpose, as it declares: slim it takes away the package manager: dpkg:apt: gone" in text
    )


def test_proof_in_words() -> None:
    assert proof(HOLDS) == "62 same: strong"
    assert proof(replace(HOLDS, same=58, volatile=4)) == "58 same, 4 volatile: strong"
    failing = replace(HOLDS, same=2, failed_alike=("GET /store (answers 500)",), worth=Worth(serves=True))
    assert proof(failing) == "2 same, 1 failed alike: no proof"
    assert proof(replace(HOLDS, same=59, different=3)) == "3 DIFFERENT of 62"
    assert proof(replace(HOLDS, same=60, not_run=2)) == "2 NOT RUN of 62"
    lost = BatteryDifference("certificates", 144, 0, "", True)
    assert proof(replace(HOLDS, environment=(lost,))) == "62 same, LOST certificates"


def test_a_rung_that_grew_says_so() -> None:
    grown = replace(LEAN, weight=Weight(450_000_000, 1, 1, 1), times=Times(), bases=(SLIM,))
    assert "−12.8%" in printed(replace(CLIMB, rungs=(PROVED, grown)))


def test_a_slimmed_rung_is_compared_with_what_it_was_made_from() -> None:
    slimmed = replace(
        LEAN, rung=rung("slimmed"), slimming=Slimming("slim", "package", 228_000_000, 34, 33, 1, ("a",))
    )
    text = printed(replace(CLIMB, rungs=(PROVED, replace(LEAN, weight=Weight(9, 9, 9, 9)), slimmed)))
    assert next(line for line in text.splitlines() if "slimmed " in line).split()[4] == "57.1%"
    said = words(text)
    assert "slimmed: made from slim without 228 MB of it; used packages are kept whole." in said
    assert "slimmed: 33 of 34 cases that were not traced held before any repair" in said
    assert "slimmed: 1 of its cases needed a repair" in said and "slimmed: never tried: a." in said
