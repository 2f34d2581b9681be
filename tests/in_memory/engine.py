"""The engine: one session on a store, which others may share as they share a daemon."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from in_memory.build import Building, configured
from in_memory.container import MemoryContainer
from in_memory.files import lay
from in_memory.store import Image, Store, archive, nothing
from unladen.engine.answers import missing_base
from unladen.engine.facts import facts_of
from unladen.engine.interface import BuilderName, BuildRequest, Built, ImageFacts, RunRequest
from unladen.engine.kept import is_kept, keep, kept
from unladen.engine.owned import Session, Written, left, state_folder
from unladen.errors import EngineFailed


class MemoryEngine:
    name = "in-memory"
    version = "1"
    builder: BuilderName = "buildkit"
    command = ("in-memory",)

    def __init__(self, store: Store, state: Path | None = None) -> None:
        self.store = store
        self._name = f"in-memory {os.getpid()} {id(store)}"
        self.session = Session(state or state_folder(), lambda: self._name)
        self._builds: set[Building] = set()
        self._lock = threading.Lock()

    def build(self, request: BuildRequest, on_line: Callable[[str], None] = lambda line: None) -> Built:
        building = Building(self.store, request, self.session, on_line)
        with self._lock:
            self._builds.add(building)
        try:
            return building.run()
        finally:
            self._builds.discard(building)

    # containers

    def create(self, request: RunRequest) -> MemoryContainer:
        image = self._image(request.image, "create a container of")
        return MemoryContainer(self.store, image, request, self.session.container())

    def network(self) -> str:
        name = self.session.network()
        self.store.networks[name] = {}
        return name

    def remove_network(self, name: str) -> None:
        if self.store.networks.get(name, "none"):
            raise EngineFailed(f"cannot remove network {name}: it has containers, or is not there")
        del self.store.networks[name]

    # images

    def find(self, reference: str) -> str | None:
        found = self.store.find(reference)
        return found.id if found else None

    def pull(self, reference: str, timeout: float = 900.0) -> str:
        if reference not in self.store.registry:
            raise missing_base(reference, f"{reference}: no such image in the registry")
        return self.store.add(self.store.registry[reference], reference)

    def inspect(self, image: str) -> ImageFacts:
        found = self._image(image, "inspect image")
        rootfs = {"Layers": found.diff_ids}
        size = sum(map(len, found.layers))
        what = {"Id": found.id, "Size": size, "RootFS": rootfs, "Config": found.settings}
        history = tuple(str(step["created_by"]) for step in found.config["history"])
        return facts_of({**what, "Architecture": found.config["architecture"]}, history)

    def unpacked(self, image: str) -> None:
        """Its layers lie nowhere."""

    def save(self, image: str) -> IO[bytes]:
        found = self._image(image, "save image")
        self.store.saved.append(found.id)
        return io.BytesIO(archive(found, self.store.names_of(found.id)))

    def import_root(self, tar: Path, reference: str, changes: tuple[str, ...]) -> str:
        empty, layer = nothing(), tar.read_bytes()
        tree = empty.tree.copy()
        lay(tree, layer)
        history = [{"created_by": f"imported from {tar.name}"}]
        image = Image({**empty.config, "history": history}, (layer,), tree)
        for change in changes:
            image = configured(image, change)
        return self.store.add(image, reference)

    def tag(self, image: str, reference: str) -> None:
        self.store.add(self._image(image, "tag image"), reference)

    def remove_image(self, reference: str) -> None:
        self.store.remove(reference)

    # the end

    def keep(self, image: str, name: str) -> str:
        return keep(self, self.session.state, self._name, image, name)

    def close(self) -> None:
        for building in tuple(self._builds):
            building.end()
        if (written := self.session.read()) is not None:
            self._remove(written)
            self.session.end(clean=True)

    def left_behind(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for held, written in left(self.session.state):
            if written.engine == self._name:
                names = {each.name for each in self.store.containers.values()}
                found |= dict.fromkeys(written.containers & names, 0)
                found |= dict.fromkeys(written.networks & self.store.networks.keys(), 0)
                found |= {name: self.inspect(name).size_bytes for name in written.images if self.find(name)}
            held.release()
        return found

    def kept(self) -> dict[str, int]:
        known = kept(self.session.state, self._name)
        there = {name: self.find(name) for name in known}
        return {
            name: self.inspect(id).size_bytes for name, id in there.items() if id and is_kept(known, name, id)
        }

    def cache_bytes(self) -> int | None:
        return None

    def remove_orphans(self) -> tuple[str, ...]:
        gone = []
        for held, written in left(self.session.state):
            if written.engine == self._name:
                self._remove(written)
                held.remove()
                gone.append(held.path.name)
            else:
                held.release()
        return tuple(gone)

    def _remove(self, written: Written) -> None:
        for container in tuple(self.store.containers.values()):
            if container.name in written.containers:
                container.remove()
        for name in written.networks:
            self.store.networks.pop(name, None)
        for name in written.images:
            self.store.remove(name)

    def _image(self, reference: str, what: str) -> Image:
        found = self.store.find(reference)
        if found is None:
            raise EngineFailed(f"cannot {what} {reference}: no such image")
        return found
