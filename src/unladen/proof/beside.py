"""The services that a program needs beside it, fresh for each recording: own containers, in a network of their own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from unladen.dockerfile.compose import Service
from unladen.engine.interface import Container, Engine, RunRequest
from unladen.errors import EngineFailed
from unladen.proof.accepts import accepts
from unladen.proof.command import NOT_FOUND, copy_in
from unladen.proof.interface import Program
from unladen.proof.replay import last_lines

READY_WITHIN = 60.0
"""Seconds that a service has to be ready in."""
CHECK_TIMEOUT = 10.0
NOT_EXECUTABLE = 126
POLL = 0.1
CANNOT_USE = "cannot use the service {}: "
"""How the error begins of one that does not become ready."""


@contextmanager
def beside(engine: Engine, program: Program) -> Iterator[Program]:
    """The program, as it is run while its services run, which is as long as the block lasts. Where they run already, or
    there are none, it is as it was. Raises EngineFailed where one does not become ready."""
    if program.network or not program.services:
        yield program
        return
    with ExitStack() as running:
        network = opened(engine, running)
        for service in program.services:
            start(engine, service, network, running)
        yield replace(program, network=network)


def opened(engine: Engine, running: ExitStack) -> str:
    """A network that is removed when `running` ends."""
    network = engine.network()
    running.callback(engine.remove_network, network)
    return network


def start(engine: Engine, service: Service, network: str, running: ExitStack) -> None:
    """Starts one, waits until it is ready, and has it removed when `running` ends. Raises EngineFailed."""
    container = engine.create(
        RunRequest(
            image=service.image,
            command=service.command,
            entrypoint=service.entrypoint,
            env=service.env,
            ports=() if service.ready is None else (service.ready,),
            joins=network,
            aliases=(service.name, *service.aliases),
        )
    )
    running.callback(container.remove)
    for target, source in service.copies:
        copy_in(container, source, target)
    container.start()
    end = time.monotonic() + READY_WITHIN
    while not _ready(container, service):
        if not container.running():
            raise _failed(service, "it ended by itself", container)
        if time.monotonic() > end:
            raise _failed(service, f"it was not ready within {READY_WITHIN:g} s", container)
        time.sleep(POLL)


def _ready(container: Container, service: Service) -> bool:
    """By its own check, and at its port: while a database fills itself, its check may pass already."""
    try:
        if service.check:
            code = container.exec(service.check, timeout=CHECK_TIMEOUT).exit_code
            if code not in (0, NOT_FOUND, NOT_EXECUTABLE):  # what checks may not be in the image
                return False
        return service.ready is None or accepts("127.0.0.1", container.host_port(service.ready))
    except EngineFailed:  # it has ended meanwhile, or fails to start
        if container.running():
            raise
        return False


def _failed(service: Service, why: str, container: Container) -> EngineFailed:
    log = last_lines(container.logs())
    what = CANNOT_USE.format(service.name) + why
    said = f" (it says: {log.splitlines()[-1].strip()})" if log else ""
    return EngineFailed(f"{what}{said}", detail=log)
