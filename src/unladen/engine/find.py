"""Finds the container engine of this host."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from unladen.engine.answers import last_line
from unladen.engine.client import Client
from unladen.engine.docker import DockerEngine
from unladen.engine.interface import BuilderName, Engine
from unladen.engine.owned import new_session
from unladen.engine.podman import PodmanEngine, podman_client
from unladen.errors import EngineMissing

EngineChoice = Literal["auto", "docker", "podman"]

ANSWER = 15.0
"""Seconds a client has to answer a question about itself."""
BUILDKIT_INSIDE = (20, 10)
"""Docker servers from here on build RUN --mount without a frontend image."""
BUILDX_NEEDED = (23, 0)
"""Docker clients from here on do BuildKit through the buildx plugin alone."""


@dataclass(frozen=True)
class Candidate:
    """An engine that was looked for. `engine` is None where it cannot be used: `why` says why, `fix` is the
    command that changes it."""

    name: Literal["docker", "podman"]
    engine: Engine | None
    why: str = ""
    fix: str = ""


def find_engine(
    choice: EngineChoice = "auto", session: str | None = None, environ: Mapping[str, str] = os.environ
) -> Engine:
    """The engine to use: the chosen one; else a docker whose daemon answers, else podman, which needs none.

    Raises EngineMissing with the command that fixes it.
    """
    looked = available_engines(session, environ, ("docker", "podman") if choice == "auto" else (choice,))
    for candidate in looked:
        if candidate.engine is not None:
            return candidate.engine
    reasons = "; ".join(f"{candidate.name}: {candidate.why}" for candidate in looked)
    raise EngineMissing(f"cannot find a container engine: {reasons}", hint=looked[-1].fix)


def available_engines(
    session: str | None = None,
    environ: Mapping[str, str] = os.environ,
    names: tuple[Literal["docker", "podman"], ...] = ("docker", "podman"),
) -> tuple[Candidate, ...]:
    """What was found, and why not what was not."""
    session = session or new_session()
    look = {"docker": _docker, "podman": _podman}
    return tuple(look[name](session, environ) for name in names)


def _docker(session: str, environ: Mapping[str, str]) -> Candidate:
    clients = _all_on_path("docker", environ)
    if not clients:
        return Candidate("docker", None, "no docker client on PATH", "sudo apt-get install -y docker.io")
    complaint = ""
    usable: list[tuple[Client, str]] = []
    for path in clients:
        client = Client((path,), environ)
        ran = client.run("version", "--format", "{{json .}}", timeout=ANSWER)
        if ran.code == 0 and (json.loads(ran.text).get("Server") or {}).get("Version"):
            usable.append((client, ran.text))
        else:
            complaint = complaint or last_line(ran.complaint or "the daemon does not answer")
    if not usable:
        return Candidate("docker", None, complaint, "sudo systemctl start docker")
    wants_legacy = environ.get("DOCKER_BUILDKIT") == "0"
    for client, text in usable:
        if not wants_legacy and _does_buildkit(client, json.loads(text)):
            return Candidate("docker", _docker_engine(client, session, text, "buildkit"))
    client, text = usable[0]
    why = "" if wants_legacy else "no BuildKit: the client has no buildx plugin"
    fix = "" if wants_legacy else "sudo apt-get install -y docker-buildx"
    return Candidate("docker", _docker_engine(client, session, text, "legacy"), why, fix)


def _podman(session: str, environ: Mapping[str, str]) -> Candidate:
    clients = _all_on_path("podman", environ)
    if not clients:
        fix = "sudo apt-get install -y podman netavark aardvark-dns"
        return Candidate("podman", None, "no podman on PATH", fix)
    client = podman_client(clients[0], Client(clients[:1], environ))
    ran = client.run("version", "--format", "{{.Client.Version}}", timeout=ANSWER)
    if ran.code != 0:
        return Candidate("podman", None, last_line(ran.complaint or "it does not answer"), "podman info")
    return Candidate("podman", PodmanEngine(client, session, ran.text))


def _docker_engine(client: Client, session: str, versions: str, builder: BuilderName) -> DockerEngine:
    return DockerEngine(client, session, json.loads(versions)["Server"]["Version"], builder)


def _does_buildkit(client: Client, versions: dict[str, dict[str, str]]) -> bool:
    if _number(versions["Server"]["Version"]) < BUILDKIT_INSIDE:
        return False
    if _number(versions["Client"]["Version"]) < BUILDX_NEEDED:
        return True
    return client.run("buildx", "version", timeout=ANSWER).code == 0


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _all_on_path(name: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Every different program of this name, in PATH's order, /usr/bin last."""
    found: dict[Path, str] = {}
    for folder in (*environ.get("PATH", os.defpath).split(os.pathsep), "/usr/bin"):
        if folder and (path := shutil.which(name, path=folder)):
            found.setdefault(Path(path).resolve(), path)
    return tuple(found.values())
