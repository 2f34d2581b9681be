"""Engines for tests: found, or the test is skipped; where UNLADEN_ENGINES names them, as CI does, it fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

from in_memory.engine import MemoryEngine
from in_memory.store import Store
from unladen.bases.sources import resolve
from unladen.engine.find import find_engine
from unladen.engine.interface import BuildRequest, Built, Engine, RunRequest
from unladen.errors import BaseMissing, BuildFailed, EngineMissing
from unladen.proof.interface import RequestCase, Response
from unladen.proof.replay import first_answer, replay
from unladen.session import cache_folder

docker_alone = pytest.mark.parametrize("engine", ["docker"], indirect=True)
"""For what is the same work with every engine."""
any_engine = pytest.mark.parametrize("engine", ["auto"], indirect=True, scope="module")
"""For what takes long and is the same work with every engine: on the engine that unladen would choose."""


MEMORY = Store()
"""The daemon, as it were, of all in-memory engines here: each is a session on it."""


def found(name: str, **environ: str) -> Engine:
    """The engine of this name, or any where it is "auto"; `environ` is set beside the environment."""
    if name == "in-memory":
        return MemoryEngine(MEMORY)
    try:
        return find_engine(name, environ={**os.environ, **environ})  # type: ignore[arg-type]
    except EngineMissing as missing:
        lacking(str(missing))


def provide(engine: Engine, *bases: str) -> None:
    """Sees to it that the engine has these base images."""
    for base in resolve(engine, bases, cache=cache_folder() / "bases").values():
        if isinstance(base, BaseMissing):
            lacking(str(base))


def busybox() -> Path:
    """A static program that is a shell and a hundred tools."""
    path = shutil.which("busybox")
    if path is None:
        lacking("no busybox: apt-get install busybox-static")
    return Path(path)


def lacking(what: str) -> NoReturn:
    """Ends a test for lack of something that `scripts/prepare engine tests` brings."""
    if os.environ.get("UNLADEN_ENGINES"):
        pytest.fail(f"UNLADEN_ENGINES says that nothing is missing here, but: {what}")
    pytest.skip(what)


def built(engine: Engine, request: BuildRequest) -> Built:
    """What a test begins with, built; tried twice, for a registry that does not answer once fails no test of ours."""
    try:
        return engine.build(request)
    except BuildFailed:
        return engine.build(request)


def answers(engine: Engine, image: str, *cases: RequestCase, health: str = "/health") -> dict[str, Response]:
    """What a fresh container of the image, which listens on port 8000, answers; by the ids of the cases."""
    container = engine.create(RunRequest(image, ports=(8000,)))
    container.start()
    try:
        port = container.host_port(8000)
        first_answer(container, "127.0.0.1", port, health, timeout=60)
        return replay(cases, f"http://127.0.0.1:{port}")
    finally:
        container.remove()


def get(path: str) -> RequestCase:
    """The case "GET path", whose id is the path."""
    return RequestCase(path, f"GET {path}", "GET", path)


def said(engine: Engine, image: str, *command: str) -> bytes:
    """What a fresh container of the image prints; its exit code is not looked at."""
    container = engine.create(RunRequest(image, command=command))
    container.start()
    try:
        return container.wait(60).stdout
    finally:
        container.remove()
