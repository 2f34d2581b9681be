"""Is there a registry? Asked of real servers on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from unladen.bases.registry import answers, registry_of
from unladen.bases.run import run
from unladen.errors import BaseMissing


@pytest.mark.parametrize(
    ("reference", "host"),
    [
        ("python:3.11", "registry-1.docker.io"),
        ("someone/app", "registry-1.docker.io"),
        ("docker.io/library/python:3.11", "registry-1.docker.io"),
        ("gcr.io/distroless/static-debian12", "gcr.io"),
        ("localhost:5000/app:1", "localhost:5000"),
        ("registry.example.org/team/app@sha256:00", "registry.example.org"),
    ],
)
def test_the_first_part_names_the_registry(reference: str, host: str) -> None:
    assert registry_of(reference) == host


class Registry(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401 if self.path == "/v2/" else 404)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None: ...


class Portal(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def host(request: pytest.FixtureRequest) -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), request.param) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("host", [Registry], indirect=True)
def test_a_registry_that_wants_a_login_answers(host: str) -> None:
    assert answers(host)


@pytest.mark.parametrize("host", [Portal], indirect=True)
def test_a_web_page_is_no_registry(host: str) -> None:
    assert not answers(host)


def test_a_closed_port_does_not_answer() -> None:
    with HTTPServer(("127.0.0.1", 0), Portal) as server:
        port = server.server_port
    assert not answers(f"127.0.0.1:{port}")


def test_a_missing_tool_is_named_with_the_command_that_brings_it() -> None:
    with pytest.raises(
        BaseMissing, match="cannot assemble base images: no-such-tool is not installed"
    ) as error:
        run(["no-such-tool", "--version"])
    assert error.value.hint == "apt-get install no-such-tool"
