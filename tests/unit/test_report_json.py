"""What --json promises: a schema that holds for every kind of outcome, null for the unmeasured."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from report_climbs import CLIMB, DIFFERENT, FAILED, LEAN, PROVED, SKIPPED

from unladen.climb.interface import Climb, Outcome, Skipped, ToSlim
from unladen.language.interface import Fact, Impossible
from unladen.report.interface import runtime_base
from unladen.report.json import as_dict, render, schema


def complaints(climb: Climb) -> list[str]:
    validator = Draft202012Validator(schema())
    return [
        f"{error.json_path}: {error.message}" for error in validator.iter_errors(json.loads(render(climb)))
    ]


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("outcome", [PROVED, LEAN, DIFFERENT, FAILED, SKIPPED], ids=lambda o: o.rung.name)
def test_every_kind_of_outcome_satisfies_the_schema(outcome: Outcome) -> None:
    assert complaints(replace(CLIMB, rungs=(outcome,))) == []


def test_a_rung_without_a_dockerfile_satisfies_the_schema() -> None:
    for rung in (Impossible("alpine", "why", "no wheels"), ToSlim("slimmed", "why", "package")):
        assert complaints(replace(CLIMB, rungs=(Skipped(rung, "why not"),), recommended=None)) == []


def test_a_program_without_port_and_interface_satisfies_the_schema() -> None:
    tool = replace(CLIMB.project, port=Fact(None, "no socket"), health=Fact(None, "no port"), dockerfile=None)
    assert complaints(replace(CLIMB, project=tool, rungs=())) == []


def test_the_schema_is_not_blind() -> None:
    """It refuses what the promise forbids: a missing key, a 0 for the unmeasured, a proof for the skipped."""
    good = as_dict(CLIMB)
    validator = Draft202012Validator(schema())
    skipped = next(rung for rung in good["rungs"] if rung["status"] == "skipped")
    for broken in (
        {key: value for key, value in good.items() if key != "recommended"},
        {**good, "rungs": [{**skipped, "size_bytes": 0}]},
        {**good, "rungs": [{**skipped, "proof": good["baseline"]["proof"]}]},
        {**good, "rungs": [{**skipped, "cumulative_reduction": 64}]},
    ):
        assert list(validator.iter_errors(broken))


def test_the_schema_names_every_key_that_is_written() -> None:
    """Required keys and written keys are one set, in one order, at every level."""
    found, defs = as_dict(CLIMB), schema()["$defs"]
    rung = found["rungs"][-1]
    assert list(found) == schema()["required"]
    assert list(found["project"]) == defs["project"]["required"]
    assert list(rung) == defs["rung"]["required"]
    assert list(rung["proof"]) == defs["proof"]["required"]
    assert list(rung["proof"]["mismatches"][0]) == defs["mismatch"]["required"]
    assert list(rung["proof"]["environment"][0]) == defs["environment"]["required"]
    assert list(rung["base"]) == defs["base"]["required"]


def test_the_unmeasured_is_null_and_reductions_are_fractions_of_the_rung_before_that_was_measured() -> None:
    rungs = {rung["name"]: rung for rung in as_dict(CLIMB)["rungs"]}
    assert rungs["slim"]["reduction"] == rungs["slim"]["cumulative_reduction"] == pytest.approx(0.6695)
    assert rungs["lean"]["reduction"] == pytest.approx(
        1 - 171.4 / 399.1, abs=1e-4
    )  # alpine, multi-stage: not there
    assert rungs["lean"]["cumulative_reduction"] == pytest.approx(1 - 171.4 / 1207.6, abs=1e-4)
    assert rungs["lean"]["build_warm_s"] is None
    assert rungs["distroless"]["start_s"] is None
    assert rungs["alpine"]["size_bytes"] is rungs["alpine"]["reduction"] is rungs["alpine"]["proof"] is None
    assert as_dict(CLIMB)["baseline"]["reduction"] is None


def test_beliefs_come_with_their_sources_and_paths_are_the_projects() -> None:
    project = as_dict(CLIMB)["project"]
    assert project["root"] == "/home/ada/prädiktion api"
    assert (project["manifests"], project["dockerfile"]) == (["requirements.txt"], "Dockerfile")
    assert (project["port"], project["sources"]["port"]) == (8000, "main.py:41 os.environ.get('PORT', 8000)")
    assert (project["language"], project["sources"]["language"]) == ("python", "unladen.toml")
    assert project["extra"] == {"installer": "pip"}


def test_reasons_say_what_is_wrong() -> None:
    rungs = {rung["name"]: rung for rung in as_dict(CLIMB)["rungs"]}
    assert rungs["slim"]["reason"] is None
    assert rungs["distroless"]["reason"] == "4 of 62 cases differ; the environment lost certificates"
    assert rungs["multi-stage"]["reason"] == "did not build"
    assert "gcc" in rungs["multi-stage"]["detail"]


def test_text_is_readable_and_valid_even_for_names_that_are_no_unicode() -> None:
    odd = replace(CLIMB.project, root=Path("/srv/caf\udce9"))
    text = render(replace(CLIMB, project=odd))
    text.encode("utf-8")
    assert "prädiktion" in text
    assert json.loads(text)["project"]["root"] == "/srv/caf\udce9"


@pytest.mark.parametrize(
    ("dockerfile", "bases", "base"),
    [
        (
            "FROM golang:1.24 AS build\nRUN x\nFROM scratch\nCOPY --from=build /a /a\n",
            ("golang:1.24",),
            "scratch",
        ),
        (
            "FROM python:3.11 as a\nFROM --platform=linux/amd64 a AS b\nFROM b\n",
            ("python:3.11",),
            "python:3.11",
        ),
        ("FROM a:1\nRUN <<EOF\nselect *\nfrom users\nEOF\n", ("a:1",), "a:1"),
        ("ARG V=3\nFROM python:${V}\n", ("python:3",), "python:3"),
        ("", (), None),
    ],
)
def test_runtime_base_is_what_the_last_stage_stands_on(
    dockerfile: str, bases: tuple[str, ...], base: str | None
) -> None:
    assert runtime_base(dockerfile, bases) == base
