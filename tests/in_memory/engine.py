"""The engine: one session on a store, which others may share as they share a daemon."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from in_memory.build import Building, configured
from in_memory.container import MemoryContainer
from in_memory.files import lay
from in_memory.store import Image, Store, archive, nothing
from unladen.engine.answers import missing_base
from unladen.engine.facts import facts_of
from unladen.engine.interface import LABEL, BuilderName, BuildRequest, Built, ImageFacts, RunRequest
from unladen.engine.owned import is_orphan, new_session
from unladen.errors import EngineFailed


class MemoryEngine:
    name = "in-memory"
    version = "1"
    builder: BuilderName = "buildkit"
    command = ("in-memory",)

    def __init__(self, store: Store, session: str | None = None) -> None:
        self.store = store
        self.session = session or new_session()
        self._kept: set[str] = set()
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
        return MemoryContainer(
            self.store, self._image(request.image, "create a container of"), request, self.session
        )

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

    def save(self, image: str) -> IO[bytes]:
        found = self._image(image, "save image")
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

    def keep(self, image: str) -> None:
        found = self._image(image, "keep image")
        self._kept.add(found.id)
        if not self.store.names_of(found.id):
            self.tag(found.id, f"unladen/kept:{found.id.removeprefix('sha256:')[:12]}")

    def close(self) -> None:
        for building in tuple(self._builds):
            building.end()
        self._remove(self.session, lambda id: id not in self._kept)

    def remove_orphans(self) -> tuple[str, ...]:
        owners = {each.session for each in self.store.containers.values()}
        owners |= {label for image in self.store.images.values() if (label := _owner(image.settings))}
        gone = tuple(sorted(session for session in owners if is_orphan(session)))
        for session in gone:
            self._remove(session, lambda id: not self.store.names_of(id))
        return gone

    def _remove(self, session: str, goes: Callable[[str], bool]) -> None:
        for container in tuple(self.store.containers.values()):
            if container.session == session:
                container.remove()
        with self.store.lock:
            images = [id for id, image in self.store.images.items() if _owner(image.settings) == session]
            for id in filter(goes, images):
                self.store.names = {name: named for name, named in self.store.names.items() if named != id}
                del self.store.images[id]

    def _image(self, reference: str, what: str) -> Image:
        found = self.store.find(reference)
        if found is None:
            raise EngineFailed(f"cannot {what} {reference}: no such image")
        return found


def _owner(settings: Mapping[str, object]) -> str:
    labels = settings.get("Labels") or {}
    assert isinstance(labels, Mapping)
    return str(labels.get(LABEL, ""))
