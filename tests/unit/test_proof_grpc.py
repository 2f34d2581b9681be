"""gRPC: what reflection names is asked, of real servers, and what differs is named."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import cast

import grpc
import pytest
from grpc_servers import SHOP, get, item, shop
from test_proof_ready import asked as ready
from test_proof_ready import greeting, http, listening, never, redis

from unladen.engine.interface import Container, ImageFacts
from unladen.proof import asking_grpc
from unladen.proof.accepts import speaks_http2
from unladen.proof.asking_grpc import call
from unladen.proof.compare import compare, volatility
from unladen.proof.interface import (
    Corpus,
    Program,
    ProofPlan,
    Recording,
    RequestCase,
    Response,
    StaticEvidence,
    Verdict,
)
from unladen.proof.level import level
from unladen.proof.record import Live
from unladen.proof.replay import replay
from unladen.proof.sources.configured import without_requests
from unladen.proof.sources.grpc import reflected
from unladen.proof.sources.interface import Surroundings

FACTS = ImageFacts("sha256:1", 0, (), "amd64", {}, (), ("app",), "", "/", (), "", {}, ())
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


def found(url: str) -> Corpus:
    return reflected(
        Surroundings(Program(50051), ProofPlan(), FACTS, Live(cast(Container, None), url, "http2"))
    )


def requests(corpus: Corpus) -> list[RequestCase]:
    return [case for case in corpus.cases if isinstance(case, RequestCase)]


def answers(corpus: Corpus, url: str) -> dict[str, Response]:
    """By route."""
    said = replay(requests(corpus), url)
    return {case.route.removeprefix("gRPC "): said[case.id] for case in requests(corpus)}


def recorded(corpus: Corpus, url: str) -> Recording:
    return Recording(replay(requests(corpus), url), stop_exit_code=0, speaks="http2")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with shop() as base_url:
        yield base_url


@pytest.fixture(scope="module")
def corpus(url: str) -> Corpus:
    return found(url)


def test_every_method_is_known_and_asked_and_what_destroys_comes_last_and_apart(corpus: Corpus) -> None:
    methods = tuple(f"gRPC shop.Shop/{name}" for name in SHOP)
    assert corpus.coverage.known == corpus.coverage.asked == methods and corpus.coverage.interface
    assert corpus.coverage.note == "6 of 6 methods of 1 gRPC service that its reflection names"
    first, health, *calls = requests(corpus)
    assert (first.path, first.rpc and first.rpc.reflection) == ("/shop.Shop", REFLECTION)
    assert (health.path, health.origin) == ("/grpc.health.v1.Health/Check", "health check")
    assert [case.route for case in calls if case.apart] == ["gRPC shop.Shop/DeleteAll"] == [calls[-1].route]


def test_answers_are_read_by_their_types(corpus: Corpus, url: str) -> None:
    said = answers(corpus, url)
    one = json.loads(said["shop.Shop/Get"].body)
    assert (one["name"], one["stock"]) == ("pen", 3) and one["sold"].startswith("20")
    assert [each["name"] for each in json.loads(said["shop.Shop/List"].body)] == ["pen 0", "pen 1", "pen 2"]
    assert (said["shop.Shop/Find"].code, said["shop.Shop/Find"].status) == ("INVALID_ARGUMENT", 400)
    assert said["shop.Shop/Find"].body == b"name is empty"
    assert (said["shop.Shop/Break"].code, said["shop.Shop/Break"].status) == ("UNKNOWN", 500)
    described = json.loads(said["shop.Shop"].body)
    assert described["methods"]["Watch"] == "shop.Query -> stream shop.Item"
    assert described["messages"]["shop.Item"]["sold"] == "3 optional google.protobuf.Timestamp"


def test_a_stream_without_an_end_is_left_after_its_first_messages(corpus: Corpus, url: str) -> None:
    watched = answers(corpus, url)["shop.Shop/Watch"]
    assert (watched.code, watched.status) == ("goes on", 200)
    assert [each["name"] for each in json.loads(watched.body)] == ["pen 0", "pen 1", "pen 2"]


def test_a_stream_that_pauses_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def paused(_: object, context: object) -> Iterator[bytes]:
        yield item("one")
        yield item("two")
        threading.Event().wait(3)

    monkeypatch.setattr(asking_grpc, "MORE", 0.3)
    with shop({"Watch": (paused, True)}) as url:
        watched = answers(found(url), url)["shop.Shop/Watch"]
    assert [each["name"] for each in json.loads(watched.body)] == ["one"]


def test_a_server_that_stops_answers_what_it_was_asked_before() -> None:
    server = grpc.server(ThreadPoolExecutor(2))

    def end(_: bytes, context: object) -> bytes:
        server.stop(5)
        threading.Event().wait(0.3)
        return b"\x0a\x03end"

    handlers = {"End": grpc.unary_unary_rpc_method_handler(end)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shop.Shop", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    said = call(f"http://127.0.0.1:{port}", "/shop.Shop/End", b"", timeout=5, streams=False)
    assert said.ended and said.messages == [b"\x0a\x03end"]


def test_a_server_without_reflection_is_said_to_be_so() -> None:
    with shop(reflects=False) as url:
        spoken = found(url)
        whole = without_requests(Corpus(()), 50051, spoken)
    assert [case.route for case in requests(whole)] == ["gRPC grpc.health.v1.Health/Check"]
    assert "gRPC was skipped, because the server has no reflection" in whole.coverage.note
    with shop(reflects=False, health=False) as url:
        whole = without_requests(Corpus(()), 50051, found(url))
    assert whole.cases == () and "reflection: only start and stop were compared" in whole.coverage.note


def compared(corpus: Corpus, url: str, other: str) -> Verdict:
    first, second = recorded(corpus, url), recorded(corpus, url)
    return compare(first, recorded(corpus, other), volatility(corpus, first, second), corpus)


def test_another_server_of_the_same_is_the_same_though_its_times_differ(corpus: Corpus, url: str) -> None:
    with shop() as other:
        verdict = compared(corpus, url, other)
    assert verdict.holds, verdict.mismatches
    assert verdict.failed_alike == ("gRPC /shop.Shop/Break (answers UNKNOWN)",)
    assert set(verdict.worth.answered) == {f"gRPC shop.Shop/{name}" for name in SHOP if name != "Break"}
    assert verdict.worth.starting == 1 and not verdict.worth.asked


def test_what_differs_is_named(corpus: Corpus, url: str) -> None:
    fewer = {name: way for name, way in SHOP.items() if name != "List"}
    changed = {**fewer, "Get": (lambda _, context: item(stock=4), False)}
    with shop(changed) as other:
        said = {each.request: each.difference for each in compared(corpus, url, other).mismatches}
    assert said["gRPC /shop.Shop/Get"] == "body $.stock: 3 became 4"
    assert said["gRPC /shop.Shop"].startswith(
        'body $.methods.List: "shop.Query -> stream shop.Item" became absent'
    )
    assert said["gRPC /shop.Shop/List"] == "status: OK became UNIMPLEMENTED"
    assert len(said) == 3


def test_a_service_that_is_gone_is_named(corpus: Corpus, url: str) -> None:
    with shop({}, named="shop.Other") as other:
        said = {each.request: each.difference for each in compared(corpus, url, other).mismatches}
    assert said["gRPC /shop.Shop"] == "status: OK became NOT_FOUND"


def test_fields_that_no_description_has_are_counted() -> None:
    more = item(sold=1_000_000_000) + b"\x7a\x03new"
    with shop({"Get": (lambda _, context: more, False)}) as url:
        one = answers(found(url), url)["shop.Shop/Get"]
    assert json.loads(one.body)["bytes of fields that are not described"] == 5


def test_methods_are_routes_for_the_level() -> None:
    with shop({"Get": (get, False)}) as one, shop({"Get": (get, False)}) as other:
        verdict = compared(found(one), one, other)
    assert level(replace(verdict, static=StaticEvidence(complete=True))) == "strong"


def test_a_port_that_speaks_http2_alone_is_found_by_its_handshake(url: str) -> None:
    port = int(url.rpartition(":")[2])
    assert ready(port).speaks == "http2"
    assert ready(port, speaks="http2").seconds < 1


@pytest.mark.parametrize("talk", [redis, greeting, http, never])
def test_what_speaks_something_else_is_no_http2(talk: object) -> None:
    with listening(talk) as port:  # type: ignore[arg-type]
        assert not speaks_http2("127.0.0.1", port)


def test_what_nobody_answers_or_is_no_grpc(url: str) -> None:
    [case, *_] = [case for case in requests(found(url)) if case.route.endswith("/Get")]
    with listening(redis) as port:
        said = replay([case], f"http://127.0.0.1:{port}")[case.id]
        assert not said.status and said.error.startswith(("not HTTP/2", "connection closed"))
    assert replay([case], f"http://127.0.0.1:{port}")[case.id].error == "connection refused"
    with listening(never) as port:
        assert replay([case], f"http://127.0.0.1:{port}")[case.id].error.startswith("connection closed")
