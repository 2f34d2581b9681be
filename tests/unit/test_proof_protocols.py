"""Interfaces beside plain HTTP routes: WebSockets, GraphQL, documents that lie in the repository."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

import graphql
import pytest
from websockets.sync.server import Server, ServerConnection, serve

from unladen.engine.interface import Container, ImageFacts
from unladen.language.routes import WEBSOCKET, Route
from unladen.proof.interface import Corpus, Program, ProofPlan, RequestCase, Response
from unladen.proof.record import Live
from unladen.proof.replay import replay
from unladen.proof.sources.documents import documented, in_repository
from unladen.proof.sources.graphql import queried
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.introspected import Known
from unladen.proof.sources.websocket import spoken_to

FACTS = ImageFacts("sha256:1", 0, (), "amd64", {}, (), ("app",), "", "/", (), "", {}, ())


def around(url: str, *routes: Route, root: Path | None = None) -> Surroundings:
    live = Live(cast(Container, None), url)
    return Surroundings(Program(8000), ProofPlan(cases=10), FACTS, live, root=root, known=Known(routes))


@contextmanager
def running(server: Server | ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


# WebSockets


def chat(connection: ServerConnection) -> None:
    assert connection.request is not None
    if connection.request.path == "/greets":
        connection.send("welcome")
    if connection.request.path == "/bytes":
        connection.send(b"\0\1")
    for message in connection:
        if connection.request.path == "/closes":
            connection.close(4001, "no")
        connection.send(f"echo {message!r}")


@contextmanager
def sockets() -> Iterator[str]:
    with serve(chat, "127.0.0.1", 0) as server, running(server):
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}"


def test_what_a_websocket_says() -> None:
    routes = [Route(WEBSOCKET, path, "o") for path in ("/echo", "/greets", "/bytes", "/closes")]
    with sockets() as url:
        found = spoken_to(around(url, *routes))
        asked = [case for case in found.cases if isinstance(case, RequestCase)]
        answers = replay(asked, url)
    said = {case.path: answers[case.id] for case in asked if case.socket}
    echo = b"""echo '{"message": "unladen"}'"""
    assert said["/echo"].status == 101
    assert said["/echo"].body == b"first: nothing\nreply: " + echo
    assert said["/greets"].body == b"first: welcome\nreply: " + echo
    assert said["/bytes"].body.startswith(b"first: 2 bytes, sha256 ")
    assert said["/closes"].body == b"first: nothing\nreply: closed 4001 no"
    assert "sec-websocket-accept" not in dict(said["/echo"].headers)
    assert {answers[case.id].status for case in asked if not case.socket} == {426}
    assert found.coverage.known == tuple(f"WEBSOCKET {route.path}" for route in routes)


def test_a_handshake_that_is_refused_or_that_nobody_answers() -> None:
    case = RequestCase("1", "WEBSOCKET /ws", "GET", "/ws", socket=True)
    with api({}) as url:
        assert replay([case], url)["1"].status == 404
    assert replay([case], url)["1"] == Response(error="connection refused")


# HTTP


@contextmanager
def api(pages: dict[str, str], schema: graphql.GraphQLSchema | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.say(200 if self.path in pages else 404, pages.get(self.path, "nothing"))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if schema is None or self.path != "/api/graphql":
                self.say(404, "nothing")
                return
            result = graphql.graphql_sync(schema, json.loads(body)["query"], ROOT)
            self.say(200 if result.data is not None else 400, json.dumps(result.formatted))

        def say(self, status: int, text: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    with server, running(server):
        yield f"http://127.0.0.1:{server.server_port}"


SCHEMA = graphql.build_schema("""
    enum Colour { RED GREEN }
    input Filter { word: String! }
    type Author { name: String }
    type Book { title: String!  pages(unit: String!): Int  author: Author }
    type Query {
        hello: String
        books(most: Int = 3): [Book!]!
        book(id: ID!): Book
        painted(colour: Colour!): String
        found(filter: Filter!): String
    }
    type Mutation { add(title: String!): String }
""")
ROOT = {
    "hello": "world",
    "books": lambda info, most: [{"title": "a"}],
    "book": lambda info, id: {"title": id},
    "painted": lambda info, colour: str(colour),
    "add": lambda info, title: title,
}


def test_every_field_of_a_graphql_schema() -> None:
    with api({}, SCHEMA) as url:
        found = queried(around(url))
        asked = [case for case in found.cases if isinstance(case, RequestCase)]
        answers = replay(asked, url)
    assert found.coverage.known == tuple(
        f"POST /api/graphql {name}"
        for name in (
            "query hello",
            "query books",
            "query book",
            "query painted",
            "query found",
            "mutation add",
        )
    )
    assert found.coverage.never_asked == ("POST /api/graphql query found",)
    by_name = {case.route.removeprefix("POST /api/graphql").strip(): answers[case.id] for case in asked}
    assert json.loads(by_name["query books"].body) == {
        "data": {"books": [{"__typename": "Book", "title": "a"}]}
    }
    assert json.loads(by_name["query book"].body)["data"]["book"]["title"] == "1"
    assert json.loads(by_name["mutation add"].body) == {"data": {"add": "unladen"}}
    valid = [case for case in asked if case.kind == "valid"]
    assert all(answers[case.id].status == 200 for case in valid)
    assert [answers[case.id].status for case in asked if case.kind == "invalid"] == [400, 400]


def test_what_only_echoes_is_no_graphql() -> None:
    with api({"/graphql": "data"}) as url:
        assert queried(around(url)).cases == ()


# Documents


def document(server: str, **more: object) -> dict[str, object]:
    return {
        "openapi": "3.0.0",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": server}],
        "paths": {"/items": {"get": {"responses": {"200": {"description": "ok"}}}}},
        **more,
    }


def paths(found: Corpus) -> set[str]:
    return {case.path for case in found.cases if isinstance(case, RequestCase) and case.kind == "valid"}


@pytest.mark.parametrize(("served", "expected"), [("/v1/items", "/v1/items"), ("/items", "/items")])
def test_a_document_of_the_repository(served: str, expected: str, tmp_path: Path) -> None:
    """Its servers' prefix counts where the program answers there."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "openapi.json").write_text(json.dumps(document("https://example.com/v1")))
    with api({served: "[]"}) as url:
        found = documented(around(url, root=tmp_path))
    assert paths(found) == {expected}
    assert "the OpenAPI document in docs/openapi.json" in found.coverage.note
    assert found.coverage.known == ("GET /items",)


def test_a_document_of_another_program_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(document("/")))
    with api({"/other": ""}) as url:
        assert documented(around(url, root=tmp_path)).cases == ()


def test_what_a_document_refers_to_in_other_files(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "openapi.yaml").write_text(
        "openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    $ref: parts/a.yaml#/a\n"
    )
    (tmp_path / "api" / "parts").mkdir()
    (tmp_path / "api" / "parts" / "a.yaml").write_text(
        "a:\n  get:\n    responses: {'200': {$ref: '#/ok'}}\n    x: {$ref: '../../../outside.yaml'}\n"
        "ok: {description: fine}\n"
    )
    (tmp_path.parent / "outside.yaml").write_text("secret: 1\n")
    found, where = in_repository(tmp_path, lambda path: Response(200))
    assert found is not None and where == " in api/openapi.yaml"
    get = found["paths"]["/a"]["get"]
    assert get["responses"] == {"200": {"description": "fine"}}
    assert get["x"] == {"$ref": "../../../outside.yaml"}


def test_a_type_that_holds_itself_has_an_end(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(document("/", x={"$ref": "tree.json#/node"})))
    (tmp_path / "tree.json").write_text('{"node": {"left": {"$ref": "#/node"}, "right": {"$ref": "#/node"}}}')
    assert in_repository(tmp_path, lambda path: Response(200))[0] is not None


def test_the_document_is_asked_where_the_framework_says(tmp_path: Path) -> None:
    pages = {"/spec/v1.json": json.dumps(document("/")), "/items": "[]"}
    with api(pages) as url:
        plain = around(url)
        assert documented(plain).cases == ()
        known = Known((Route("GET", "/spec/v1.json", "o"), Route("GET", "/x/{id}", "o")))
        assert paths(documented(replace(plain, known=known))) == {"/items"}


def test_what_would_end_the_program_is_asked_apart_and_last(tmp_path: Path) -> None:
    """A program that ends amid the cases answers none of the rest, in both images alike."""
    told = document("/")
    told["paths"] = {
        path: {"get": {"responses": {"200": {"description": "ok"}}}}
        for path in ("/panic", "/items", "/admin/shutDown", "/stops/{stop}")
    }
    with api({"/openapi.json": json.dumps(told), "/items": "[]"}) as url:
        cases = [case for case in documented(around(url)).cases if isinstance(case, RequestCase)]
    apart = [case.apart for case in cases]
    assert {case.route for case in cases if case.apart} == {"GET /panic", "GET /admin/shutDown"}
    assert apart == sorted(apart)
