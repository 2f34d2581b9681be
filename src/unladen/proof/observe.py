"""An answer taken apart into single observations, so that every kind of it is masked and compared alike.

A key is a path from the whole to the part: ("status",), ("header", "vary"), ("body", "users", 0, "name"),
("stdout", "line 3"). A part is only looked at where what it belongs to is the same on both sides.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from unladen.proof.digest import digest
from unladen.proof.headers import header_fields
from unladen.proof.interface import Answer, CommandResult, Response
from unladen.proof.metrics import is_exposition, metric_values

Key = tuple[str | int, ...]

PARTS_LIMIT = 256 << 10
"""Bytes up to which contents are taken apart; larger ones are compared as a whole (an observation for each
number of a large JSON array would take hundreds of megabytes)."""

_NUMBERS = re.compile(
    r"0x[0-9a-fA-F]+|\b[0-9a-fA-F]{8,}\b|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d+"
)
_FICKLE_NAME = re.compile(
    r"(^|_)(p?pid|uptime|rss|vms|cpu_percent|memory_percent|elapsed|duration|took|latency)(_(ms|us|ns|s|seconds|mb|bytes))?$"
)
"""JSON numbers that tell of the process and the moment, not of the program. Two runs may agree on them by
chance ("uptime": 0), so they are masked by name."""


@dataclass(frozen=True)
class Seen:
    """One observation: `exact` is compared, `relaxed` is what remains of it once it is known to vary;
    `fickle` ones always count as known to vary."""

    exact: object
    relaxed: object
    fickle: bool = False


def observe(answer: Answer) -> dict[Key, Seen]:
    """Every observation of one answer, parents before their parts."""
    if isinstance(answer, CommandResult):
        return dict(_command(answer))
    return dict(_response(answer))


def mask_numbers(text: str) -> str:
    """The text with every number, address and id in it replaced by #."""
    return _NUMBERS.sub("#", text)


def _fixed(value: object) -> Seen:
    return Seen(value, value)


def _response(answer: Response) -> Iterator[tuple[Key, Seen]]:
    yield ("status",), _fixed(answer.code or answer.status or answer.error)
    if not answer.status:
        return
    for name, exact, relaxed, fickle in header_fields(answer.headers, mask_numbers):
        yield ("header", *name), Seen(exact, relaxed, fickle)
    yield ("cut",), _fixed(answer.cut)
    if answer.cut != "time":  # how far an endless answer got depends on the moment
        yield from _body(answer)
    elif first := first_event(answer):
        yield from _text(("body", "first event"), first)


def first_event(answer: Response) -> bytes:
    """The first event of a stream of them, once it is complete; nothing of any other answer."""
    if not dict(answer.headers).get("content-type", "").startswith("text/event-stream"):
        return b""
    event, end, _ = answer.body.replace(b"\r\n", b"\n").partition(b"\n\n")
    return event if end else b""


def _command(answer: CommandResult) -> Iterator[tuple[Key, Seen]]:
    yield ("exit code",), _fixed(answer.exit_code)
    yield from _contents(("stdout",), answer.stdout)
    yield from _contents(("stderr",), answer.stderr)
    for path, contents in sorted(answer.files.items()):
        folder, _, name = path.rpartition("/")
        yield from _contents(("file", folder, name), contents)


def _body(answer: Response) -> Iterator[tuple[Key, Seen]]:
    content_type = dict(answer.headers).get("content-type", "")
    if is_exposition(content_type):
        yield ("body",), _fixed("metrics")
        for name, labels, value, fickle in metric_values(answer.body.decode(errors="replace")):
            yield ("body", name, labels), Seen(value, "number", fickle)
    elif "event-stream" in content_type or "ndjson" in content_type:
        yield from _text(("body",), answer.body)  # JSON perhaps, but a line each
    else:
        yield from _contents(("body",), answer.body)


def _contents(key: Key, contents: bytes) -> Iterator[tuple[Key, Seen]]:
    """JSON by its structure, text by its lines, anything else by its bytes."""
    if not contents:
        yield key, _fixed("empty")
        return
    if contents.lstrip()[:1] in (b"{", b"["):
        try:
            value = json.loads(contents)
            if len(contents) > PARTS_LIMIT:
                contents = json.dumps(value, sort_keys=True).encode()
                yield key, Seen(digest([contents]), "JSON")
            else:
                yield from list(_json(key, value))
            return
        except (ValueError, RecursionError):
            pass  # not JSON after all, or deeper than anyone reads
    yield from _text(key, contents)


def _json(key: Key, value: object) -> Iterator[tuple[Key, Seen]]:
    match value:
        case dict():
            yield key, _fixed("object")
            for name, part in value.items():
                yield from _json((*key, str(name)), part)
        case list():
            yield key, _fixed(f"array of {len(value)}")
            for number, part in enumerate(value):
                yield from _json((*key, number), part)
        case bool() | None:
            yield key, Seen(json.dumps(value), "null" if value is None else "boolean")
        case int() | float():
            fickle = _FICKLE_NAME.search(str(key[-1]).lower()) is not None
            yield key, Seen("NaN" if math.isnan(value) else value, "number", fickle)
        case _:
            yield key, Seen(json.dumps(value, ensure_ascii=False), "text")


def _text(key: Key, contents: bytes) -> Iterator[tuple[Key, Seen]]:
    try:
        text = contents.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or len(contents) > PARTS_LIMIT:
        yield key, Seen(digest([contents]), "bytes")
        return
    lines = text.splitlines()
    yield key, _fixed(f"{len(lines)} lines")
    for number, line in enumerate(lines, 1):
        yield (*key, f"line {number}"), Seen(line, mask_numbers(line))
