"""Stopping and starting again: what is asked after a restart, and what becomes of a request in flight."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.client import HTTPException, HTTPResponse

from unladen.engine.interface import Container
from unladen.proof.corpus import combined
from unladen.proof.interface import Corpus, RequestCase, Response
from unladen.proof.replay import sent_headers

RESTARTED = 10
"""Requests that are asked again after a restart."""
TO_TAKE_EFFECT = 0.3
"""Seconds that a program has to end after its signal, before the rest of the request in flight is sent: one that
ends at once has ended then."""
ANSWERED_WITHIN = 3.0
STOPPING = " stopping"
"""What the id of the case ends with that is asked while the program stops."""
CUT = "cut off by the stop"
NOT_ASKED = "not asked: the program does not end by its stop signal"


@dataclass(frozen=True)
class Stopped:
    """What came of a request in flight, and how the program ended then (None: it had to be killed)."""

    answer: Response
    exit_code: int | None


def with_restart(corpus: Corpus) -> Corpus:
    """The corpus with a few of its reading requests once more, for after a restart, and one that writes for while the
    program stops. Of reading requests those come first that read what was written."""
    requests = [case for case in corpus.cases if isinstance(case, RequestCase) and not case.apart]
    again = [replace(case, id=f"{case.id} restarted", when="restarted") for case in _reading(requests)]
    flying = [replace(case, id=f"{case.id}{STOPPING}", when="stopping") for case in _in_flight(requests)]
    return replace(corpus, cases=combined(corpus, Corpus((*again, *flying))).cases)


def _reading(requests: list[RequestCase]) -> list[RequestCase]:
    """One a route: the last, which is asked when everything was written."""
    reading = [case for case in requests if _reads(case) and case.kind != "invalid" and not case.body]
    written = {
        case.path.partition("?")[0] for case in requests if case.method not in ("GET", "HEAD", "OPTIONS")
    }
    last = {case.route: case for case in reading}

    def rank(case: RequestCase) -> int:
        path = case.path.partition("?")[0]
        return 0 if case.takes else 1 if path in written else 2

    return sorted(last.values(), key=rank)[:RESTARTED]


def _reads(case: RequestCase) -> bool:
    return case.method == "GET" or bool(case.rpc and case.rpc.reflection)


def _in_flight(requests: list[RequestCase]) -> Iterator[RequestCase]:
    """The first request with a body that needs nothing of others."""
    sending = [case for case in requests if case.method in ("POST", "PUT") and len(case.body) > 1]
    free = [case for case in sending if not (case.takes or case.session) and case.kind != "invalid"]
    yield from sorted(free, key=lambda case: case.kind != "valid")[:1]


def stop_in_flight(container: Container, port: int, case: RequestCase, grace: float) -> Stopped:
    """Sends half of a request, then the stop signal, then the rest. `port` is the host's. The container has ended
    afterwards."""
    head = "".join(f"{name}: {value}\r\n" for name, value in sent_headers(case))
    first = f"{case.method} {case.path} HTTP/1.1\r\n{head}Content-Length: {len(case.body)}\r\n\r\n".encode(
        "latin-1"
    )
    half = len(case.body) // 2
    answer = Response(error=CUT)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=ANSWERED_WITHIN) as connection:
            connection.sendall(first + case.body[:half])
            container.send_stop()
            select.select([connection], [], [], TO_TAKE_EFFECT)
            connection.sendall(case.body[half:])
            answer = _read(connection)
    except (OSError, HTTPException):
        answer = Response(error=CUT)
    finished = container.wait(grace)
    return Stopped(answer, finished.exit_code)


def _read(connection: socket.socket) -> Response:
    """The status alone: whether it was answered is what counts."""
    reply = HTTPResponse(connection)
    until = time.monotonic() + ANSWERED_WITHIN
    reply.begin()
    while time.monotonic() < until and reply.read(1 << 16):
        pass
    return Response(status=reply.status)


def stops_better(before: Response, after: Response) -> bool:
    """Whether a request in flight is answered where the baseline cuts it off."""
    return not before.status and 0 < after.status < 500
