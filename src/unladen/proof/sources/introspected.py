"""What the running program's framework says of its routes, asked inside its container."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unladen.engine.interface import Container, Finished
from unladen.errors import EngineFailed
from unladen.language import patterns
from unladen.language.routes import Route, Routes

TIMEOUT = 120.0
NOT_THERE = frozenset({126, 127})
"""Exit codes for a program that is not there or cannot be executed."""


@dataclass(frozen=True)
class Known:
    """The program's routes, the headers without which it refuses every request, and why it told no more."""

    routes: tuple[Route, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


NOTHING_KNOWN = Known()


def ask_framework(container: Container, start: Sequence[str], ways: Iterable[Routes]) -> Known:
    """What each language's script finds in the running container; where that is nothing, what its source registers.
    `start` is the image's start command."""
    routes: list[Route] = []
    headers: dict[str, str] = {}
    notes: list[str] = []
    for way in ways:
        said = _said(container, start, way) if way.script else {}
        found = tuple(_routes(said.get("routes", ())))
        routes += found or way.known
        headers |= said.get("headers", {})
        notes += [said["note"]] if said.get("note") else []
    note = "" if routes or not notes else f"no routes from the framework: {'; '.join(notes)}"
    once = {(route.method, route.path): route for route in reversed(routes)}
    return Known(tuple(reversed(once.values())), headers, note)


def _said(container: Container, start: Sequence[str], way: Routes) -> Mapping[str, Any]:
    """The script's answer; nothing where none of the commands is there."""
    for command in way.commands:
        try:
            ran = container.exec((*command, *start), stdin=way.script.encode(), timeout=TIMEOUT)
        except EngineFailed as error:
            return {"note": str(error)}
        if ran.exit_code not in NOT_THERE:
            return _read(ran)
    return {}


def _read(ran: Finished) -> Mapping[str, Any]:
    if ran.exit_code is None:
        return {"note": f"it was not asked to the end within {TIMEOUT:g} s"}
    try:
        said = json.loads(ran.stdout)
    except ValueError:
        said = None
    if isinstance(said, dict):
        return said
    lines = ran.stderr.decode(errors="replace").strip().splitlines()
    return {"note": lines[-1] if lines else f"exit code {ran.exit_code}"}


def _routes(said: Iterable[Mapping[str, Any]]) -> Iterable[Route]:
    for each in said:
        parameters, examples = dict(each["parameters"]), dict(each["examples"])
        path = ""
        for part in each["path"]:
            if isinstance(part, str):
                path = _joined(path, part)
            elif found := patterns.template(part["regex"]):
                path = _joined(path, found.path)
                examples = {name: (value,) for name, value in found.examples.items()} | examples
                parameters = {name: _kind(value) for name, value in found.examples.items()} | parameters
        path = "/" + path.lstrip("/")
        named = {name: kind for name, kind in parameters.items() if f"{{{name}}}" in path}
        yield Route(each["method"], path, each["origin"], named, examples)


def _joined(path: str, part: str) -> str:
    return path + (part.lstrip("/") if path.endswith("/") else part)


def _kind(example: str) -> str:
    return "int" if example == "1" else "str"
