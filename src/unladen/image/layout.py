"""OCI image layouts: a folder (or a tar) of blobs and an index.

https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

from unladen.errors import BadImage
from unladen.image.source import Window
from unladen.image.stored import Find, StoredImage, read_json, stored_image

REF_NAME = "org.opencontainers.image.ref.name"
IMAGE_NAME = "io.containerd.image.name"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
_DEPTH = 4


def open_layout(folder: Path, reference: str | None = None, temporary: Path | None = None) -> StoredImage:
    """The image in a layout folder. Compressed layers are decompressed once, to a nameless file in
    `temporary` (default: the system's folder). Raises BadImage."""

    def find(path: str) -> Window | None:
        inside = folder / path
        if not inside.is_file():
            return None
        return Window(inside.open("rb"), 0, inside.stat().st_size)

    if find("index.json") is None:
        raise BadImage(f"cannot read image layout {folder}: it has no index.json")
    return image_of_layout(find, reference, temporary)


def image_of_layout(find: Find, reference: str | None, temporary: Path | None) -> StoredImage:
    """The image that a layout's index names: by `reference`, else the only one; of several platforms the
    host's, else the first."""
    descriptor = _choose(read_json(find, "index.json"), reference)
    for _ in range(_DEPTH):
        document = read_json(find, _blob(descriptor))
        if "manifests" not in document:
            layers = tuple(_blob(layer) for layer in document.get("layers", ()))
            return stored_image(find, _blob(document.get("config")), layers, temporary)
        descriptor = _choose(document, None)
    raise BadImage("cannot read image layout: its indexes are nested without end")


def _choose(index: Any, reference: str | None) -> Any:
    manifests = index.get("manifests") if isinstance(index, dict) else None
    images = [
        it for it in manifests or () if _platform(it).get("os") != "unknown"
    ]  # attestations are "unknown"
    if reference is not None:
        images = [it for it in images if reference in _names(it)]
    if not images:
        raise BadImage(
            f"cannot read image layout: it holds no image{f' named {reference}' if reference else ''}"
        )
    here = _ARCHITECTURES.get(platform.machine(), platform.machine())
    return next((it for it in images if _platform(it).get("architecture") == here), images[0])


def _platform(descriptor: Any) -> Any:
    return descriptor.get("platform") or {}


def _names(descriptor: Any) -> tuple[str, ...]:
    annotations = descriptor.get("annotations") or {}
    return tuple(annotations[key] for key in (REF_NAME, IMAGE_NAME) if key in annotations)


def _blob(descriptor: Any) -> str:
    digest = descriptor.get("digest") if isinstance(descriptor, dict) else None
    algorithm, _, value = str(digest).partition(":")
    if not value.isalnum() or not algorithm.isalnum():
        raise BadImage(f"cannot read image layout: {digest!r} is no digest")
    return f"blobs/{algorithm}/{value}"
