"""Asks by gRPC, over HTTP/2 without TLS: one message is sent, the first answers and the status are read
(https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md)."""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from unladen.proof.accepts import CLOSED, NO_HTTP
from unladen.proof.interface import RequestCase, Response, Rpc

if TYPE_CHECKING:  # loaded where a port speaks HTTP/2
    from h2.connection import H2Connection
    from h2.events import Event

MESSAGES = 3
"""Messages of a stream that are kept."""
FIRST = 5.0
"""Seconds that a stream has for its first message."""
MORE = 2.0
"""Seconds for those that follow, and its end."""
LIMIT = 8 << 20
GOES_ON = "goes on"
"""Stands for the status of a stream that was left before its end."""
CODES: tuple[tuple[str, int], ...] = (
    ("OK", 200),
    ("CANCELLED", 499),
    ("UNKNOWN", 500),
    ("INVALID_ARGUMENT", 400),
    ("DEADLINE_EXCEEDED", 504),
    ("NOT_FOUND", 404),
    ("ALREADY_EXISTS", 409),
    ("PERMISSION_DENIED", 403),
    ("RESOURCE_EXHAUSTED", 429),
    ("FAILED_PRECONDITION", 400),
    ("ABORTED", 409),
    ("OUT_OF_RANGE", 400),
    ("UNIMPLEMENTED", 501),
    ("INTERNAL", 500),
    ("UNAVAILABLE", 503),
    ("DATA_LOSS", 500),
    ("UNAUTHENTICATED", 401),
)
"""gRPC's status codes from 0 on, and what each is in HTTP
(https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto)."""
_TARGET = ((":method", "POST"), (":scheme", "http"), (":authority", "localhost"))
_SENT = (
    ("te", "trailers"),
    ("content-type", "application/grpc"),
    ("user-agent", "unladen"),
    ("grpc-accept-encoding", "identity"),
)
_STREAM = 1
_HEAD, _LARGEST, _GOAWAY = 9, 1 << 14, 7
"""Of frames: the bytes before a payload, the longest payload, a type
(https://www.rfc-editor.org/rfc/rfc9113#section-4.1)."""
_PREFIX = 5
"""Bytes before each message: whether it is compressed, and its length."""


@dataclass
class Said:
    """What came back: the HTTP status, headers and trailers, whole messages; `ended` by the server itself."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    ended: bool = False
    _rest: bytes = b""

    def takes(self, data: bytes) -> None:
        self._rest += data
        while len(self._rest) >= _PREFIX:
            end = _PREFIX + int.from_bytes(self._rest[1:_PREFIX], "big")
            if len(self._rest) < end:
                break
            self.messages.append(self._rest[_PREFIX:end])
            self._rest = self._rest[end:]

    @property
    def too_large(self) -> bool:
        return len(self._rest) + sum(map(len, self.messages)) > LIMIT


def call(base_url: str, path: str, message: bytes, *, timeout: float, streams: bool) -> Said:
    """Sends one message to the method at `path` and reads until the server ends, or `timeout` seconds have passed. Of a
    method that `streams`, what came within FIRST and MORE seconds is enough, and so are MESSAGES.

    Raises OSError (TimeoutError where nothing more came), and h2's ProtocolError for what is no HTTP/2.
    """
    from h2.config import H2Configuration
    from h2.connection import H2Connection

    said, unread = Said(), b""
    until = time.monotonic() + (min(FIRST, timeout) if streams else timeout)
    connection = H2Connection(H2Configuration(client_side=True))
    connection.initiate_connection()
    connection.send_headers(_STREAM, [*_TARGET, (":path", path), *_SENT])
    connection.send_data(_STREAM, b"\0" + len(message).to_bytes(4, "big") + message, end_stream=True)
    with socket.create_connection(("127.0.0.1", urlsplit(base_url).port), timeout) as wire:
        while not (said.ended or said.too_large or (streams and len(said.messages) > MESSAGES)):
            wire.sendall(connection.data_to_send())
            before = len(said.messages)
            try:
                wire.settimeout(max(0.001, until - time.monotonic()))
                data = wire.recv(1 << 16)
            except TimeoutError:
                if streams:
                    break
                raise
            if not data:
                raise ConnectionError("closed")
            whole, unread = _without_farewell(unread + data)
            for event in connection.receive_data(whole):
                _hear(said, connection, event)
            if streams and said.messages and not before:
                until = time.monotonic() + MORE
        if not said.ended:
            connection.reset_stream(_STREAM, error_code=8)  # CANCEL
        connection.close_connection()
        with suppress(OSError):
            wire.sendall(connection.data_to_send())
    return said


def _without_farewell(data: bytes) -> tuple[bytes, bytes]:
    """The whole frames in `data`, and what is left. A GOAWAY without an error is left out: a server that stops answers
    what it was asked before, and h2 would not hear it any more."""
    kept, at = b"", 0
    while len(data) - at >= _HEAD:
        size = int.from_bytes(data[at : at + 3], "big")
        if size > _LARGEST:
            return kept + data[at:], b""  # h2 says what is wrong with it
        end = at + _HEAD + size
        if end > len(data):
            break
        if data[at + 3] != _GOAWAY or any(data[at + _HEAD + 4 : at + _HEAD + 8]):
            kept += data[at:end]
        at = end
    return kept, data[at:]


def _hear(said: Said, connection: H2Connection, event: Event) -> None:
    from h2 import events

    match event:
        case events.ResponseReceived() | events.TrailersReceived():
            for name, value in ((_text(n), _text(v)) for n, v in event.headers):
                if name == ":status":
                    said.status = int(value)
                else:
                    said.headers.append((name, value))
        case events.DataReceived():
            said.takes(event.data)
            connection.acknowledge_received_data(event.flow_controlled_length, _STREAM)
        case events.StreamEnded():
            said.ended = True
        case events.StreamReset() | events.ConnectionTerminated() if not said.ended:
            raise ConnectionError("closed")


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def ask_rpc(case: RequestCase, rpc: Rpc, base_url: str, timeout: float) -> Response:
    """The answer to a call; its body is JSON: the message, or an array of a stream's first ones. Where there is none,
    it is what the server says of its status."""
    from h2.exceptions import ProtocolError

    from unladen.proof.reflection import file_containing

    path, message = case.path, case.body
    if rpc.reflection:
        path, message = rpc.reflection, file_containing(case.path.strip("/"))
    streams = rpc.streams or bool(rpc.reflection)
    try:
        said = call(base_url, path, message, timeout=timeout, streams=streams)
    except ConnectionRefusedError:
        return Response(error="connection refused")
    except TimeoutError:
        return Response(error=f"no answer within {timeout:g} s")
    except OSError:
        return Response(error=f"{CLOSED} before the answer was complete")
    except ProtocolError as error:
        return Response(error=f"{NO_HTTP}/2: {type(error).__name__}")
    return _described(case, said) if rpc.reflection else _answer(rpc, said)


def _answer(rpc: Rpc, said: Said) -> Response:
    from unladen.proof.reflection import as_json

    cut: Literal["", "size"] = "size" if said.too_large else ""
    name, status = _status(said)
    if not said.messages:
        told = unquote(dict(said.headers).get("grpc-message", ""))
        headers = tuple(pair for pair in said.headers if pair[0] != "grpc-message")
        return Response(status, headers, told.encode(), cut=cut, code=name)
    # how far a stream got depends on the moment, unless it ended or had enough
    count = MESSAGES if said.ended or len(said.messages) > MESSAGES else 1
    read = [as_json(message, rpc.answers, rpc.schema) for message in said.messages[:count]]
    body = json.dumps(read if rpc.streams else read[0])
    return Response(status, tuple(said.headers), body.encode(), cut=cut, code=name)


def _described(case: RequestCase, said: Said) -> Response:
    """A service's methods and messages; where the server does not know it, that is the status."""
    from unladen.proof.reflection import description, error_in

    name, status = _status(said)
    if not said.messages:
        return Response(status, tuple(said.headers), code=name)
    if (number := error_in(said.messages[0])) is not None:
        name, status = _code(number)
        return Response(status, code=name)
    told = description(said.messages[0], case.path.strip("/"))
    return Response(200, (), json.dumps(told).encode(), code="OK")


def _status(said: Said) -> tuple[str, int]:
    """gRPC's status and HTTP's; of what is no gRPC HTTP's alone."""
    number = dict(said.headers).get("grpc-status", "")
    if number.isdecimal():
        return _code(int(number))
    return ("", said.status) if said.ended else (GOES_ON, said.status or 200)


def _code(number: int) -> tuple[str, int]:
    return CODES[number] if number < len(CODES) else (f"status {number}", 500)
