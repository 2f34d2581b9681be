"""Requests drawn from an OpenAPI document."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from typing import Any

import pytest

from unladen.errors import BadProject
from unladen.proof.interface import Corpus, RequestCase
from unladen.proof.sources.openapi import corpus_from_openapi


def operation(**more: object) -> dict[str, Any]:
    return {"responses": {"200": {"description": "ok"}}, **more}


def body(schema: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, **more}}}}


FEATURES = {
    "type": "object",
    "required": ["features"],
    "properties": {"features": {"type": "array", "items": {"type": "number"}}},
}
SMALL: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "ML Prediction API", "version": "1.0.0"},
    "paths": {
        "/": {"get": operation()},
        "/health": {"get": operation()},
        "/predict": {"post": operation(**body(FEATURES))},
    },
}
USER = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "minLength": 1}, "age": {"type": "integer"}},
}
IDENTITY = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
USERS: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "User API", "version": "1"},
    "servers": [{"url": "https://api.example.com/v1"}],
    "paths": {
        "/users/{id}": {"delete": operation(parameters=[IDENTITY]), "get": operation(parameters=[IDENTITY])},
        "/users": {
            "post": operation(**body(USER, example={"name": "Ada Lovelace", "age": 36})),
            "get": operation(
                parameters=[{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 5}}]
            ),
        },
        "/avatar": {
            "put": operation(
                requestBody={
                    "content": {
                        "multipart/form-data": {
                            "schema": {
                                "type": "object",
                                "properties": {"file": {"type": "string", "format": "binary"}},
                            }
                        }
                    }
                }
            )
        },
    },
}


def requests(corpus: Corpus) -> list[RequestCase]:
    assert all(isinstance(case, RequestCase) for case in corpus.cases)
    return [case for case in corpus.cases if isinstance(case, RequestCase)]


@pytest.fixture(scope="module")
def small() -> Corpus:
    return corpus_from_openapi(SMALL)


@pytest.fixture(scope="module")
def users() -> Corpus:
    return corpus_from_openapi(USERS, seed=7)


def test_a_small_api_yields_more_than_fifty_distinct_requests(small: Corpus) -> None:
    cases = requests(small)
    distinct = {(case.method, case.path, case.headers, case.body) for case in cases}
    assert 50 <= len(distinct) <= len(cases) <= 200
    assert len(cases) - len(distinct) == 2  # GET / and GET /health, once more after the writing
    assert len({case.id for case in cases}) == len(cases)
    assert small.coverage.known == small.coverage.asked == ("GET /", "GET /health", "POST /predict")
    assert {case.kind for case in cases} == {"valid", "invalid"}


def test_every_route_is_asked_wrongly_too(small: Corpus) -> None:
    cases = requests(small)
    for route, path in (("GET /", "/"), ("GET /health", "/health"), ("POST /predict", "/predict")):
        of_route = [case for case in cases if case.route == route]
        assert {"HEAD", "OPTIONS", "DELETE"} <= {case.method for case in of_route}
        assert any(len(case.path) > 8000 for case in of_route)
        assert any(case.path == path.rstrip("/") + "/no-such-path" for case in of_route)
    predict = [case for case in cases if case.route == "POST /predict" and case.method == "POST"]
    assert {dict(case.headers).get("Content-Type") for case in predict} >= {
        "text/plain",
        "application/json",
        None,
    }
    bodies = {case.body for case in predict}
    assert b"" in bodies
    assert {b'{"features": [1e+308]}', b'{"features": [-0.0]}', b'{"features": [5e-324]}'} <= bodies
    assert any(not _is_json(body) for body in bodies if body)
    lengths = {len(json.loads(body)["features"]) for body in bodies if body.startswith(b'{"features": [0.5')}
    assert {1, 4, 10, 13, 100} <= lengths  # one of them may be what a model wants


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def test_reading_comes_first_and_deleting_last(users: Corpus) -> None:
    order = [case.method for case in requests(users)]
    assert order.index("GET") < order.index("POST") < order.index("PUT") < order.index("DELETE")
    assert set(order[order.index("DELETE") :]) == {"DELETE"}
    again = order[len(order) - 1 - order[::-1].index("PUT") : order.index("DELETE")]
    assert again.count("GET") == 2  # what was written is read before it is deleted


def test_the_documents_own_example_parameters_and_base_path_are_used(users: Corpus) -> None:
    cases = requests(users)
    assert any(
        json.loads(case.body) == {"name": "Ada Lovelace", "age": 36} for case in cases if _is_json(case.body)
    )
    paths = {case.path.partition("?")[0] for case in cases}
    assert {"/v1/users", "/v1/users/1", "/v1/users/abc"} <= paths
    assert any(case.path == "/v1/users?limit=5" for case in cases)
    uploads = [case for case in cases if b"unladen-boundary" in case.body]
    types = {dict(case.headers).get("Content-Type", "") for case in uploads}
    assert "multipart/form-data; boundary=unladen-boundary" in types


def test_a_limit_cuts_all_operations_alike(users: Corpus) -> None:
    few = corpus_from_openapi(USERS, seed=7, at_least=5, at_most=5)
    assert len(few.cases) == 5
    assert few.coverage.asked == few.coverage.known


DIGEST = """
import hashlib, json, sys
from unladen.proof.sources.openapi import corpus_from_openapi
corpus = corpus_from_openapi(json.load(sys.stdin), seed=7)
print(hashlib.sha256(repr(corpus).encode()).hexdigest())
"""


def test_the_same_document_and_seed_give_the_same_corpus_in_any_process(users: Corpus) -> None:
    """Whatever the hash seed, the CI, the modules that are loaded and the working directory."""
    env = os.environ | {"PYTHONHASHSEED": "4711", "CI": "true", "GITHUB_ACTIONS": "true"}
    ran = subprocess.run(
        [sys.executable, "-c", DIGEST],
        input=json.dumps(USERS),
        env=env,
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == hashlib.sha256(repr(users).encode()).hexdigest()
    assert ran.stderr == ""


def test_another_seed_draws_others(users: Corpus) -> None:
    other = corpus_from_openapi(USERS, seed=8)
    assert {case.body for case in requests(other)} != {case.body for case in requests(users)}


def test_a_document_with_broken_parts_yields_the_rest() -> None:
    broken: dict[str, Any] = json.loads(json.dumps(SMALL))
    broken["paths"]["/broken"] = {"post": operation(**body({"$ref": "#/components/schemas/Nowhere"}))}
    broken["paths"]["/pattern"] = {"post": operation(**body({"type": "string", "pattern": "(["}))}
    corpus = corpus_from_openapi(broken)
    assert {"GET /", "GET /health", "POST /predict"} <= set(corpus.coverage.asked)


def test_a_document_that_cannot_be_read_is_told() -> None:
    with pytest.raises(BadProject, match="cannot read the OpenAPI document: ") as caught:
        corpus_from_openapi({"paths": {"/": {"get": {}}}})
    assert "[[verify.request]]" in caught.value.hint
