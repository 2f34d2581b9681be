"""What an engine's daemon holds: images, their names, containers, steps built before, and what can be pulled."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from in_memory.applets import busybox
from in_memory.files import ROOM, Tree
from in_memory.process import Program
from in_memory.sensor import CONTENTS, sensor
from unladen.engine.trial import EXITS

if TYPE_CHECKING:
    from in_memory.container import MemoryContainer

KNOWN: Mapping[bytes, Program] = {
    b"BusyBox v": busybox,
    CONTENTS: sensor,
    **{bytes.fromhex(code): lambda process: 0 for _, code in EXITS.values()},
}
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Image:
    """`config` is the OCI image configuration; `tree` what its layers make together."""

    config: Mapping[str, Any]
    layers: tuple[bytes, ...]
    tree: Tree

    @cached_property
    def id(self) -> str:
        return _digest(self.json)

    @cached_property
    def diff_ids(self) -> tuple[str, ...]:
        return tuple(map(_digest, self.layers))

    @property
    def json(self) -> bytes:
        return json.dumps({**self.config, "rootfs": {"type": "layers", "diff_ids": self.diff_ids}}).encode()

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.config["config"]  # type: ignore[no-any-return]


def nothing() -> Image:
    """`scratch`."""
    config = {"architecture": ARCHITECTURES[os.uname().machine], "os": "linux", "config": {}, "history": []}
    return Image(config, (), Tree())


@dataclass
class Store:
    """`registry` is what `pull` finds; `programs` are the callables that executables of the tests name; `room` the
    bytes that a build or a container may add."""

    programs: dict[str, Program] = field(default_factory=dict)
    registry: dict[str, Image] = field(default_factory=dict)
    room: int = ROOM
    images: dict[str, Image] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    containers: dict[str, MemoryContainer] = field(default_factory=dict)
    networks: dict[str, dict[str, MemoryContainer]] = field(default_factory=dict)
    """The containers of each, by their aliases."""
    steps: dict[str, Image] = field(default_factory=dict)
    """The build cache."""
    contents: dict[bytes, Program] = field(default_factory=lambda: dict(KNOWN))
    """Programs that are no callables' names but real executables, by bytes in them."""
    saved: list[str] = field(default_factory=list)
    """Ids of the images that were saved, each time."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.programs = {"busybox": busybox, **self.programs}

    def add(self, image: Image, name: str | None = None) -> str:
        with self.lock:
            self.images[image.id] = image
            if name:
                self.names[full_name(name)] = image.id
        return image.id

    def find(self, reference: str) -> Image | None:
        """By name, or by id, which may be shortened and without its algorithm."""
        with self.lock:
            if id := self.names.get(full_name(reference)):
                return self.images[id]
            digits = reference.removeprefix("sha256:")
            found = [id for id in self.images if len(digits) >= 12 and id.startswith(f"sha256:{digits}")]
            return self.images[found[0]] if found else None

    def remove(self, reference: str) -> None:
        """A name, and with its last name the image."""
        with self.lock:
            image = self.find(reference)
            if image is None:
                return
            names = self.names_of(image.id)
            if full_name(reference) not in names and len(names) == 1:  # by its id
                reference = names[0]
            self.names.pop(full_name(reference), None)
            if image.id not in self.names.values():
                del self.images[image.id]

    def remains(self, mark: str) -> list[str]:
        """Images with `mark` in their history, and the containers of these."""
        images = [id for id, image in self.images.items() if mark in str(image.config["history"])]
        return images + [
            id for id, each in self.containers.items() if mark in str(each.image.config["history"])
        ]

    def names_of(self, id: str) -> list[str]:
        return sorted(name for name, named in self.names.items() if named == id)


def full_name(reference: str) -> str:
    return reference if ":" in reference.rpartition("/")[2] else f"{reference}:latest"


def archive(image: Image, names: list[str]) -> bytes:
    """A docker-archive of the image."""
    config = f"{image.id.removeprefix('sha256:')}.json"
    paths = [f"{diff_id.removeprefix('sha256:')}.tar" for diff_id in image.diff_ids]
    layers = dict(zip(paths, image.layers, strict=True))
    manifest = json.dumps([{"Config": config, "RepoTags": names, "Layers": paths}]).encode()
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for name, data in {**layers, config: image.json, "manifest.json": manifest}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
