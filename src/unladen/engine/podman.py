"""Podman: no daemon, and a few host facts that it does not cope with by itself."""

from __future__ import annotations

import dataclasses
import json
import resource
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from unladen.engine.building import Builds, Materials, common_options, ignore_line, materials, packages_of
from unladen.engine.cli_container import CliContainer
from unladen.engine.cli_engine import CliEngine
from unladen.engine.client import Client
from unladen.engine.endings import end_from_below
from unladen.engine.interface import BUILD_LABEL, BuilderName, BuildRequest, Built
from unladen.engine.store import PODMANS
from unladen.errors import BuildFailed

HYBRID_CGROUPS = Path("/sys/fs/cgroup/unified")
RUNTIMES = ("runc",) if HYBRID_CGROUPS.is_dir() else ("crun", "runc")
"""Any of these will do; crun refuses hosts that mix cgroups v1 and v2."""
CAP_SYS_RESOURCE = 1 << 24  # capability.h

VANISHED = "checking if cached image exists from a previous build"
"""Podman looks at all local images for a step that it knows, and fails when one is removed meanwhile, by another
session or another user: nothing is wrong with the build (seen with 4.3)."""
ATTEMPTS = 4

WANTED_FILES = (
    1048576  # podman asks for so many where nobody says otherwise (containers.conf, default_ulimits)
)
WANTED_PROCESSES = 32768  # and lowers its own limit to this one, above which it cannot raise a container's


class _PodmanContainer(CliContainer):
    removal = ("rm", "-f", "-v", "--time", "0")  # it asks first, and waits 10 seconds, otherwise

    def _wait_command(self) -> tuple[str, ...]:
        return ("wait", "--interval", "20ms", self._id)  # 250 ms otherwise


class PodmanEngine(CliEngine):
    """Podman behind its own command."""

    name = "podman"
    stores = PODMANS
    container = _PodmanContainer

    def __init__(self, client: Client, state: Path, version: str) -> None:
        super().__init__(client, state, version)
        self.silent: list[str] = []
        """Names of images whose builds do not tell what their steps leave: buildah's."""
        self._limits = ulimit_options()
        self._builds = Builds(client, "podman", end_from_below)

    @property
    def builder(self) -> BuilderName:
        return "podman"

    def build(self, request: BuildRequest, on_line: Callable[[str], None] = ignore_line) -> Built:
        with materials(request, mounts=True, apk=packages_of(self, request)) as made:
            options = (*common_options(request, made, self._session), *build_options(made))
            arguments = ("build", *options, str(request.context))
            for _ in range(ATTEMPTS - 1):
                try:
                    return self._builds.run(arguments, made, self.watch_steps(on_line))
                except BuildFailed as error:
                    if VANISHED not in str(error):
                        raise
            return self._builds.run(arguments, made, self.watch_steps(on_line))

    def _store(self) -> str:
        asked = ("info", "--format", "{{.Host.Hostname}} {{.Store.GraphRoot}}")
        return "podman " + self._client.ask("ask podman for its store", *asked)

    def close(self) -> None:
        self._client.end_all()
        client = self._client.reopened()
        while self.silent:
            label = f"label={BUILD_LABEL}={self.silent.pop()}"
            for id in client.run("images", "--all", "--quiet", "--no-trunc", "--filter", label).text.split():
                self._session.write("step", id)
        super().close()

    def _engine_options(self) -> tuple[str, ...]:
        # journald, a common default, drops lines under load and is not everybody's to read
        return ("--http-proxy=false", "--log-driver", "k8s-file", *self._limits)

    def _answered(self, line: str) -> bool:
        return not line.startswith(("Trying to pull", "Resolved", "Resolving"))

    def _pull_name(self, reference: str) -> str:
        return with_registry(reference)

    def _history(self, image: str) -> tuple[str, ...]:
        text = self._client.ask(
            f"read the history of image {image}", "history", "--no-trunc", "--format", "json", image
        )
        return tuple(entry.get("CreatedBy") or "" for entry in reversed(json.loads(text)))

    def save(self, image: str) -> IO[bytes]:
        return self._client.stream(f"save image {image}", "save", "--format", "docker-archive", image)


def build_options(made: Materials) -> Iterator[str]:
    """What podman build and buildah bud need beyond docker's options."""
    yield from ("--file", str(made.dockerfile), "--layers", "--force-rm", "--pull=missing")
    yield "--http-proxy=false"  # they come as build arguments
    yield from ulimit_options()
    yield from ("--format", "docker")  # OCI's format has no HEALTHCHECK and no SHELL
    if made.ignorefile is not None:
        yield from ("--ignorefile", str(made.ignorefile))


def podman_client(path: str, client: Client) -> Client:
    """The client with the runtime that works here."""
    if RUNTIMES == ("runc",) and (runc := shutil.which("runc", path=client.env.get("PATH"))):
        return dataclasses.replace(client, argv=(path, "--runtime", runc))
    return dataclasses.replace(client, argv=(path,))


def ulimit_options() -> tuple[str, ...]:
    """Limits that this process may grant, where podman's own defaults are above them.

    Root without CAP_SYS_RESOURCE (in a container, say) cannot raise a limit, and podman does not check.
    """
    if _may_raise_limits():
        return ()
    wanted = (
        ("nofile", resource.RLIMIT_NOFILE, WANTED_FILES),
        ("nproc", resource.RLIMIT_NPROC, WANTED_PROCESSES),
    )
    options: list[str] = []
    for name, kind, want in wanted:
        _, hard = resource.getrlimit(kind)
        granted = want if hard == resource.RLIM_INFINITY else min(want, hard)
        options += ["--ulimit", f"{name}={granted}:{granted}"]
    return tuple(options)


def with_registry(reference: str) -> str:
    """The full name of an image, as docker understands a short one."""
    first, slash, _ = reference.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return reference
    return f"docker.io/{reference}" if slash else f"docker.io/library/{reference}"


def _may_raise_limits() -> bool:
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return True  # no Linux: podman runs in a machine of its own
    for line in status.splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) & CAP_SYS_RESOURCE)
    return True
