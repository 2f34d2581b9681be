"""Finds the OpenAPI document that a running program offers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from unladen.proof.interface import Response

PATHS = (
    "/openapi.json",  # FastAPI, Litestar, many others
    "/swagger.json",  # Flask-RESTX, go-swagger
    "/v3/api-docs",  # springdoc
    "/v2/api-docs",  # springfox
    "/api/openapi.json",  # django-ninja
    "/swagger/v1/swagger.json",  # ASP.NET
    "/swagger/doc.json",  # swaggo
    "/api-docs",
    "/api/swagger.json",
    "/openapi.yaml",
    "/openapi.yml",
    "/swagger.yaml",
    "/api/openapi.yaml",
    "/api/schema/",  # drf-spectacular
)


def find_openapi(get: Callable[[str], Response]) -> dict[str, Any] | None:
    """The first OpenAPI or Swagger document with at least one path that `get` (of a path) answers with."""
    for path in PATHS:
        answer = get(path)
        if answer.status == 200 and not answer.cut and (document := parse_openapi(answer.body)):
            return document
    return None


def parse_openapi(text: bytes) -> dict[str, Any] | None:
    """The document in a JSON or YAML text, or None where it is none."""
    document = _parsed(text)
    if not isinstance(document, Mapping):
        return None
    version = str(document.get("openapi") or document.get("swagger") or "")
    paths = document.get("paths")
    if not version.startswith(("2.", "3.")) or not isinstance(paths, Mapping) or not paths:
        return None
    return dict(document)


def _parsed(text: bytes) -> object:
    try:
        return json.loads(text)
    except ValueError:
        pass
    if b"paths" not in text or text.lstrip()[:1] == b"<":
        return None
    import yaml

    try:
        # through JSON, which has no dates and no names but texts
        return json.loads(json.dumps(yaml.safe_load(text), default=str))
    except (yaml.YAMLError, ValueError, TypeError):
        return None
