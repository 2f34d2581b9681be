"""What every builder shares: the files a build reads beside its context, and the run itself."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from unladen import temporary
from unladen.dockerfile.stages import parse
from unladen.engine.buildlog import failure
from unladen.engine.client import Client
from unladen.engine.endings import Ending, end
from unladen.engine.interface import BUILD_LABEL, PACKAGES_LABEL, BuilderName, BuildRequest, Built, Engine
from unladen.engine.owned import Session
from unladen.engine.pipes import Feeder, read_lines
from unladen.engine.with_host import Derived, derive, original_line, original_step
from unladen.errors import BadDockerfile, BadProject, EngineFailed

SECRET_LIMIT = 500 * 1024
"""Bytes that BuildKit takes as a secret (session/secrets/secretsprovider)."""

CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)


def ignore_line(line: str) -> None:
    """For those who do not want to follow a build."""


@dataclass(frozen=True)
class Materials:
    """Files outside the context, gone after the build. The Dockerfile is one: a project may be read-only."""

    derived: Derived
    dockerfile: Path
    ignorefile: Path | None
    iidfile: Path
    secrets: tuple[tuple[str, Path], ...]


@contextmanager
def materials(request: BuildRequest, *, mounts: bool, apk: str = "") -> Iterator[Materials]:
    """`mounts`: whether the builder understands RUN --mount; `apk`: the image with packages for apk, where a base has
    one (see `packages_of`). Raises BadProject without a context."""
    if not request.context.is_dir():
        raise BadProject(f"cannot build {request.context}: it is not a folder")
    if not request.dockerfile.strip():
        raise BadDockerfile("cannot read the Dockerfile: it is empty")
    derived = (
        derive(request.dockerfile, request.host, request.apart, apk)
        if mounts
        else Derived(request.dockerfile, {})
    )
    with temporary.folder() as folder:
        dockerfile = folder / "Dockerfile"
        dockerfile.write_bytes(derived.dockerfile.encode("utf-8", "surrogateescape"))
        ignorefile = None
        if request.dockerignore is not None:
            ignorefile = folder / "Dockerfile.dockerignore"
            ignorefile.write_bytes(request.dockerignore.encode("utf-8", "surrogateescape"))
        secrets = tuple(_secret(folder, id, contents) for id, contents in derived.secrets.items())
        yield Materials(derived, dockerfile, ignorefile, folder / "image-id", secrets)


def packages_of(engine: Engine, request: BuildRequest) -> str:
    """The image with packages for apk that a base of the Dockerfile takes some from; "" where none does."""
    for base in parse(request.dockerfile, build_args=request.build_args).bases:
        image = engine.find(base) if base != "scratch" else None
        if image and (found := engine.inspect(image).labels.get(PACKAGES_LABEL)) and engine.find(found):
            return found
    return ""


def common_options(request: BuildRequest, made: Materials, session: Session) -> Iterator[str]:
    """The options that docker build, podman build and buildah bud all take. The image gets a name of the session's,
    by which it is removed."""
    name = session.image()
    yield from ("--iidfile", str(made.iidfile))
    yield from ("--label", f"{BUILD_LABEL}={name}", "--tag", name)
    if request.target is not None:
        yield from ("--target", request.target)
    if not request.cache:
        yield "--no-cache"
    if request.tag is not None:
        session.write("image", request.tag)
        yield from ("--tag", request.tag)
    for name, value in build_args(request):
        yield from ("--build-arg", f"{name}={value}")
    for id, path in made.secrets:
        yield from ("--secret", f"id={id},src={path}")
    for secret in request.host.secrets if request.host else ():
        yield from ("--secret", secret)
    for key in request.host.keys if request.host else ():
        yield from ("--ssh", key)


def build_args(request: BuildRequest) -> tuple[tuple[str, str], ...]:
    """Proxies are predefined build arguments: known to every RUN, in no history. The user's own win."""
    proxies = request.host.proxies if request.host else {}
    return tuple({**proxies, **request.build_args}.items())


@dataclass(frozen=True)
class Builds:
    """How a builder runs: its client, its name, and how one of its builds is broken off."""

    client: Client
    name: BuilderName
    ending: Ending = end

    def run(
        self,
        arguments: tuple[str, ...],
        made: Materials,
        on_line: Callable[[str], None],
        context: Callable[[IO[bytes]], None] | None = None,
    ) -> Built:
        """Runs the build to its end. `context` writes a tar stream to its stdin, if it takes one there.

        Raises what `failure` reads from its log; Interrupted when the engine is closed meanwhile.
        """
        stdin = subprocess.DEVNULL if context is None else subprocess.PIPE
        begin = time.perf_counter()
        with self.client.child(
            arguments, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, ending=self.ending
        ) as child:
            assert child.stdout is not None
            feeder = Feeder(child.stdin, context) if child.stdin and context else None
            log = read_lines(child.stdout, on_line)
            code = child.wait()
        seconds = time.perf_counter() - begin
        self.client.go_on()
        if feeder and feeder.error:
            raise EngineFailed(f"cannot read the build context: {feeder.error}") from feeder.error
        if code != 0:
            added = made.derived.added
            raise failure(self.name, log, original_step, lambda line: original_line(line, added))
        return Built(made.iidfile.read_text().strip(), seconds, log, self.name)


def _secret(folder: Path, id: str, contents: Path | str) -> tuple[str, Path]:
    """A copy under a plain name: the value of --secret is CSV, and a host's path may hold a comma."""
    data = contents.read_bytes() if isinstance(contents, Path) else contents.encode()
    if len(data) > SECRET_LIMIT:
        data = b"".join(CERTIFICATE.findall(data)) or data  # bundles are half comments
    path = folder / f"secret-{id}"
    path.touch(mode=0o600)
    path.write_bytes(data)
    return id, path
