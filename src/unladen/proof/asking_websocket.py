"""Asks a WebSocket: its handshake, the first message, and what it says to a text."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from unladen.proof.digest import digest
from unladen.proof.interface import RequestCase, Response

if TYPE_CHECKING:  # loaded when a program has one
    from websockets.sync.client import ClientConnection

URL = "ws://localhost"
ORIGIN = "http://localhost"
GREETING = 1.3
"""Seconds that a program has to speak first: some say something every second."""
REPLY = 3.0
LIMIT = 1 << 20
_OWN = frozenset({"host", "upgrade", "connection", "origin", "user-agent", "accept-encoding", "accept"})
_OF_THE_KEY = "sec-websocket-accept"
"""It answers to a random key."""


def ask_socket(case: RequestCase, base_url: str, timeout: float) -> Response:
    """The answer to the handshake; its body has a line for each message: the one that came by itself, and the first one
    after `case.body` was sent as a text."""
    from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus
    from websockets.sync.client import connect

    port = urlsplit(base_url).port
    try:
        plain = socket.create_connection(("127.0.0.1", port), timeout)
    except OSError:
        return Response(error="connection refused")
    headers = [(name, value) for name, value in case.headers if name.lower() not in _OWN]
    options: dict[str, Any] = {
        "sock": plain,
        "origin": ORIGIN,
        "additional_headers": headers,
        "user_agent_header": "unladen",
        "compression": None,
        "open_timeout": timeout,
        "close_timeout": 1.0,
        "ping_interval": None,
        "max_size": LIMIT,
        "proxy": None,
    }
    try:
        with connect(URL + case.path, **options) as connection:
            status, said = connection.response, b"\n".join(_messages(connection, case.body))
            return (
                Response(101, _headers(status.headers) if status else (), said) if status else Response(101)
            )
    except InvalidStatus as refused:
        return Response(
            refused.response.status_code,
            _headers(refused.response.headers),
            bytes(refused.response.body or b""),
        )
    except (InvalidHandshake, InvalidMessage) as error:
        return Response(error=f"no handshake: {type(error).__name__}")
    # an engine's proxy accepts for a program that is gone, and closes then
    except (TimeoutError, OSError, EOFError, ConnectionClosed):
        return Response(error="connection closed before the handshake was complete")
    finally:
        plain.close()


def _messages(connection: ClientConnection, text: bytes) -> Iterator[bytes]:
    yield b"first: " + _next(connection, GREETING)
    from websockets.exceptions import ConnectionClosed

    with suppress(ConnectionClosed):
        connection.send(text.decode(errors="replace"))
    yield b"reply: " + _next(connection, REPLY)


def _next(connection: ClientConnection, seconds: float) -> bytes:
    from websockets.exceptions import ConnectionClosed

    try:
        message = connection.recv(timeout=seconds)
    except TimeoutError:
        return b"nothing"
    except ConnectionClosed as closed:
        return (
            b"closed" if closed.rcvd is None else f"closed {closed.rcvd.code} {closed.rcvd.reason}".encode()
        )
    if isinstance(message, str):
        return message.encode()
    return digest([message]).encode()


def _headers(headers: Any) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower(), value) for name, value in headers.raw_items() if name.lower() != _OF_THE_KEY)
