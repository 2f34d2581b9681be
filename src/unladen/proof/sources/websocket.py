"""A corpus from the WebSockets that are known: a handshake, the first message, and the reply to a text."""

from __future__ import annotations

from unladen.language.routes import WEBSOCKET
from unladen.proof.corpus import numbered
from unladen.proof.interface import NO_CASES, Corpus, Coverage, RequestCase
from unladen.proof.sources.filling import filled
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.routes import name_of

AT_MOST = 20
TEXT = b'{"message": "unladen"}'
"""A text to those that read text, and JSON to the rest."""


def spoken_to(around: Surroundings) -> Corpus:
    """Each WebSocket once, and its path without a handshake."""
    routes = [route for route in around.known.routes if route.method == WEBSOCKET]
    if around.live is None or not routes:
        return NO_CASES
    cases = []
    headers = tuple(around.known.headers.items())
    for route in routes[:AT_MOST]:
        path = filled(route)
        case = RequestCase("", name_of(route), "GET", path, headers, TEXT, "valid", route.origin, socket=True)
        plain = RequestCase("", name_of(route), "GET", path, headers, b"", "invalid", route.origin)
        cases += [case, plain]
    known = tuple(map(name_of, routes))
    note = f"{len(known)} WebSocket{'' if len(known) == 1 else 's'}"
    return Corpus(numbered(cases), Coverage(known, known[:AT_MOST], note, interface=True))
