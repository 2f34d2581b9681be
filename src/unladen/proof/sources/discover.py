"""Finds the OpenAPI document that a running program offers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
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


def find_openapi(get: Callable[[str], Response], named: Sequence[str] = ()) -> dict[str, Any] | None:
    """The first OpenAPI or Swagger document with at least one path that `get` (of a path) answers with: where the
    program's own routes have it (`named`), else where most have."""
    for path in dict.fromkeys((*named, *PATHS)):
        answer = get(path)
        if answer.status == 200 and not answer.cut and (document := parse_openapi(answer.body)):
            return document
    return None


def parse_openapi(text: bytes) -> dict[str, Any] | None:
    """The document in a JSON or YAML text, or None where it is none."""
    document = parsed(text) if b"paths" in text else None
    if not isinstance(document, Mapping):
        return None
    version = str(document.get("openapi") or document.get("swagger") or "")
    paths = document.get("paths")
    if not version.startswith(("2.", "3.")) or not isinstance(paths, Mapping) or not paths:
        return None
    return dict(document)


def parsed(text: bytes) -> object:
    """What a JSON or YAML text says; None for any other."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    if text.lstrip()[:1] == b"<":
        return None
    import yaml

    try:
        # through JSON, which has no dates and no names but texts
        return json.loads(json.dumps(yaml.safe_load(text), default=str))
    except (yaml.YAMLError, ValueError, TypeError):
        return None
