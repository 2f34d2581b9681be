"""What goes over the wire and what is made of the answers, against a server that answers byte by byte."""

from __future__ import annotations

import gzip
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from unladen.engine.interface import Container, Finished
from unladen.errors import NotHealthy
from unladen.proof.interface import RequestCase, Response
from unladen.proof.replay import BODY_LIMIT, KEPT, first_answer, getter, replay

CLOSED = "connection closed before the answer was complete"


class Server(socketserver.ThreadingTCPServer):
    """Records what it is sent and answers as told: by path, bytes (and how long to stay silent afterwards)."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.received: list[bytes] = []
        self.answers: dict[bytes, bytes] = {}
        self.silence = 0.0

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Handler(socketserver.BaseRequestHandler):
    server: Server

    def handle(self) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.request.recv(1 << 16)
        head, _, body = data.partition(b"\r\n\r\n")
        lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0].split(b":")[1]):
            body += self.request.recv(1 << 16)
        self.server.received.append(head + b"\r\n\r\n" + body)
        path = head.split(b" ")[1]
        self.request.sendall(self.server.answers.get(path, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
        time.sleep(self.server.silence)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running
        running.shutdown()


def get(
    path: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"", method: str = "GET"
) -> RequestCase:
    return RequestCase(path, f"{method} {path}", method, path, headers, body)


def asked(server: Server, case: RequestCase) -> Response:
    return replay([case], server.url)[case.id]


@pytest.mark.parametrize(
    "path", ["/a/../b/./c//", "/%zz%", "/?q=%00&&=;", "//x//?", "/" + "a" * 9000, "/ü".encode().hex()]
)
def test_the_path_goes_out_exactly_as_recorded(server: Server, path: str) -> None:
    asked(server, get(path if path.startswith("/") else f"/{path}"))
    assert server.received[0].split(b" ")[1].decode() in (path, f"/{path}")


def test_a_request_is_sent_with_its_own_headers_and_a_host_that_hides_the_port(server: Server) -> None:
    asked(
        server,
        get("/x", (("X-A", "é"), ("accept", "text/html"), ("Connection", "close")), b"body"),
    )
    lines = server.received[0].split(b"\r\n")
    assert lines[0] == b"GET /x HTTP/1.1"
    assert sorted(lines[1:7]) == [
        b"Accept-Encoding: gzip, deflate",
        b"Content-Length: 4",
        b"Host: localhost",
        b"User-Agent: unladen",
        b"X-A: \xe9",
        b"accept: text/html",
    ]
    assert lines[7:] == [b"", b"body"]  # a GET may have a body; no Connection header


def test_redirects_are_answers(server: Server) -> None:
    server.answers[b"/"] = b"HTTP/1.1 307 X\r\nLocation: http://localhost/y\r\nContent-Length: 0\r\n\r\n"
    answer = asked(server, get("/"))
    assert (answer.status, dict(answer.headers)["location"]) == (307, "http://localhost/y")
    assert len(server.received) == 1


def test_each_request_has_a_connection_of_its_own(server: Server) -> None:
    """The server never reads a second request from a connection: on a kept one, every other answer would fail."""
    answers = replay([get(f"/{n}") for n in range(20)], server.url)
    assert [answer.status for answer in answers.values()] == [200] * 20


def test_compressed_bodies_are_decoded_and_broken_ones_kept(server: Server) -> None:
    packed = gzip.compress(b"hello")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    server.answers = {b"/": head % len(packed) + packed, b"/broken": head % 5 + b"hello"}
    assert asked(server, get("/")).body == b"hello"
    assert ("content-encoding", "gzip") in asked(server, get("/")).headers
    assert asked(server, get("/broken")).body == b"hello"


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"", CLOSED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", CLOSED),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not HTTP"),
    ],
)
def test_broken_answers_in_words_that_do_not_change(server: Server, sent: bytes, error: str) -> None:
    server.answers[b"/"] = sent
    first, second = asked(server, get("/")), asked(server, get("/"))
    assert first == second
    assert first.status == 0
    assert first.error.startswith(error)


def test_nobody_there() -> None:
    with Server() as closed:
        url = closed.url
    assert replay([get("/")], url)["/"] == Response(error="connection refused")


def test_what_cannot_be_sent_is_an_answer_too(server: Server) -> None:
    assert asked(server, get("/", (("X", "a\nb"),))).error.startswith("cannot be sent")


def test_an_event_stream_is_cut_soon(server: Server) -> None:
    server.answers[b"/"] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"
    server.silence = 5
    began = time.monotonic()
    answer = asked(server, get("/"))
    assert (answer.status, answer.body, answer.cut) == (200, b"data: 1\n\n", "time")
    assert time.monotonic() - began < 3


def test_an_event_stream_has_time_for_its_first_event(server: Server) -> None:
    server.answers[b"/"] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    server.silence = 1.6
    began = time.monotonic()
    assert asked(server, get("/")).body == b""
    assert time.monotonic() - began > 1.5


def test_an_event_stream_that_ends_is_read_to_its_end(server: Server) -> None:
    events = b"data: 1\n\ndata: 2\n\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n"
    server.answers[b"/"] = head % len(events) + events
    answer = asked(server, get("/"))
    assert (answer.body, answer.cut) == (events, "")


def test_large_bodies_are_kept_by_their_digest_and_huge_ones_cut(server: Server) -> None:
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    server.answers = {b"/large": head + b"x" * (KEPT + 1), b"/huge": head + b"x" * (BODY_LIMIT + (1 << 20))}
    large, huge = asked(server, get("/large")), asked(server, get("/huge"))
    assert large.body.startswith(f"{KEPT + 1} bytes, sha256 ".encode())
    assert (large.cut, huge.cut) == ("", "size")


def test_only_this_host_is_asked() -> None:
    with pytest.raises(ValueError, match="127\\.0\\.0\\.1"):
        replay([get("/")], "http://example.com")


def test_a_getter_for_finding_documents(server: Server) -> None:
    assert getter(server.url)("/openapi.json").body == b"ok"


# Health


class Program:
    """Stands where a container would: it says whether it runs, and what it logged."""

    def __init__(self, runs: bool = True) -> None:
        self.runs = runs

    def running(self) -> bool:
        return self.runs

    def wait(self, timeout: float) -> Finished:
        return Finished(0, *self.logs(), 0.1)

    def logs(self) -> tuple[bytes, bytes]:
        return b"starting\n", b"ImportError: x\n"


def waiting(port: int, program: Program, path: str | None = "/", timeout: float = 3.0) -> float:
    container: Container = program  # type: ignore[assignment]
    return first_answer(container, "127.0.0.1", port, path, timeout=timeout).seconds


def status(code: int) -> bytes:
    return f"HTTP/1.1 {code} X\r\nContent-Length: 0\r\n\r\n".encode()


def test_a_program_is_healthy_from_its_first_good_answer_on(server: Server) -> None:
    server.answers[b"/"] = status(503)
    threading.Timer(0.3, lambda: server.answers.update({b"/": status(204)})).start()
    assert 0.25 < waiting(server.port, Program()) < 1.5


def test_without_a_health_path_any_answer_counts(server: Server) -> None:
    server.answers[b"/"] = status(404)
    assert waiting(server.port, Program(), path=None) < 1
    with pytest.raises(NotHealthy, match=r"it answers 404 after 0\.2 s"):
        waiting(server.port, Program(), path="/", timeout=0.2)


def test_a_health_check_that_keeps_failing_alike_is_taken_for_broken(server: Server) -> None:
    server.answers[b"/"] = status(500)
    container: Container = Program()  # type: ignore[assignment]
    healthy = first_answer(container, "127.0.0.1", server.port, "/", timeout=5, settle=0.3)
    assert healthy.status == 500
    assert healthy.seconds < 0.3  # the first of these answers
    server.answers[b"/"] = status(503)
    with pytest.raises(NotHealthy):
        first_answer(container, "127.0.0.1", server.port, "/", timeout=0.6, settle=0.3)


def test_the_port_that_was_believed_is_told_with_the_reason(server: Server) -> None:
    server.answers[b"/"] = status(503)
    believed = "port 80 of the container (config.go:91 Port: 80)"
    with pytest.raises(NotHealthy) as caught:
        container: Container = Program()  # type: ignore[assignment]
        first_answer(container, "127.0.0.1", server.port, "/", timeout=1.0, believed=believed)
    assert f"GET / on {believed}: it answers 503" in str(caught.value)


def test_a_program_that_ended_is_told_with_its_last_lines() -> None:
    with Server() as closed:
        port = closed.port
    with pytest.raises(NotHealthy, match="ended by itself") as caught:
        waiting(port, Program(runs=False))
    assert caught.value.detail == "starting\nImportError: x"
