"""Docker."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO

from unladen.dockerfile import edit
from unladen.dockerfile.parse import parse
from unladen.engine.building import Builds, common_options, ignore_line, materials, packages_of
from unladen.engine.buildlog import FrontendMissing
from unladen.engine.cli_container import CliContainer
from unladen.engine.cli_engine import CliEngine
from unladen.engine.client import Client
from unladen.engine.context_tar import context_stream
from unladen.engine.interface import BuilderName, BuildRequest, Built
from unladen.engine.store import DOCKERS, OF_DOCKER
from unladen.engine.upper import changes_in
from unladen.errors import BadDockerfile

LEGACY_HOST = (
    "unladen: the legacy builder has no mounts: the host's CA bundle and package index settings "
    "cannot reach this build without staying in the image, so they do not"
)

HERE_DOCUMENTS = (
    "It has here-documents (<<EOF), which this builder does not know: build with Docker 23 or newer, or where the "
    "image of its # syntax= line can be had."
)

NEWER_FLAG = (
    "This builder does not know the flag: if it is spelled right, build with a newer Docker, or where the image of a "
    "# syntax= line can be had."
)

MOUNTS = "BUILDKIT_CACHE_MOUNT_NS"
"""https://docs.docker.com/reference/dockerfile/#buildkit-built-in-build-args"""


class _DockerContainer(CliContainer):
    def changes(self) -> tuple[tuple[str, str], ...]:
        driver = self._inspect().get("GraphDriver") or {}
        folders = driver.get("Data") or {}
        upper, lower = folders.get("UpperDir"), folders.get("LowerDir")
        if driver.get("Name") != OF_DOCKER or not (upper and lower):
            return super().changes()
        found = changes_in(Path(upper), [Path(each) for each in lower.split(":")])
        return super().changes() if found is None else found


class DockerEngine(CliEngine):
    """A docker daemon behind the docker client."""

    name = "docker"
    stores = DOCKERS
    container = _DockerContainer

    def __init__(self, client: Client, state: Path, version: str, builder: BuilderName) -> None:
        settings = {
            "DOCKER_BUILDKIT": "1" if builder == "buildkit" else "0",
            "DOCKER_CLI_HINTS": "false",
            "BUILDKIT_PROGRESS": "plain",
            "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",  # or the image's id would be that of an index
        }
        client = dataclasses.replace(client, env={**client.env, **settings})
        super().__init__(client, state, version)
        self._builder: BuilderName = builder
        self._builds = Builds(client, builder)

    @property
    def builder(self) -> BuilderName:
        return self._builder

    def build(self, request: BuildRequest, on_line: Callable[[str], None] = ignore_line) -> Built:
        try:
            return self._build(request, on_line)
        except BadDockerfile as error:
            raise explained(error, request.dockerfile) from error

    def _build(self, request: BuildRequest, on_line: Callable[[str], None]) -> Built:
        if self._builder == "legacy":
            return self._build_legacy(request, self.watch_steps(on_line))
        try:
            return self._build_with_buildkit(request, on_line)
        except FrontendMissing:
            # The built-in frontend knows most of what the newest one does.
            on_line("unladen: the image of the # syntax= line cannot be had; trying without it")
            without = _without_syntax(request.dockerfile)
            return self._build_with_buildkit(dataclasses.replace(request, dockerfile=without), on_line)

    def _build_with_buildkit(self, request: BuildRequest, on_line: Callable[[str], None]) -> Built:
        with materials(request, mounts=True, apk=packages_of(self, request)) as made:
            options = ("--file", str(made.dockerfile), *common_options(request, made, self._session))
            if request.mounts:
                options = (*options, "--build-arg", f"{MOUNTS}={request.mounts}")
            return self._builds.run(("build", *options, str(request.context)), made, on_line)

    def _build_legacy(self, request: BuildRequest, on_line: Callable[[str], None]) -> Built:
        if request.host and (request.host.ca_bundle or request.host.files):
            on_line(LEGACY_HOST)
        with materials(request, mounts=False) as made:
            options = ("build", *common_options(request, made, self._session), "--rm", "--force-rm")
            if request.dockerignore is None:
                arguments = (*options, "--file", str(made.dockerfile), str(request.context))
                return self._builds.run(arguments, made, on_line)
            name, write = context_stream(request.context, request.dockerfile, request.dockerignore)
            return self._builds.run((*options, "--file", name, "-"), made, on_line, write)

    def _store(self) -> str:
        return "docker " + self._client.ask("ask docker for its id", "info", "--format", "{{.ID}}")

    def cache_bytes(self) -> int | None:
        lines = self._client.run(
            "system", "df", "--format", "{{.Type}}\t{{.Size}}", timeout=60.0
        ).text.splitlines()
        sizes = dict(line.split("\t") for line in lines if "\t" in line)
        return bytes_of(sizes.get("Build Cache", ""))

    def _engine_options(self) -> tuple[str, ...]:
        return ("--log-driver", "local")  # json-file, the default, puts U+FFFD for bytes that are no UTF-8

    def _history(self, image: str) -> tuple[str, ...]:
        text = self._client.ask(
            f"read the history of image {image}", "history", "--no-trunc", "--format", "{{json .}}", image
        )
        return tuple(json.loads(line)["CreatedBy"] for line in reversed(text.splitlines()))

    def save(self, image: str) -> IO[bytes]:
        return self._client.stream(f"save image {image}", "save", image)


def bytes_of(size: str) -> int | None:
    """Docker's figures for people: "46.2GB" → 46_200_000_000."""
    match = re.fullmatch(r"([\d.]+)([kMGT]?)B", size.strip())
    return match and int(float(match[1]) * 1000 ** " kMGT".index(match[2] or " "))


def explained(error: BadDockerfile, dockerfile: str) -> BadDockerfile:
    """The error with a hint where the builder took a here-document's text for instructions, or is older than a flag."""
    if "unknown instruction" in str(error) and any(each.heredocs for each in parse(dockerfile).instructions):
        return BadDockerfile(str(error), hint=HERE_DOCUMENTS, detail=error.detail)
    if "unknown flag" in str(error).lower():
        return BadDockerfile(str(error), hint=NEWER_FLAG, detail=error.detail)
    return error


def _without_syntax(dockerfile: str) -> str:
    """The line stays, as a plain comment, so that line numbers do not move."""
    parsed = parse(dockerfile)
    found = (each for each in parsed.directives if each.name == "syntax")
    end = {each: dockerfile.find("\n", each.start) for each in found}
    return edit.apply(
        parsed,
        [
            edit.Edit(each.start, at if at >= 0 else len(dockerfile), f"# syntax {each.value} (left out)")
            for each, at in end.items()
        ],
    )
