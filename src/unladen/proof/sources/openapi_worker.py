"""Draws requests from an OpenAPI document with schemathesis, run as `python -m` with this module's name.

A process of its own, because what Hypothesis draws depends on the hash seed, on constants in the source of
loaded modules and on the CI it runs in; because schemathesis patches Hypothesis for the whole process; and
because both take more memory than the rest of unladen.

stdin: one JSON object {document, seed, first, count, each}. stdout: one JSON object {operations: [{route, method,
template, requests: [{method, path, headers, body, kind, step}]}]}; bodies are base64; `step` is what drew the
request.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

BASE = "http://localhost"
OWN_HEADERS = frozenset({"user-agent", "accept-encoding", "connection", "content-length", "host"}) | {
    "x-schemathesis-testcaseid"
}
ANY_TYPE = ("Accept", "*/*")
"""What schemathesis and its transport add of themselves; replay has its own."""
DRAWN = 20
"""At most so many requests of a kind are drawn at random: each says less than the one before it."""
ENOUGH = 4
"""Where there is room for no more than so many, the systematic ones do: drawing takes ten times their time."""
UNSENDABLE = frozenset({"transfer-encoding", "te", "upgrade", "expect"})
BOUNDARY = "unladen-boundary"
_BOUNDARY = re.compile(rb"^--([0-9a-f]{32})(?:--)?\r\n")


def main() -> None:
    """Reads the task, keeps everything else off stdout, writes the answer."""
    task = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        operations = draw(**task)
    json.dump({"operations": operations}, sys.stdout)


def draw(document: dict[str, Any], seed: int, first: int, count: int, each: int) -> list[dict[str, Any]]:
    """`count` operations of the document from number `first` on, with up to `each` requests of every step."""
    import schemathesis
    from schemathesis.config import SchemathesisConfig
    from schemathesis.core.result import Ok

    _hide_own_sources()
    _spare_hypothesis_the_characters()
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig(seed=seed))
    base = BASE + schema.base_path.rstrip("/")
    found: list[dict[str, Any]] = []
    for result in islice(schema.get_all_operations(), first, first + count):
        if not isinstance(result, Ok):
            continue  # a part of the document that is not valid
        operation = result.ok()
        found.append(
            {
                "route": f"{operation.method.upper()} {operation.path}",
                "method": operation.method.upper(),
                "template": base[len(BASE) :] + operation.path,
                "requests": list(_requests(operation, base, seed, each)),
            }
        )
    return found


def _hide_own_sources() -> None:
    """Hypothesis draws constants from the source of modules outside site-packages. Whether unladen is one
    depends on how it was installed, and must not change what is drawn."""
    for name, module in list(sys.modules.items()):
        if name == "__main__" or name.partition(".")[0] == "unladen":
            module.__file__ = None


def _spare_hypothesis_the_characters() -> None:
    """Hypothesis tries every character to learn which of them UTF-8 can encode (200 MB, over a second) unless
    its cache has the answer: all but the surrogates. Should the cache move, Hypothesis finds out itself."""
    with contextlib.suppress(Exception):
        from hypothesis.internal.charmap import charmap_file

        file = charmap_file("codec-v2-utf-8")
        file.parent.mkdir(parents=True, exist_ok=True)
        with gzip.open(file, "wt") as cache:
            json.dump([[[0, 0xD7FF], [0xE000, sys.maxunicode]], []], cache)


def _requests(operation: Any, base: str, seed: int, each: int) -> Iterator[dict[str, Any]]:
    from schemathesis.generation import GenerationMode

    drawn = min(-(-each // 2), DRAWN)
    positive, negative = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
    steps: tuple[tuple[str, Callable[[], Iterator[Any]]], ...] = (
        ("example", lambda: _examples(operation, seed)),
        ("coverage", lambda: _coverage(operation)),
        ("drawn", lambda: _drawn(operation.as_strategy(generation_mode=positive), seed, drawn)),
        ("drawn", lambda: _drawn(operation.as_strategy(generation_mode=negative), seed, drawn)),
    )
    valid = False
    for step, cases in steps:
        if step == "drawn" and valid and each <= ENOUGH:
            return
        for case in islice(cases(), each):
            if request := _as_sent(case, base):
                valid = valid or request["kind"] == "valid"
                yield request | {"step": step}


def _examples(operation: Any, seed: int) -> Iterator[Any]:
    """The examples that the document itself gives."""
    for strategy in operation.get_strategies_from_examples():
        yield from _drawn(strategy, seed, 1)


def _coverage(operation: Any) -> Iterator[Any]:
    """Systematic cases: each bound kept and broken, each required part left out. Not part of schemathesis'
    documented interface: where it moved, what is drawn at random has to do."""
    try:
        from schemathesis.generation import GenerationMode
        from schemathesis.generation.drivers import CoverageGenerator
        from schemathesis.generation.feedback import NO_FEEDBACK
        from schemathesis.generation.overrides import Override

        generator = CoverageGenerator(
            operation=operation,
            generation_modes=list(GenerationMode),
            generation_config=operation.schema.config.generation_for(operation=operation, phase="coverage"),
            auth_storage=None,
            override=Override(),
            feedback=NO_FEEDBACK,
        )
    except (ImportError, AttributeError, TypeError):
        return
    yield from _until_impossible(iter(generator))


def _drawn(strategy: Any, seed: int, count: int) -> Iterator[Any]:
    """The first `count` cases that Hypothesis draws; fewer where there are not as many."""
    import hypothesis

    found: list[Any] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
        derandomize=False,
    )
    @hypothesis.given(case=strategy)
    def collect(case: Any) -> None:
        found.append(case)

    def run() -> Iterator[Any]:
        collect()
        yield from ()

    yield from _until_impossible(run())
    yield from found


def _until_impossible(cases: Iterator[Any]) -> Iterator[Any]:
    """Cases up to the point where the document allows no more: no input can be invalid, a reference is
    broken, a pattern is none. Documents are anyone's, and so are the exceptions that they lead to."""
    with contextlib.suppress(Exception):
        yield from cases


def _as_sent(case: Any, base: str) -> dict[str, Any] | None:
    """The request as its bytes go out, or None where HTTP/1.1 cannot carry it."""
    import h11
    import requests

    try:
        sent = requests.Request(**case.as_transport_kwargs(base_url=base)).prepare()
        body = sent.body or b""
        body = body.encode() if isinstance(body, str) else body
        if not isinstance(body, bytes) or not sent.method:
            return None
        headers = [(_text(name), _text(value)) for name, value in sent.headers.items()]
        headers = [(n, v) for n, v in headers if n.lower() not in OWN_HEADERS and (n, v) != ANY_TYPE]
        headers, body = _fixed_boundary(headers, body)
        target = sent.path_url.encode("ascii")
        wire = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
        h11.Request(method=sent.method, target=target, headers=[(b"Host", b"localhost"), *wire])
    except (requests.RequestException, h11.LocalProtocolError, ValueError, TypeError, LookupError):
        return None
    if UNSENDABLE & {name.lower() for name, _ in headers}:
        return None
    return {
        "method": sent.method,
        "path": target.decode(),
        "headers": headers,
        "body": base64.b64encode(body).decode(),
        "kind": "valid" if case.meta is None or case.meta.generation.mode.is_positive else "invalid",
    }


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _fixed_boundary(headers: list[tuple[str, str]], body: bytes) -> tuple[list[tuple[str, str]], bytes]:
    """A multipart body's boundary is random: the same one each time instead. The Content-Type need not name
    it, where a wrong one is tried."""
    match = _BOUNDARY.match(body)
    if match is None:
        return headers, body
    fixed = [(name, value.replace(match[1].decode(), BOUNDARY)) for name, value in headers]
    return fixed, body.replace(match[1], BOUNDARY.encode())


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # nothing to clean up: skips the interpreter's slow way out
