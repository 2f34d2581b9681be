"""A WebSocket that is asked for, over a real socket."""

from __future__ import annotations

import socket
import threading

from unladen.proof.asking_websocket import ask_socket
from unladen.proof.interface import RequestCase

TRIES = 40
"""Whether the end comes before the handshake is sent is chance."""


def test_a_socket_that_is_closed_at_once_is_an_answer_and_no_traceback() -> None:
    """An engine's proxy takes the connection of a program that has ended, and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def close_all() -> None:
            for _ in range(TRIES):
                server.accept()[0].close()

        closing = threading.Thread(target=close_all, daemon=True)
        closing.start()
        case = RequestCase("ws", "WEBSOCKET /ws", "GET", "/ws")
        answers = [ask_socket(case, f"http://127.0.0.1:{server.getsockname()[1]}", 2.0) for _ in range(TRIES)]
        closing.join()
    assert all(answer.error and not answer.status for answer in answers)
