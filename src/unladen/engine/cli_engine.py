"""What docker and podman share: the same commands with the same meaning."""

from __future__ import annotations

import json
import os
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import IO

from unladen.engine.answers import NO_IMAGE, missing_base, refused
from unladen.engine.buildlog import StepImages
from unladen.engine.cli_container import CliContainer
from unladen.engine.client import Calls, Client
from unladen.engine.endings import end_builds
from unladen.engine.facts import facts_of, full_id
from unladen.engine.interface import LABEL, BuilderName, BuildRequest, Built, ImageFacts, RunRequest
from unladen.engine.kept import is_kept, keep, kept
from unladen.engine.leftovers import containers_of, images_of, networks_of, remove
from unladen.engine.owned import Session, left
from unladen.engine.pipes import read_until
from unladen.engine.store import Stores, Unpacked
from unladen.errors import EngineFailed

FIRST_ANSWER = 20.0
"""Seconds a registry has for its first answer; a host without a network hangs here, not in the download."""


class CliEngine(ABC):
    """An engine behind its client. `state` is the folder in which it writes down what it starts."""

    name: str
    stores: Stores
    container: type[CliContainer] = CliContainer

    def __init__(self, client: Client, state: Path, version: str) -> None:
        self._client = client
        self._session = Session(state, self._store)
        self._version = version

    @property
    def session(self) -> Session:
        return self._session

    @abstractmethod
    def _store(self) -> str:
        """Names the store that this engine's containers and images are in: no other has this name."""

    @property
    def calls(self) -> Calls:
        """What runs now: a builder beside this engine adds its own, so that `close` ends them too."""
        return self._client.calls

    @property
    def version(self) -> str:
        return self._version

    @property
    @abstractmethod
    def builder(self) -> BuilderName: ...

    @property
    def command(self) -> tuple[str, ...]:
        return self._client.argv

    @abstractmethod
    def build(self, request: BuildRequest, on_line: Callable[[str], None] = lambda line: None) -> Built: ...

    # containers

    def create(self, request: RunRequest) -> CliContainer:
        what = f"create a container of {request.image}"
        name = self._session.container()
        options = ("--name", name, "--label", f"{LABEL}={name}", *self._create_options(request))
        id = self._client.ask(what, "create", *options, *_command(request))
        return self.container(self._client, id.splitlines()[-1].strip(), request.stdin)

    def _create_options(self, request: RunRequest) -> Iterator[str]:
        yield from ("--pull", "never")
        yield from self._engine_options()
        for name, value in request.env.items():
            yield from ("--env", f"{name}={value}")
        for port in request.ports:
            yield from ("--publish", f"127.0.0.1::{port}")
        if request.stdin is not None:
            yield "--interactive"
        if not request.network:
            yield from ("--network", "none")
        elif request.joins:
            yield from ("--network", request.joins)
            for alias in request.aliases:
                yield from ("--network-alias", alias)
        if request.user:
            yield from ("--user", request.user)

    def _engine_options(self) -> tuple[str, ...]:
        """Options of `create` that make this engine behave like the others."""
        return ()

    def network(self) -> str:
        name = self._session.network()
        self._client.ask("create a network", "network", "create", "--label", f"{LABEL}={name}", name)
        return name

    def remove_network(self, name: str) -> None:
        self._client.ask(f"remove network {name}", "network", "rm", name)

    # images

    def find(self, reference: str) -> str | None:
        ran = self._client.run("image", "inspect", "--format", "{{.Id}}", reference)
        if ran.code == 0:
            return full_id(ran.text.splitlines()[0])
        if NO_IMAGE.search(ran.complaint) or "invalid reference format" in ran.complaint:
            return None
        raise refused(f"look for image {reference}", ran.complaint)

    def pull(self, reference: str, timeout: float = 900.0) -> str:
        """`timeout` is for the whole download; the registry's first answer has 20 seconds."""
        name = self._pull_name(reference)
        deadline = time.monotonic() + timeout
        answer = time.monotonic() + min(timeout, FIRST_ANSWER)
        with self._client.child(("pull", name), stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as child:
            assert child.stdout is not None
            said, in_time = read_until(child.stdout, deadline, self._answered, answer)
            if not in_time:
                raise missing_base(reference, "the registry did not answer in time")
            if child.wait() != 0:
                raise missing_base(reference, said)
        found = self.find(name)
        if found is None:
            raise EngineFailed(f"cannot find image {reference} after pulling it")
        return found

    def _answered(self, line: str) -> bool:
        """Whether this line of `pull` shows that the registry has answered."""
        return bool(line)

    def _pull_name(self, reference: str) -> str:
        return reference

    def inspect(self, image: str) -> ImageFacts:
        text = self._client.ask(f"inspect image {image}", "image", "inspect", image)
        return facts_of(json.loads(text)[0], self._history(image))

    @abstractmethod
    def _history(self, image: str) -> tuple[str, ...]: ...

    def unpacked(self, image: str) -> Unpacked | None:
        found = self.find(image) if self._root else None
        return self.stores.read(self._root, found) if self._root and found else None

    @cached_property
    def _root(self) -> Path | None:
        """The engine's folder, where this process may read all of it and it is laid out as is known."""
        if os.geteuid() != 0:
            return None
        ran = self._client.run("info", "--format", self.stores.asked)
        driver, _, root = ran.text.strip().partition(" ")
        return Path(root) if ran.code == 0 and driver == self.stores.driver and root else None

    @abstractmethod
    def save(self, image: str) -> IO[bytes]: ...

    def import_root(self, tar: Path, reference: str, changes: tuple[str, ...]) -> str:
        options = [part for change in changes for part in ("--change", change)]
        path = str(tar.resolve())
        text = self._client.ask(f"import {reference} from {tar}", "import", *options, path, reference)
        return full_id(text.splitlines()[-1])

    def tag(self, image: str, reference: str) -> None:
        self._client.ask(f"tag image {image} as {reference}", "tag", image, reference)

    def remove_image(self, reference: str) -> None:
        ran = self._client.run("image", "rm", reference)
        if ran.code != 0 and not NO_IMAGE.search(ran.complaint):
            raise refused(f"remove image {reference}", ran.complaint)

    # the end

    def keep(self, image: str, name: str) -> str:
        return keep(self, self._session.state, self._store(), image, name)

    def close(self) -> None:
        """Ends running builds, then removes every container and image of this session, and the nameless images
        that its builds' steps left. Goes on past what it cannot remove; may be called again.
        """
        self._client.end_all()
        self._client = self._client.reopened()
        written = self._session.read()
        if written is not None:
            self._session.end(clean=remove(self._client, self.container.removal, written))

    def left_behind(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for held, written in left(self._session.state):
            if written.engine == self._store():
                found |= dict.fromkeys(containers_of(self._client, written), 0)
                found |= dict.fromkeys(networks_of(self._client, written), 0)
                images = images_of(self._client, written)
                found |= {name: self.inspect(id).size_bytes for name, id in images.items()}
            held.release()
        return found

    def kept(self) -> dict[str, int]:
        known = kept(self._session.state, self._store())
        there = {name: self.find(name) for name in known}
        return {
            name: self.inspect(id).size_bytes for name, id in there.items() if id and is_kept(known, name, id)
        }

    def cache_bytes(self) -> int | None:
        return None

    def remove_orphans(self) -> tuple[str, ...]:
        gone = []
        for held, written in left(self._session.state):
            if written.engine and written.engine != self._store():
                held.release()  # another engine's: a run on that one removes them
                continue
            end_builds(written.images)
            clean = remove(self._client, self.container.removal, written)
            held.remove() if clean else held.release()
            gone.append(held.path.name)
        return tuple(gone)

    def watch_steps(self, on_line: Callable[[str], None]) -> Callable[[str], None]:
        """`on_line` that also writes down what the builder leaves in the store on its way."""
        steps = StepImages(lambda id: self._session.write("step", id))

        def watch(line: str) -> None:
            steps.see(line)
            on_line(line)

        return watch


def _command(request: RunRequest) -> tuple[str, ...]:
    """`--entrypoint` takes one word: the rest goes before the command."""
    command = request.command or ()
    if request.entrypoint is None:
        return (request.image, *command)
    first, *rest = request.entrypoint or ("",)
    return ("--entrypoint", first, request.image, *rest, *command)
