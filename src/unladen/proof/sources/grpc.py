"""A corpus from gRPC's server reflection: each service's description, each method with an empty message, and health."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from unladen.proof.asking_grpc import call
from unladen.proof.corpus import numbered
from unladen.proof.interface import NO_CASES, Corpus, Coverage, RequestCase, Rpc
from unladen.proof.reflection import (
    METHODS,
    every_service,
    file_called,
    file_containing,
    files_in,
    services_in,
)
from unladen.proof.replay import TIMEOUT
from unladen.proof.sources.destructive import destroys
from unladen.proof.sources.interface import Surroundings

if TYPE_CHECKING:  # loaded where a port speaks HTTP/2
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

AT_MOST = 200
"""Methods that are called."""
HEALTH = "grpc.health.v1.Health"
_CHECK = RequestCase(
    "", f"gRPC {HEALTH}/Check", "gRPC", f"/{HEALTH}/Check", kind="valid", origin="health check", rpc=Rpc()
)
_OWN = (HEALTH, "grpc.reflection.")
"""Services that are asked apart, or tell of others alone."""
NO_REFLECTION = "gRPC was skipped, because the server has no reflection"


def reflected(around: Surroundings) -> Corpus:
    """What the server's reflection names. Methods that sound as if they destroyed something come last, apart."""
    live = around.live
    if live is None:
        return NO_CASES
    health = [_CHECK] if live.ask(_CHECK).status == 200 else []
    for method in METHODS:
        answer = _told(live.url, method, every_service())
        if answer is not None:
            return _corpus(live.url, method, services_in(answer), health)
    return Corpus(
        numbered(health), Coverage(note=f"port {around.program.port} speaks HTTP/2; {NO_REFLECTION}")
    )


def _corpus(url: str, reflection: str, services: list[str], health: list[RequestCase]) -> Corpus:
    named = [name for name in services if not name.startswith(_OWN)]
    described = [
        RequestCase(
            "",
            f"gRPC {name}",
            "gRPC",
            f"/{name}",
            kind="valid",
            origin="gRPC",
            rpc=Rpc(reflection=reflection),
        )
        for name in named
    ]
    methods = [case for name in named for case in _methods(name, _files(url, reflection, name))]
    asked = sorted(methods[:AT_MOST], key=lambda case: case.apart)
    note = (
        f"{len(asked)} of {len(methods)} methods of {len(named)} gRPC service{'' if len(named) == 1 else 's'}"
    )
    coverage = Coverage(
        known=tuple(case.route for case in methods),
        asked=tuple(case.route for case in asked),
        note=f"{note} that its reflection names",
        interface=bool(methods),
    )
    return Corpus(numbered([*described, *health, *asked]), coverage)


def _methods(service: str, files: list[FileDescriptorProto]) -> Iterator[RequestCase]:
    from google.protobuf.descriptor_pb2 import FileDescriptorSet

    schema = FileDescriptorSet(file=files).SerializeToString(deterministic=True)
    package, _, name = service.rpartition(".")
    for file in files:
        for each in file.service:
            if (file.package, each.name) != (package, name):
                continue
            for method in each.method:
                yield RequestCase(
                    "",
                    f"gRPC {service}/{method.name}",
                    "gRPC",
                    f"/{service}/{method.name}",
                    kind="valid",
                    origin="gRPC",
                    apart=destroys(f"/{method.name}"),
                    rpc=Rpc(method.output_type.lstrip("."), schema, streams=method.server_streaming),
                )


def _files(url: str, reflection: str, service: str) -> list[FileDescriptorProto]:
    """The file that a service is described in, and those that it needs: some servers send them all at once."""
    found: dict[str, FileDescriptorProto] = {}
    wanted = [file_containing(service)]
    asked: set[str] = set()
    while wanted:
        answer = _told(url, reflection, wanted.pop())
        found |= {file.name: file for file in files_in(answer or b"")}
        missing = {name for file in found.values() for name in file.dependency} - found.keys() - asked
        asked |= missing
        wanted += map(file_called, sorted(missing))
    return list(found.values())


def _told(url: str, reflection: str, request: bytes) -> bytes | None:
    """The answer of reflection, None where there is none."""
    from h2.exceptions import ProtocolError

    try:
        said = call(url, reflection, request, timeout=TIMEOUT, streams=True)
        answer = said.messages[0] if said.messages else None
        if answer is not None:
            services_in(answer), files_in(answer)
    except (OSError, ProtocolError, ValueError):
        return None
    return answer
