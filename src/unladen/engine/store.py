"""Where an engine on this machine keeps an image's layers: unpacked, with what it takes to make the tars of them again.

Docker: https://github.com/moby/moby/blob/v20.10.24/layer/filestore.go, image/fs.go and daemon/graphdriver/overlay2.
Podman: https://github.com/containers/storage/blob/v1.43/layers.go and images.go.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OF_DOCKER, OF_PODMAN = "overlay2", "overlay"
"""Names of the storage driver."""


@dataclass(frozen=True)
class UnpackedLayer:
    """`split` is the gzip-compressed record of the layer's tar (tar-split), `root` the folder of its files."""

    split: Path
    root: Path


@dataclass(frozen=True)
class Unpacked:
    """`config` is the image's configuration as it is stored, JSON; the lowest layer comes first."""

    config: bytes
    layers: tuple[UnpackedLayer, ...]


def of_docker(root: Path, image: str) -> Unpacked | None:
    """The image (its id, "sha256:…") in the folder of a docker daemon; None where this process cannot read it there, or
    where that folder does not have it, as with a daemon of another machine."""
    digest = image.removeprefix("sha256:")
    metadata = root / "image" / OF_DOCKER
    try:
        config = (metadata / "imagedb" / "content" / "sha256" / digest).read_bytes()
        layers = tuple(_dockers(root, metadata / "layerdb" / "sha256", json.loads(config)))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return _checked(Unpacked(config, layers), digest)


def of_podman(root: Path, image: str) -> Unpacked | None:
    """The same in a storage of podman's."""
    digest = image.removeprefix("sha256:")
    stored = "=" + base64.b64encode(f"sha256:{digest}".encode()).decode()
    try:
        config = (root / "overlay-images" / digest / stored).read_bytes()
        images = json.loads((root / "overlay-images" / "images.json").read_bytes())
        layers = {
            each["id"]: each for each in json.loads((root / "overlay-layers" / "layers.json").read_bytes())
        }
        top = next(each["layer"] for each in images if each["id"] == digest)
        found = tuple(_podmans(root, layers, top))
        written = [each["diff-digest"] for each, _ in found]
        if written != json.loads(config)["rootfs"]["diff_ids"]:
            return None
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None
    return _checked(Unpacked(config, tuple(layer for _, layer in found)), digest)


def _checked(found: Unpacked, digest: str) -> Unpacked | None:
    """What is there and can be read, and is what was asked for."""
    try:
        for layer in found.layers:
            os.close(os.open(layer.split, os.O_RDONLY))
            os.close(os.open(layer.root, os.O_RDONLY | os.O_DIRECTORY))
    except OSError:
        return None
    return found if hashlib.sha256(found.config).hexdigest() == digest else None


def _dockers(root: Path, database: Path, config: dict[str, dict[str, list[str]]]) -> Iterator[UnpackedLayer]:
    """A layer is found by the digest of all digests up to its own. Raises OSError."""
    chain = ""
    for diff_id in config["rootfs"]["diff_ids"]:
        both = f"{chain} {diff_id}".encode()
        chain = f"sha256:{hashlib.sha256(both).hexdigest()}" if chain else diff_id
        place = database / chain.removeprefix("sha256:")
        folder = (place / "cache-id").read_text().strip()
        yield UnpackedLayer(place / "tar-split.json.gz", root / OF_DOCKER / folder / "diff")


def _podmans(root: Path, layers: dict[str, Any], top: str) -> list[tuple[Any, UnpackedLayer]]:
    found: list[tuple[Any, UnpackedLayer]] = []
    while top:
        split = root / "overlay-layers" / f"{top}.tar-split.gz"
        found.insert(0, (layers[top], UnpackedLayer(split, root / OF_PODMAN / top / "diff")))
        top = layers[top].get("parent", "")
    return found


@dataclass(frozen=True)
class Stores:
    """How an engine stores: what `info` is `asked` for (its driver and its folder), the `driver` whose folder is known
    here, and what reads an image (folder, id) in it."""

    asked: str
    driver: str
    read: Callable[[Path, str], Unpacked | None]


DOCKERS = Stores("{{.Driver}} {{.DockerRootDir}}", OF_DOCKER, of_docker)
PODMANS = Stores("{{.Store.GraphDriverName}} {{.Store.GraphRoot}}", OF_PODMAN, of_podman)
