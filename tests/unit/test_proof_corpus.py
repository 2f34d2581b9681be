"""Where the requests come from."""

from __future__ import annotations

import json

import pytest

from unladen.engine.interface import ImageFacts
from unladen.proof.command import argv_for
from unladen.proof.corpus import combined, looking_for
from unladen.proof.files import candidates
from unladen.proof.interface import (
    CommandCase,
    CommandResult,
    Corpus,
    Coverage,
    Recording,
    RequestCase,
    Response,
)
from unladen.proof.sources.configured import corpus_from_config, health_only, run_only
from unladen.proof.sources.discover import find_openapi, parse_openapi

DOCUMENT = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/": {"get": {}}}}
YAML = b"openapi: 3.0.3\ninfo: {title: t, version: 2024-01-01}\npaths:\n  /users:\n    get: {responses: {200: {}}}\n"


def test_the_document_is_found_where_frameworks_put_it() -> None:
    pages = {
        "/openapi.json": Response(
            200, body=b"<!doctype html><title>paths</title>"
        ),  # an app that answers all
        "/swagger.json": Response(404),
        "/v3/api-docs": Response(200, body=json.dumps(DOCUMENT).encode()),
    }
    assert find_openapi(lambda path: pages.get(path, Response(error="refused"))) == DOCUMENT
    assert find_openapi(lambda path: Response(404)) is None


def test_yaml_is_read_as_json_has_it() -> None:
    document = parse_openapi(YAML)
    assert document is not None
    assert document["info"]["version"] == "2024-01-01"
    assert document["paths"]["/users"]["get"]["responses"] == {"200": {}}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b'{"openapi": "3.0.0"}',
        b'{"openapi": "3.0.0", "paths": {}}',
        b'{"paths": {"/": 1}}',
        b"paths: [",
    ],
)
def test_what_is_no_openapi_document(text: bytes) -> None:
    assert parse_openapi(text) is None


def test_configured_requests_are_encoded_for_the_wire() -> None:
    request = RequestCase("a", "GET /a", "GET", "/grüße und/%20?q=a b&r=%C3%A9")
    corpus = corpus_from_config([request], [CommandCase("b", ("--version",))])
    assert [case.id for case in corpus.cases] == ["a", "b"]
    assert isinstance(corpus.cases[0], RequestCase)
    assert corpus.cases[0].path == "/gr%C3%BC%C3%9Fe%20und/%20?q=a%20b&r=%C3%A9"
    assert corpus.coverage.note == "1 request and 1 command from unladen.toml"


def test_what_little_is_left_says_so() -> None:
    health = health_only(None)
    assert [case.id for case in health.cases] == ["health"]
    assert health.coverage.known == ()
    assert "says little" in health.coverage.note
    assert "says little" in run_only().coverage.note


def test_a_table_of_routes_that_fills_gaps_still_names_what_the_program_knows() -> None:
    """Without that word no proof by a framework's table would ever be strong."""
    shown = RequestCase("a", "GET /a", "GET", "/a")
    others = tuple(RequestCase(path, f"GET {path}", "GET", path) for path in ("/a", "/b"))
    table = Coverage(("GET /a", "GET /b"), ("GET /a", "GET /b"), "2 routes", interface=True)
    whole = combined(Corpus((shown,), Coverage(("GET /a",), ("GET /a",))), Corpus(others, table, fills=True))
    assert whole.coverage == Coverage(("GET /a", "GET /b"), ("GET /a", "GET /b"), "2 routes", interface=True)
    assert [case.id for case in whole.cases] == ["a", "/b"]


def test_corpora_together_keep_every_case_under_an_id_of_its_own() -> None:
    one = corpus_from_config([RequestCase("x", "GET /a", "GET", "/a")], [])
    corpus = combined(one, one, health_only("/health"))
    assert [case.id for case in corpus.cases] == ["x", "x (2)", "health"]
    assert corpus.coverage.asked == ("GET /a", "GET /health")
    assert corpus.coverage.note.startswith("1 request from unladen.toml; 1 request from")


# What of a container belongs to a run


def facts(entrypoint: tuple[str, ...], cmd: tuple[str, ...]) -> ImageFacts:
    return ImageFacts("sha256:1", 0, (), "amd64", {}, entrypoint, cmd, "", "", (), "", {}, ())


@pytest.mark.parametrize(
    ("entrypoint", "cmd", "run"),
    [
        (("tool",), ("--help",), (None, ("a", "b"))),
        ((), ("python", "tool.py"), (None, ("python", "tool.py", "a", "b"))),
        (
            (),
            ("/bin/sh", "-c", "python tool.py"),
            (("/bin/sh", "-c"), ('python tool.py "$@"', "sh", "a", "b")),
        ),
        (("/bin/sh", "-c", "tool"), (), (("/bin/sh", "-c"), ('tool "$@"', "sh", "a", "b"))),
    ],
)
def test_arguments_reach_the_program_however_its_image_starts_it(
    entrypoint: tuple[str, ...], cmd: tuple[str, ...], run: tuple[object, object]
) -> None:
    assert argv_for(facts(entrypoint, cmd), CommandCase("c", ("a", "b"))) == run
    assert argv_for(facts(entrypoint, cmd), CommandCase("c", ())) == (None, None)
    assert argv_for(facts(entrypoint, cmd), CommandCase("c", ("a", "b"), own=True)) == (("a", "b"), ())


def test_the_files_of_a_run_are_not_the_engines() -> None:
    changes = [
        ("C", "/app"),
        ("A", "/app/__pycache__"),
        ("A", "/app/__pycache__/m.cpython-311.pyc"),
        ("C", "/etc"),
    ]
    changes += [
        ("C", "/etc/hosts"),
        ("A", "/out"),
        ("A", "/out/report.json"),
        ("D", "/gone"),
        ("A", "/dev/x"),
    ]
    assert candidates(changes) == ["/out/report.json"]


def test_a_folder_that_an_engine_changes_is_not_the_programs() -> None:
    """podman makes /etc/mtab where there is none, and says "/etc" of it."""
    assert candidates([("C", "/etc"), ("C", "/run"), ("A", "/etc/app/state")]) == ["/etc/app/state"]
    assert candidates([("C", "/etc"), ("C", "/srv")]) == ["/srv"]


def test_commands_that_wrote_nothing_are_not_looked_at_for_files_again() -> None:
    cases = (
        CommandCase("writes", ()),
        CommandCase("reads", ()),
        CommandCase("told", (), files=("/out",)),
    )
    seen = Recording(
        {
            "writes": CommandResult(0, b"", b"", {"/out": b"1"}),
            "reads": CommandResult(0, b"", b""),
            "told": CommandResult(0, b"", b""),
        }
    )
    files = [case.files for case in looking_for(Corpus(cases), seen).cases if isinstance(case, CommandCase)]
    assert files == [(), None, ("/out",)]
