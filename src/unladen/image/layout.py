"""OCI image layouts: blobs and an index, as an archive holds them.

https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

from unladen.errors import BadImage
from unladen.image.stored import Find, StoredImage, read_json, stored_image

REF_NAME = "org.opencontainers.image.ref.name"
IMAGE_NAME = "io.containerd.image.name"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}
_DEPTH = 4


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
