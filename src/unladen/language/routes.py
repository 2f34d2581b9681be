"""What a program answers to, as its framework or its source says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

WEBSOCKET = "WEBSOCKET"
"""The "method" of a route that answers a WebSocket's handshake."""


@dataclass(frozen=True)
class Route:
    """One method of one path. `path` is a template whose parameters are {name}; `parameters` says what each takes:
    "int", "float", "uuid", "slug", "path" (slashes too), "str", or a regular expression. `examples` are values that
    exist: the files of a folder that is served. `origin` is shown: "Flask's url_map", "net/http in main.go:12"."""

    method: str
    path: str
    origin: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    examples: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Routes:
    """How a language finds the routes of a program.

    `known` are those that the project's source registers. `script` is run in the baseline's own container by the
    first of `commands` that is there, with the text on standard input and the image's start command as further
    arguments; it prints one JSON object, {"routes": [{"method", "path", "origin", "parameters", "examples"}],
    "headers": {…}, "note": "…"}: a path is a list of parts, texts and {"regex": "…"}; the headers are those without
    which every request is refused; the note says why there are no routes.
    """

    known: tuple[Route, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    script: str = ""
