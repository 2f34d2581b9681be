"""When a program is ready whose port does not speak HTTP: redis, postgres, a line protocol."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from unladen.engine.interface import Container
from unladen.errors import NotHealthy
from unladen.proof.replay import Healthy, _hint, first_answer

Talk = Callable[[socket.socket], None]


class Running:
    """What `first_answer` asks of a container: that it runs, and its log."""

    def running(self) -> bool:
        return True

    def logs(self) -> tuple[bytes, bytes]:
        return b"", b""


@contextmanager
def listening(talk: Talk, after: float = 0.0) -> Iterator[int]:
    """A port of this machine on which `talk` answers each connection; before `after` seconds it hangs up at once, as
    the proxy of an engine does."""
    begun = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = server.accept()
                    threading.Thread(target=answer, args=(peer,), daemon=True).start()

        def answer(peer: socket.socket) -> None:
            with peer, suppress(OSError):
                if time.monotonic() - begun >= after:
                    talk(peer)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def redis(peer: socket.socket) -> None:
    if peer.recv(1000):
        peer.sendall(b"-ERR wrong number of arguments for 'get' command\r\n")


def postgres(peer: socket.socket) -> None:
    """It hangs up on what is no startup packet, and waits for one."""
    peer.recv(1000)


def greeting(peer: socket.socket) -> None:
    peer.sendall(b"220 mail.example ESMTP\r\n")
    peer.recv(1000)


def http(peer: socket.socket) -> None:
    if peer.recv(1000):
        peer.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def never(peer: socket.socket) -> None:
    """As the engine's proxy: it accepts, and there is nobody behind it."""


def asked(port: int, path: str | None = None, timeout: float = 5.0, **more: object) -> Healthy:
    container: Container = Running()  # type: ignore[assignment]
    return first_answer(
        container,
        "127.0.0.1",
        port,
        path,
        timeout=timeout,
        settle=0.5,
        believed="port 6379",
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("talk", [redis, postgres, greeting])
def test_a_port_that_accepts_and_answers_no_http_is_ready(talk: Talk) -> None:
    begun = time.monotonic()
    with listening(talk, after=0.3) as port:
        found = asked(port, started_at=begun)
    assert found.speaks == "tcp" and 0.25 <= found.seconds < 3


def test_what_speaks_http_is_no_such_port() -> None:
    with listening(http, after=0.3) as port:
        assert (asked(port).speaks, asked(port).status) == ("http", 404)


def test_where_nothing_listens_behind_the_engines_proxy_the_error_names_the_port() -> None:
    with listening(never) as port, pytest.raises(NotHealthy, match="GET / on port 6379: connection closed"):
        asked(port, timeout=1.5)


@pytest.mark.parametrize(("path", "more"), [("/health", {}), (None, {"speaks": "http"})])
def test_a_port_that_has_to_speak_http_is_not_ready_by_accepting(
    path: str | None, more: dict[str, object]
) -> None:
    """Its health path is known, or the baseline spoke HTTP."""
    with listening(redis) as port, pytest.raises(NotHealthy):
        asked(port, path, timeout=1.5, **more)


def test_what_is_known_to_speak_no_http_is_asked_nothing() -> None:
    heard: list[bytes] = []

    def deaf(peer: socket.socket) -> None:
        heard.append(peer.recv(1000))

    with listening(deaf, after=0.3) as port:
        assert asked(port, speaks="tcp").speaks == "tcp"
        time.sleep(0.3)
    assert set(heard) == {b""}


@pytest.mark.parametrize(
    ("line", "port"),
    [
        ("Running on http://127.0.0.1:5000", "5000"),
        ("Listening on [::]:8080", "8080"),
        ('{"ts":"07:32:24","pid":4321,"msg":"Starting","addr":":9898"}', "9898"),
        ('{"msg":"Starting","version":"6.9.1","port":"9797"}', "9797"),
        ("server started on port 3000", "3000"),
        ("listening addr=:8081", "8081"),
        ("2026-11-26 07:32:24 main.go:153 ready, 12345 keys", ""),
        ('{"pid":4321,"took":1234}', ""),
        ("connected to db:5432", ""),
    ],
)
def test_the_port_that_a_log_names_is_said(line: str, port: str) -> None:
    said = f"its log names port {port} (port = {port} in unladen.toml, if that is it); "
    assert _hint(line, "port 80").startswith(said if port else "it has to listen")
    assert "its log names port" not in _hint(line, f"port {port} of the container (EXPOSE)")


def test_a_program_that_listens_to_its_own_container_alone_is_told_so() -> None:
    said = _hint("serving http://localhost:8080", "port 8080 of the container (a flag)")
    assert said.startswith("its log names localhost, which nothing outside of its container reaches")
    assert "port = 5000" in _hint("Running on http://127.0.0.1:5000", "port 80")
