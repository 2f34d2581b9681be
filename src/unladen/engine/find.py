"""Finds the container engine of this host."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from unladen.engine.answers import last_line
from unladen.engine.client import Client
from unladen.engine.docker import DockerEngine
from unladen.engine.interface import Engine
from unladen.engine.owned import state_folder
from unladen.engine.parts import Part, missing_part, podman_lacks
from unladen.engine.podman import RUNTIMES, PodmanEngine, podman_client
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
    command that changes it. `lacks` is what an engine that answers cannot run containers without."""

    name: str
    engine: Engine | None
    why: str = ""
    fix: str = ""
    lacks: tuple[Part, ...] = ()


def find_engine(
    choice: EngineChoice = "auto", state: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Engine:
    """The engine to use: the chosen one; else a docker whose daemon answers, else podman, which needs none. One
    that lacks a part is taken only where no other answers.

    Raises EngineMissing with the command that fixes it.
    """
    looked = available_engines(state, environ, None if choice == "auto" else (choice,))
    if (best := preferred(looked)) is not None:
        return best
    reasons = "; ".join(f"{candidate.name}: {candidate.why}" for candidate in looked)
    raise EngineMissing(f"cannot find a container engine: {reasons}", hint=looked[-1].fix)


def preferred(looked: tuple[Candidate, ...]) -> Engine | None:
    """The first that answers and lacks nothing, else the first that answers."""
    answering = [candidate for candidate in looked if candidate.engine is not None]
    whole = [candidate for candidate in answering if not candidate.lacks]
    return next((candidate.engine for candidate in (*whole, *answering)), None)


def available_engines(
    state: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    names: tuple[str, ...] | None = None,
) -> tuple[Candidate, ...]:
    """What was found, and why not what was not; of all kinds of engine where no `names` are given.
    `state` is where they write down what they start."""
    state = state or state_folder()
    return tuple(LOOKS[name](state, environ) for name in (LOOKS if names is None else names))


@dataclass(frozen=True)
class _Docker:
    """A docker client whose daemon answers, and the versions of both."""

    client: Client
    of_client: str
    of_server: str

    def does_buildkit(self) -> bool:
        if _number(self.of_server) < BUILDKIT_INSIDE:
            return False
        if _number(self.of_client) < BUILDX_NEEDED:
            return True
        return self.client.run("buildx", "version", timeout=ANSWER).code == 0

    def with_daemons_builder(self) -> Client:
        """buildx may be set to a builder in a container, which sees no local image and leaves none; the one
        inside the daemon is named after the docker context."""
        if _number(self.of_client) < BUILDX_NEEDED:
            return self.client
        context = self.client.run("context", "show", timeout=ANSWER).text or "default"
        return dataclasses.replace(self.client, env={**self.client.env, "BUILDX_BUILDER": context})


def _docker(state: Path, environ: Mapping[str, str]) -> Candidate:
    paths = _all_on_path("docker", environ)
    if not paths:
        return Candidate("docker", None, "no docker client on PATH", "sudo apt-get install -y docker.io")
    asked = [_ask_docker(Client((path,), environ)) for path in paths]
    usable = [answer for answer in asked if isinstance(answer, _Docker)]
    if not usable:
        complaint = next(answer for answer in asked if isinstance(answer, str))
        return Candidate("docker", None, complaint, _wake_docker(complaint))
    wants_legacy = environ.get("DOCKER_BUILDKIT") == "0"
    for docker in usable:
        if not wants_legacy and docker.does_buildkit():
            client = docker.with_daemons_builder()
            return Candidate("docker", DockerEngine(client, state, docker.of_server, "buildkit"))
    engine = DockerEngine(usable[0].client, state, usable[0].of_server, "legacy")
    if wants_legacy:
        return Candidate("docker", engine)
    why = "no BuildKit: the client has no buildx plugin"
    return Candidate("docker", engine, why, "sudo apt-get install -y docker-buildx")


def _ask_docker(client: Client) -> _Docker | str:
    """What it is, or what it complains of (podman under docker's name has no server either)."""
    ran = client.run("version", "--format", "{{json .}}", timeout=ANSWER)
    versions = json.loads(ran.text) if ran.code == 0 else {}
    server = (versions.get("Server") or {}).get("Version")
    if not server:
        return last_line(ran.complaint) if ran.stderr else "the daemon does not answer"
    return _Docker(client, versions["Client"]["Version"], server)


def _podman(state: Path, environ: Mapping[str, str]) -> Candidate:
    clients = _all_on_path("podman", environ)
    if not clients:
        fix = "sudo apt-get install -y podman netavark aardvark-dns iptables nftables"
        return Candidate("podman", None, "no podman on PATH", fix)
    client = podman_client(clients[0], Client(clients[:1], environ))
    ran = client.run("version", "--format", "{{.Client.Version}}", timeout=ANSWER)
    if ran.code != 0:
        part = missing_part(ran.complaint)
        why = last_line(ran.complaint or "it does not answer")
        return Candidate("podman", None, why, part.fix if part else "podman info")
    lacks = podman_lacks(environ, os.geteuid(), ran.text, RUNTIMES)
    return Candidate("podman", PodmanEngine(client, state, ran.text), lacks=lacks)


def _wake_docker(complaint: str) -> str:
    """The command that makes a silent daemon answer."""
    if "permission denied" in complaint.lower():
        return "sudo usermod -aG docker $USER && newgrp docker"
    if Path("/run/systemd/system").is_dir():
        return "sudo systemctl start docker"
    return "sudo service docker start" if Path("/etc/init.d/docker").exists() else "sudo dockerd &"


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def _all_on_path(name: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Every different program of this name, in PATH's order, /usr/bin last."""
    found: dict[Path, str] = {}
    for folder in (*environ.get("PATH", os.defpath).split(os.pathsep), "/usr/bin"):
        if folder and (path := shutil.which(name, path=folder)):
            found.setdefault(Path(path).resolve(), path)
    return tuple(found.values())


Look = Callable[[Path, Mapping[str, str]], Candidate]
"""Looks for one kind of engine, with its state folder, in an environment."""
LOOKS: dict[str, Look] = {"docker": _docker, "podman": _podman}
"""How each kind of engine is looked for, in the order of preference. Another kind is put in here."""
