"""An image in files: what an archive and a layout have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from unladen.errors import BadImage
from unladen.image.blobs import plain
from unladen.image.interface import Layer
from unladen.image.source import Window
from unladen.image.tree import LayeredTree

Find = Callable[[str], Window | None]
"""A stored file by its path ("blobs/sha256/…"), or None."""

_MOST_JSON = 1 << 26


@dataclass(frozen=True)
class StoredImage:
    """An image whose layers lie in files. The files stay open as long as it or its tree is in use."""

    config: Mapping[str, object]
    layers: tuple[Layer, ...]
    contents: tuple[Window, ...]
    """Each layer's uncompressed tar."""

    @cached_property
    def tree(self) -> LayeredTree:
        """The merged files; read from the layers' headers when first asked for."""
        return LayeredTree(self.contents)


def stored_image(find: Find, config: str, layers: Sequence[str], folder: Path | None) -> StoredImage:
    """The image of a stored configuration and layers, by path. Raises BadImage."""
    parsed = read_json(find, config)
    rootfs = parsed.get("rootfs") if isinstance(parsed, dict) else None
    diff_ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if not isinstance(diff_ids, list) or len(diff_ids) != len(layers):
        raise BadImage(
            f"cannot read image: its configuration {config} does not list its {len(layers)} layers"
        )
    unpacked: dict[str, Window] = {}
    for path in layers:
        if path not in unpacked:
            unpacked[path] = plain(_there(find, path), folder)
    contents = tuple(unpacked[path] for path in layers)
    known = tuple(Layer(str(id), window.size) for id, window in zip(diff_ids, contents, strict=True))
    return StoredImage(parsed, known, contents)


def read_json(find: Find, path: str) -> Any:
    window = _there(find, path)
    try:
        if window.size > _MOST_JSON:
            raise ValueError("it is too large")
        return json.loads(window.at(0, window.size))
    except ValueError as error:
        raise BadImage(f"cannot read image: {path} is no JSON: {error}") from error


def _there(find: Find, path: str) -> Window:
    window = find(path)
    if window is None:
        raise BadImage(f"cannot read image: {path} is missing")
    return window
