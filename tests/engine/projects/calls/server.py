"""A gRPC server with reflection: a name, the time, a count without an end, and a method that ends it."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from google.protobuf import descriptor_pool, empty_pb2, timestamp_pb2, wrappers_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc_reflection.v1alpha import reflection

file = FileDescriptorProto(name="calls.proto", package="calls", syntax="proto3")
file.dependency.extend(module.DESCRIPTOR.name for module in (empty_pb2, timestamp_pb2, wrappers_pb2))
service = file.service.add(name="Calls")
for name, answer, streams in (
    ("Name", "StringValue", False),
    ("Now", "Timestamp", False),
    ("Count", "Int32Value", True),
    ("Shutdown", "Empty", False),
):
    answer_type = f".google.protobuf.{answer}"
    service.method.add(
        name=name, input_type=".google.protobuf.Empty", output_type=answer_type, server_streaming=streams
    )
descriptor_pool.Default().AddSerializedFile(file.SerializeToString())


def name(request, context):
    return wrappers_pb2.StringValue(value="anna").SerializeToString()


def now(request, context):
    time = timestamp_pb2.Timestamp()
    time.GetCurrentTime()
    return time.SerializeToString()


def count(request, context):
    for number in range(1000):
        yield wrappers_pb2.Int32Value(value=number).SerializeToString()
    threading.Event().wait(60)


def shutdown(request, context):
    os.kill(os.getpid(), signal.SIGTERM)
    return b""


server = grpc.server(ThreadPoolExecutor(8))
methods = {
    "Name": grpc.unary_unary_rpc_method_handler(name),
    "Now": grpc.unary_unary_rpc_method_handler(now),
    "Count": grpc.unary_stream_rpc_method_handler(count),
    "Shutdown": grpc.unary_unary_rpc_method_handler(shutdown),
}
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("calls.Calls", methods)])
reflection.enable_server_reflection(["calls.Calls", reflection.SERVICE_NAME], server)
server.add_insecure_port("0.0.0.0:50051")
stopped = threading.Event()
signal.signal(signal.SIGTERM, lambda number, frame: stopped.set())
server.start()
stopped.wait()
server.stop(1).wait()
os._exit(0)  # a stream may wait still
