"""Real gRPC servers for tests: a shop, whose methods are described here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import DESCRIPTOR as TIMESTAMP
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import HealthServicer
from grpc_reflection.v1alpha import reflection, reflection_pb2

STRING, INT32, MESSAGE = (
    FieldDescriptorProto.TYPE_STRING,
    FieldDescriptorProto.TYPE_INT32,
    FieldDescriptorProto.TYPE_MESSAGE,
)
Context = grpc.ServicerContext
Handler = Callable[[Any, Context], Any]
Methods = Mapping[str, tuple[Handler, bool]]
"""Methods by name, and whether each streams."""


def item(name: str = "pen", stock: int = 3, **more: int) -> bytes:
    """A shop.Item as its server sends it, sold now."""
    found = _message("Item")(name=name, stock=stock)
    found.sold.FromNanoseconds(more.get("sold") or time.time_ns())
    return bytes(found.SerializeToString())


def get(_: Any, context: Context) -> bytes:
    return item()


def watch(_: Any, context: Context) -> Iterator[bytes]:
    """Ten items and no end."""
    for number in range(10):
        yield item(f"pen {number}")
    threading.Event().wait(20)


def three(_: Any, context: Context) -> Iterator[bytes]:
    yield from (item(f"pen {number}") for number in range(3))


def broken(_: Any, context: Context) -> bytes:
    raise KeyError("no such shelf")


def refused(_: Any, context: Context) -> bytes:
    context.abort(grpc.StatusCode.INVALID_ARGUMENT, "name is empty")


SHOP: Methods = {
    "Get": (get, False),
    "Find": (refused, False),
    "Break": (broken, False),
    "Watch": (watch, True),
    "List": (three, True),
    "DeleteAll": (get, False),
}


def _file(methods: Methods = SHOP, named: str = "shop.Shop") -> FileDescriptorProto:
    file = FileDescriptorProto(
        name="shop.proto", package="shop", syntax="proto3", dependency=[TIMESTAMP.name]
    )
    query, found = file.message_type.add(name="Query"), file.message_type.add(name="Item")
    query.field.add(name="name", number=1, type=STRING, label=1)
    found.field.add(name="name", number=1, type=STRING, label=1)
    found.field.add(name="stock", number=2, type=INT32, label=1)
    found.field.add(name="sold", number=3, type=MESSAGE, label=1, type_name=".google.protobuf.Timestamp")
    service = file.service.add(name=named.rpartition(".")[2])
    for name, (_, streams) in methods.items():
        service.method.add(
            name=name, input_type=".shop.Query", output_type=".shop.Item", server_streaming=streams
        )
    return file


def _pool(methods: Methods = SHOP, named: str = "shop.Shop") -> DescriptorPool:
    pool = DescriptorPool()
    pool.AddSerializedFile(TIMESTAMP.serialized_pb)
    pool.AddSerializedFile(health_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(reflection_pb2.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(_file(methods, named).SerializeToString())
    return pool


def _message(name: str) -> Any:
    return GetMessageClass(_POOL.FindMessageTypeByName(f"shop.{name}"))


_POOL = _pool()


@contextmanager
def shop(
    methods: Methods = SHOP,
    *,
    named: str = "shop.Shop",
    reflects: bool = True,
    health: bool = True,
) -> Iterator[str]:
    """The base URL of a server of these methods."""
    server = grpc.server(ThreadPoolExecutor(8))
    handlers = {
        name: grpc.unary_stream_rpc_method_handler(way)
        if streams
        else grpc.unary_unary_rpc_method_handler(way)
        for name, (way, streams) in methods.items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(named, handlers),))
    names = [named, reflection.SERVICE_NAME]
    if health:
        health_pb2_grpc.add_HealthServicer_to_server(HealthServicer(), server)
        names.append("grpc.health.v1.Health")
    if reflects:
        reflection.enable_server_reflection(names, server, pool=_pool(methods, named))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop(0)
