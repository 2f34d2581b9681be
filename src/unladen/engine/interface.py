"""What unladen asks of a container engine, and the values that go in and out."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal, Protocol

from unladen.engine.hostsettings import HostSettings
from unladen.engine.store import Unpacked

LABEL = "dev.unladen.container"
"""Every container and network that unladen makes carries this label; its value is its own name, which no image can
hand down to another container."""

BUILD_LABEL = "dev.unladen.build"
"""Every image that unladen builds carries this label, with a value of its own: so it is never the very image that
the user's own build of the same files gave. Nothing is removed by it."""
LACKS_LABEL = "dev.unladen.base.lacks"
"""Of an assembled base, and so of what is built on it: names of modules that the image whose name it bears has, and it
has not, with spaces between."""
PACKAGES_LABEL = "dev.unladen.base.apk"
"""Of an assembled Alpine, and so of what is built on it: the image with the packages that `apk add` takes."""

BuilderName = Literal["buildkit", "legacy", "podman", "buildah"]


@dataclass(frozen=True)
class BuildRequest:
    """One image to build. `dockerfile` is text; it is never written into the context."""

    context: Path
    dockerfile: str
    target: str | None = None
    cache: bool = True
    tag: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    host: HostSettings | None = None
    """CA bundle, proxies and package index settings to pass for the build alone; None passes nothing."""
    apart: str = ""
    """A word ([a-z0-9-]) that keeps this build's RUN steps from being shared with builds of another word: BuildKit
    shares what runs side by side even without its cache, and a time measured then would be another build's."""
    mounts: str = ""
    """A word that keeps this build's cache mounts (RUN --mount=type=cache) from being those of builds of another word:
    they are empty at first. BuildKit alone knows such a thing, the others share theirs; "" are the user's own."""
    dockerignore: str | None = None
    """Text that stands in for the context's .dockerignore (a proposed one); None takes the context's own."""


@dataclass(frozen=True)
class Built:
    """`image` is the engine's image id, `seconds` the wall time of the build, `log` its whole output."""

    image: str
    seconds: float
    log: str
    builder: BuilderName


@dataclass(frozen=True)
class ImageFacts:
    """What the engine says about an image. `size_bytes` is uncompressed; `layers` are diff ids."""

    id: str
    size_bytes: int
    layers: tuple[str, ...]
    architecture: str
    env: Mapping[str, str]
    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...]
    user: str
    workdir: str
    ports: tuple[int, ...]
    stop_signal: str
    labels: Mapping[str, str]
    history: tuple[str, ...]
    """`created by` of each history entry, oldest first."""


@dataclass(frozen=True)
class RunRequest:
    """One container. Ports are published on 127.0.0.1 at a free port of the host's choosing."""

    image: str
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    stdin: bytes | None = None
    """Fed to the program from `start` on, then closed. None: the program's standard input is /dev/null."""
    network: bool = True
    """False: it reaches nothing but itself."""
    joins: str = ""
    """A network that `Engine.network` made; "" is the engine's own."""
    aliases: tuple[str, ...] = ()
    """Names by which the others in that network reach it."""
    user: str = ""
    """Whom it runs as; "" is the image's."""


@dataclass(frozen=True)
class Finished:
    """A process that ended. `exit_code` is None when it was killed because `timeout` passed."""

    exit_code: int | None
    stdout: bytes
    stderr: bytes
    seconds: float


class Container(Protocol):
    """A created container. It is removed by `remove`, or when its engine is closed."""

    @property
    def id(self) -> str: ...
    def start(self) -> None:
        """A container that has ended is started again, with the files that it left; its host ports may change."""
        ...

    def running(self) -> bool: ...
    def host_port(self, port: int) -> int:
        """The port on 127.0.0.1 that reaches the container's `port`."""
        ...

    def logs(self) -> tuple[bytes, bytes]:
        """stdout, stderr so far."""
        ...

    def exec(
        self, argv: tuple[str, ...], *, stdin: bytes = b"", timeout: float = 60.0, user: str = ""
    ) -> Finished:
        """Runs a program beside the container's own, as its user or as `user` ("54321"). Raises EngineFailed, also
        when the container ends meanwhile."""
        ...

    def stop(self, grace: float) -> Finished:
        """Sends the image's stop signal, kills after `grace` seconds; `seconds` is how long it took,
        `exit_code` the program's (137 when it had to be killed)."""
        ...

    def send_stop(self) -> None:
        """Sends the image's stop signal, and does not wait for what comes of it."""
        ...

    def wait(self, timeout: float) -> Finished:
        """Waits for the program to end by itself; kills it after `timeout` seconds (exit_code None)."""
        ...

    def copy_in(self, source: Path, target: str) -> None:
        """Copies a host file or folder to the path `target` inside (works before start)."""
        ...

    def copy_out(self, source: str) -> Generator[bytes]:
        """A tar stream of a path inside (works when stopped). Until it is read to its end, or closed, the container
        cannot be removed."""
        ...

    def volumes(self) -> tuple[str, ...]:
        """Where its volumes are mounted: what is written there is no change of the container."""
        ...

    def changes(self) -> tuple[tuple[str, str], ...]:
        """(kind, path) of what differs from the image: kind is A(dded), C(hanged), D(eleted)."""
        ...

    def remove(self) -> None: ...


class Builder(Protocol):
    """Anything that turns a Dockerfile into an image."""

    def build(self, request: BuildRequest, on_line: Callable[[str], None] = ...) -> Built:
        """Raises BuildFailed (with the failing step and its last lines), BadDockerfile, DiskFull."""
        ...


class Engine(Builder, Protocol):
    """Docker or Podman. Everything it starts is written down before (owned.py) and removed by `close`."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def builder(self) -> BuilderName: ...
    @property
    def command(self) -> tuple[str, ...]:
        """The client with the options that this host asks for, to show to people ("podman", "--runtime", …)."""
        ...

    def create(self, request: RunRequest) -> Container:
        """Raises EngineFailed."""
        ...

    def network(self) -> str:
        """Makes a network of this session's own, whose containers reach each other by their aliases, and gives its
        name. Raises EngineFailed."""
        ...

    def remove_network(self, name: str) -> None:
        """Of which no container is left. Raises EngineFailed."""
        ...

    def find(self, reference: str) -> str | None:
        """The id of a local image, or None."""
        ...

    def pull(self, reference: str, timeout: float = ...) -> str:
        """The id of the pulled image. Raises BaseMissing with the registry's answer."""
        ...

    def inspect(self, image: str) -> ImageFacts: ...
    def save(self, image: str) -> IO[bytes]:
        """A docker-archive tar stream of the image; the caller closes it."""
        ...

    def unpacked(self, image: str) -> Unpacked | None:
        """Where the layers of an image lie on this machine; None where this process cannot read them there."""
        ...

    def import_root(self, tar: Path, reference: str, changes: tuple[str, ...]) -> str:
        """Makes an image of a root filesystem tar; `changes` are Dockerfile instructions. Not owned."""
        ...

    def tag(self, image: str, reference: str) -> None: ...
    def remove_image(self, reference: str) -> None: ...
    def close(self) -> None:
        """Removes every container, network and temporary image of this session (those not kept)."""
        ...

    def keep(self, image: str, name: str) -> str:
        """Gives an image a name that outlives the session (--keep-images), and says which: `name`, or one like it where
        another image has that. Raises EngineFailed."""
        ...

    def left_behind(self) -> Mapping[str, int]:
        """What `remove_orphans` would remove: names of containers and networks (0) and of images with their size in
        bytes."""
        ...

    def kept(self) -> Mapping[str, int]:
        """The images that this user's sessions kept and that are still there, with their size in bytes."""
        ...

    def cache_bytes(self) -> int | None:
        """What the builder's cache holds; None where the engine does not tell it apart from images."""
        ...

    def remove_orphans(self) -> tuple[str, ...]:
        """Removes what sessions of this user left in this engine whose process is gone (killed, power cut); gives
        those sessions."""
        ...
