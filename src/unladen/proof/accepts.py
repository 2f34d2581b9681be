"""Whether a port takes connections, for programs that speak something else than HTTP."""

from __future__ import annotations

import socket
import time
from typing import Literal

HELD = 0.2
"""Seconds that a connection has to last: an engine's own proxy accepts at once, and hangs up where nothing listens."""
NO_HTTP = "not HTTP"
"""How the error begins of an answer that came and was no HTTP."""
CLOSED = "connection closed"
"""How the error begins where no answer came."""
CONNECT = 1.0

Speaks = Literal["", "http", "http2", "tcp"]
"""http2: HTTP/2 alone, which a client has to know beforehand (gRPC)."""
ASKED_OTHERWISE = frozenset({"http2", "tcp"})
"""A port that speaks one of these is asked no request of HTTP/1.1."""
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
_SETTINGS = b"\4\0\0\0\0\0"
"""What follows the length of the first frame that a server sends: its type, no flags, the stream 0."""


def accepts(host: str, port: int) -> bool:
    """Whether the program takes a connection and keeps it, or greets on it."""
    try:
        with socket.create_connection((host, port), timeout=CONNECT) as open_one:
            open_one.settimeout(HELD)
            try:
                return bool(open_one.recv(1))
            except TimeoutError:
                return True
    except OSError:
        return False


def speaks_http2(host: str, port: int) -> bool:
    """Whether the port answers the preface of HTTP/2 (https://www.rfc-editor.org/rfc/rfc9113#section-3.4)."""
    try:
        with socket.create_connection((host, port), timeout=CONNECT) as open_one:
            open_one.sendall(_PREFACE)
            head = b""
            while len(head) < 9 and (more := open_one.recv(9 - len(head))):
                head += more
            return head[3:] == _SETTINGS
    except OSError:
        return False


class Silence:
    """Whether what answers no HTTP is ready all the same: twice in a row it answered something else; or twice and for
    `settle` seconds it hung up on requests, and kept a connection on which nothing was asked."""

    def __init__(self, host: str, port: int, settle: float) -> None:
        self._address, self._settle = (host, port), settle
        self._garbled = self._accepted = 0
        self.first = 0.0
        """When it first accepted, of time.monotonic()."""

    def hears(self, error: str) -> bool:
        """Takes the error of one request; True where the port is ready."""
        now = time.monotonic()
        garbled = error.startswith(NO_HTTP)
        if not garbled and not (error.startswith(CLOSED) and accepts(*self._address)):
            self._garbled = self._accepted = 0
            return False
        self._garbled = self._garbled + 1 if garbled else 0
        self._accepted += 1
        self.first = now if self._accepted == 1 else self.first
        return self._garbled >= 2 or (self._accepted >= 2 and now - self.first >= self._settle)
