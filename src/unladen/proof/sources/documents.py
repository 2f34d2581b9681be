"""An OpenAPI document: the one that the program offers, else one of the repository."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from unladen.errors import BadProject
from unladen.proof.interface import NO_CASES, Corpus, Coverage, RequestCase, Response
from unladen.proof.sources.destructive import destroys
from unladen.proof.sources.discover import find_openapi, parse_openapi, parsed
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.openapi import corpus_from_openapi
from unladen.proof.sources.repository import files

NAME = re.compile(
    r"(?:[\w.-]*[._-])?(?:openapi|swagger|api|spec|oas|rest)[\w.-]*\.(?:ya?ml|json)", re.IGNORECASE
)
_OFFERED = re.compile(r"openapi|swagger|schema|spec|api-docs", re.IGNORECASE)
COUNT = 40
SIZE = 4 << 20
DEEPEST = 6
"""References within references that are followed; a type that holds itself has no end."""
PROBED = 5
"""Paths that are tried to see whether the servers' prefix is right."""


def documented(around: Surroundings) -> Corpus:
    """Requests generated from the document. One that cannot be read costs the cases that it would have given, not the
    climb; the report says so."""
    plan = around.plan
    if around.live is None or not plan.openapi:
        return NO_CASES
    get = around.live.get
    named = [r.path for r in around.known.routes if r.method == "GET" and "{" not in r.path]
    document = find_openapi(get, tuple(path for path in named if _OFFERED.search(path)))
    where = ""
    if document is None and around.root is not None:
        document, where = in_repository(around.root, get)
    if document is None:
        return NO_CASES
    try:
        found = _destructive_last(corpus_from_openapi(document, seed=plan.seed, at_least=plan.cases))
    except BadProject as error:
        return Corpus((), Coverage(note=f"the OpenAPI document{where} was not used: {error}"))
    if not where:
        return found
    coverage = found.coverage
    note = coverage.note.replace("the OpenAPI document", f"the OpenAPI document{where}")
    return Corpus(found.cases, Coverage(coverage.known, coverage.asked, note, coverage.interface), found.seed)


def _destructive_last(corpus: Corpus) -> Corpus:
    """What may end the program is asked apart: all that comes behind it would fail alike, and prove nothing."""
    cases = [
        replace(case, apart=True)
        if isinstance(case, RequestCase)
        and case.method != "DELETE"
        and destroys(case.route.partition(" ")[2])
        else case
        for case in corpus.cases
    ]
    last = sorted(cases, key=lambda case: isinstance(case, RequestCase) and case.apart)
    return replace(corpus, cases=tuple(last))


def in_repository(root: Path, get: Callable[[str], Response]) -> tuple[dict[str, Any] | None, str]:
    """(document, " in FILE") of the first file that describes what the running program answers to."""
    for name, path in files(root, NAME, count=COUNT, size=SIZE):
        document = parse_openapi(path.read_bytes())
        if document is None:
            continue
        whole = _whole(document, path.resolve(), root.resolve(), DEEPEST)
        if isinstance(whole, dict) and (fitting := _with_prefix_that_answers(whole, get)) is not None:
            return fitting, f" in {name}"
    return None, ""


def _with_prefix_that_answers(
    document: dict[str, Any], get: Callable[[str], Response]
) -> dict[str, Any] | None:
    """The document as it is, or without its servers' prefix: as more of its paths answer. None where none does, as for
    another program's document."""
    plain = {
        key: value for key, value in document.items() if key not in ("servers", "basePath", "host", "schemes")
    }
    harmless = [path for path in document["paths"] if not destroys(path)]
    paths = [path for path in harmless if "{" not in path][:PROBED] or harmless[:PROBED]
    counts = [
        sum(get(prefix + path).status not in (0, 404) for path in paths) for prefix in (_prefix(document), "")
    ]
    if not any(counts):
        return None
    return document if counts[0] >= counts[1] else plain


def _prefix(document: Mapping[str, Any]) -> str:
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], dict) else {}
    url = str(first.get("url", document.get("basePath", "")))
    path = re.sub(r"^\w*:?//[^/]*", "", url)
    return "" if "{" in path else path.rstrip("/")


def _whole(part: Any, file: Path, root: Path, depth: int, inner: bool = False) -> Any:
    """The document with what it refers to in other files of the repository in its place; `inner`: it is such a file
    itself, whose own parts are brought along."""
    if isinstance(part, list):
        return [_whole(each, file, root, depth, inner) for each in part]
    if not isinstance(part, dict):
        return part
    reference = part.get("$ref")
    if isinstance(reference, str) and "://" not in reference and (inner or not reference.startswith("#")):
        if depth == 0:
            return {}
        name, _, pointer = reference.partition("#")
        path = (file.parent / name).resolve() if name else file
        if path.is_relative_to(root) and path.is_file() and path.stat().st_size <= SIZE:
            target = parsed(path.read_bytes())
            for step in _names(pointer):
                target = target.get(step, {}) if isinstance(target, dict) else {}
            return _whole(target, path, root, depth - 1, True)
    return {name: _whole(value, file, root, depth, inner) for name, value in part.items()}


def _names(pointer: str) -> Iterator[str]:
    yield from (name.replace("~1", "/").replace("~0", "~") for name in pointer.strip("/").split("/") if name)
