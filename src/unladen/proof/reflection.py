"""What gRPC's server reflection says, and messages read by it
(https://github.com/grpc/grpc/blob/master/doc/server-reflection.md; v1 and v1alpha are the same on the wire)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # loaded where a port speaks HTTP/2
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.descriptor_pool import DescriptorPool

METHODS = tuple(f"/grpc.reflection.{v}.ServerReflection/ServerReflectionInfo" for v in ("v1", "v1alpha"))
_BY_NAME, _BY_SYMBOL, _LIST = 3, 4, 7
"""Fields of a ServerReflectionRequest; all are strings."""
_FILES, _SERVICES, _ERROR = (4, 1), (6, 1, 1), (7, 1)
"""Where a ServerReflectionResponse has descriptors, the names of services, and the code of an error."""


def every_service() -> bytes:
    return _request(_LIST, "*")


def file_containing(symbol: str) -> bytes:
    return _request(_BY_SYMBOL, symbol)


def file_called(name: str) -> bytes:
    return _request(_BY_NAME, name)


def _request(number: int, text: str) -> bytes:
    from google.protobuf.wrappers_pb2 import StringValue

    # a message whose field 1 is a string, under another number
    return bytes([number << 3 | 2, *StringValue(value=text).SerializeToString()[1:]])


def services_in(answer: bytes) -> list[str]:
    """The names of services, sorted. Raises ValueError for what is no answer of reflection."""
    return sorted(name.decode() for name in _at(answer, *_SERVICES))


def files_in(answer: bytes) -> list[FileDescriptorProto]:
    """Raises ValueError for what is no answer of reflection."""
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.message import DecodeError

    try:
        return [FileDescriptorProto.FromString(each) for each in _at(answer, *_FILES)]
    except DecodeError as error:
        raise ValueError("no descriptor") from error


def error_in(answer: bytes) -> int | None:
    """The status code of an answer that says only that."""
    try:
        return next(_at(answer, *_ERROR), None)
    except ValueError:
        return None


def _at(message: bytes, *path: int) -> Iterator[Any]:
    """The values of a message's fields, by their numbers."""
    from google.protobuf.empty_pb2 import Empty
    from google.protobuf.message import DecodeError
    from google.protobuf.unknown_fields import UnknownFieldSet

    try:
        fields = UnknownFieldSet(Empty.FromString(message))
    except (DecodeError, TypeError) as error:
        raise ValueError("no message") from error
    for each in fields:
        if each.field_number == path[0]:
            yield from _at(each.data, *path[1:]) if path[1:] else (each.data,)


def description(answer: bytes, service: str) -> dict[str, dict[str, Any]]:
    """The methods of a service, and the messages of the file that it is in: what a client was made with."""
    try:
        files = files_in(answer)
    except ValueError:
        files = []
    for file in files:
        for each in file.service:
            if _full(file, each.name) == service:
                return {
                    "methods": {m.name: f"{_side(m, 'client')} -> {_side(m, 'server')}" for m in each.method},
                    "messages": {
                        _full(file, m.name): {f.name: _field(f) for f in m.field} for m in file.message_type
                    },
                }
    return {}


def _full(file: FileDescriptorProto, name: str) -> str:
    return f"{file.package}.{name}" if file.package else name


def _side(method: Any, side: str) -> str:
    of = method.input_type if side == "client" else method.output_type
    return ("stream " if getattr(method, f"{side}_streaming") else "") + str(of).lstrip(".")


def _field(field: Any) -> str:
    """ "2 repeated string", "3 optional shop.Item"."""
    label = field.Label.Name(field.label).removeprefix("LABEL_").lower()
    kind = field.type_name.lstrip(".") or field.Type.Name(field.type).removeprefix("TYPE_").lower()
    return f"{field.number} {label} {kind}"


def as_json(message: bytes, of: str, schema: bytes) -> object:
    """A message of the type `of` by its fields, as protobuf's JSON has them; its bytes in base64 where `schema` (a
    serialized FileDescriptorSet) does not say what they are."""
    from google.protobuf import json_format
    from google.protobuf.message import DecodeError
    from google.protobuf.message_factory import GetMessageClass

    try:
        pool = _pool(schema)
        found = GetMessageClass(pool.FindMessageTypeByName(of)).FromString(message)
        size = found.ByteSize()
        found.DiscardUnknownFields()
        said = json_format.MessageToDict(
            found,
            always_print_fields_with_no_presence=True,  # 0 is not sent
            preserving_proto_field_name=True,
            descriptor_pool=pool,
        )
    except (KeyError, TypeError, ValueError, DecodeError, json_format.Error):
        return base64.b64encode(message).decode()
    if unknown := size - found.ByteSize():
        return {"message": said, "bytes of fields that are not described": unknown}
    return said


@lru_cache(8)
def _pool(schema: bytes) -> DescriptorPool:
    """Raises TypeError for files that do not fit together."""
    from google.protobuf.descriptor_pb2 import FileDescriptorSet
    from google.protobuf.descriptor_pool import DescriptorPool

    pool = DescriptorPool()
    left = {file.name: file for file in FileDescriptorSet.FromString(schema).file}

    def add(name: str) -> None:
        file = left.pop(name, None)
        if file is not None:
            for needed in file.dependency:
                add(needed)
            pool.Add(file)

    for name in list(left):
        add(name)
    return pool
