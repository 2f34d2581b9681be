"""Requests in files of the repository that describe requests: .http, Postman, Insomnia, Bruno, hurl, HAR and k6."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from unladen.errors import BadConfig
from unladen.proof.interface import NO_CASES, Corpus
from unladen.proof.sources import exports, har, httpfiles, k6
from unladen.proof.sources.asked import Asked, LeftOut, asked, corpus_of_files
from unladen.proof.sources.httpfiles import Found
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.multipart import Files
from unladen.proof.sources.placeholders import Variables
from unladen.proof.sources.recorded import Recorded
from unladen.proof.sources.repository import files, read

COUNT = 300
"""Files of all kinds."""
SIZE = 5 << 20
_NAME = re.compile(r".+\.(?:http|rest|hurl|bru|har|json|ya?ml|[cm]?[jt]s)", re.IGNORECASE)
_SCRIPT = re.compile(r"""['"]k6/http['"]""")
_HEAD = 4000
"""Characters of a JSON or YAML file in which it says what it is."""
_POSTMAN = re.compile(r"_postman_id|getpostman\.com|_postman_variable_scope")
_INSOMNIA = re.compile(r"\"_type\"\s*:\s*\"export\"|^type: collection\.insomnia\.rest", re.MULTILINE)
_HTTP_CLIENT = ("http-client.env.json", "http-client.private.env.json")
Parsed = Mapping[str, Any]


def collected(around: Surroundings) -> Corpus:
    """What the project's own collections ask."""
    if around.root is None or around.live is None:
        return NO_CASES
    return corpus_of_files(collections(around.root))


def collections(root: Path) -> Iterator[Asked]:
    """The requests of each file that describes some."""
    texts = {
        name: text for name, path in files(root, _NAME, count=10 * COUNT, size=SIZE) if (text := _told(path))
    }
    texts = dict(list(texts.items())[:COUNT])
    known = _variables(texts)
    for name, text in texts.items():
        try:
            yield asked(name, _requests(name, text, root, known))
        except (BadConfig, ValueError, TypeError, AttributeError, RecursionError):
            yield Asked(name, left_out=(LeftOut("their file cannot be read"),))


def _told(path: Path) -> str:
    """The file's text, "" where it is none that describes requests."""
    suffix = path.suffix.lower()
    if suffix in (".http", ".rest", ".hurl", ".bru", ".har") or path.name in _HTTP_CLIENT:
        return read(path)
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            head = file.read(_HEAD)
    except OSError:
        return ""
    if suffix in (".json", ".yaml", ".yml"):
        return read(path) if _POSTMAN.search(head) or _INSOMNIA.search(head) else ""
    return read(path) if _SCRIPT.search(head) else ""


def _requests(name: str, text: str, root: Path, known: Variables) -> Found:
    suffix = Path(name).suffix.lower()
    sent = Files(root, (root / name).parent, root)
    described: Mapping[str, Callable[[], Found]] = {
        ".http": lambda: httpfiles.from_http(text, name, known, sent),
        ".rest": lambda: httpfiles.from_http(text, name, known, sent),
        ".hurl": lambda: httpfiles.from_hurl(text, name, known, sent),
        ".bru": lambda: exports.from_bruno(text, name, known, sent),
        ".har": lambda: _or_left_out(har.requests_of(text, name), "their body was not recorded"),
    }
    if suffix in described:
        yield from described[suffix]()
    elif suffix in (".json", ".yaml", ".yml"):
        yield from _exported(name, _parsed(text), known, sent)
    else:
        yield from _or_left_out(k6.requests_of(text, name), "a script computes them")


def _exported(name: str, document: Parsed, known: Variables, sent: Files) -> Found:
    if "item" in document:
        yield from exports.from_postman(document, name, known, sent)
    elif "resources" in document or "collection" in document:
        yield from exports.from_insomnia(document, name, sent)


def _or_left_out(found: Iterator[Recorded | None], why: str) -> Found:
    for each in found:
        yield each or LeftOut(why)


def _parsed(text: str) -> Parsed:
    """Raises ValueError."""
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    return found if isinstance(found, dict) else {}


def _variables(texts: Mapping[str, str]) -> Variables:
    """What environments say: Postman's, JetBrains', Bruno's. The first one of a name counts."""
    known: dict[str, str] = {}
    for name, text in texts.items():
        if re.search(r"(^|/)environments/[^/]+\.bru$", name):
            known = {**exports.bruno_variables(text), **known}
        elif name.endswith(".json") and len(text) < 1 << 20:
            try:
                document = _parsed(text)
            except (ValueError, RecursionError):
                continue
            if "values" in document:
                known = {**exports.environment(document), **known}
            elif name.rpartition("/")[2] in _HTTP_CLIENT:
                for environment in document.values():
                    each = environment.items() if isinstance(environment, dict) else ()
                    known = {**{str(key): str(value) for key, value in each}, **known}
    return known
