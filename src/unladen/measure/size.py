"""What an image weighs, from what was read of it."""

from __future__ import annotations

import os
from collections.abc import Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor

from unladen.engine.interface import ImageFacts
from unladen.errors import EngineFailed, Interrupted
from unladen.image.interface import Image
from unladen.image.source import Cursor, Window
from unladen.image.tar import members
from unladen.image.tree import absolute
from unladen.measure.interface import Weight
from unladen.measure.layersizes import LayerSizes
from unladen.measure.squeeze import CHUNK, LayerSink

__all__ = ["LayerSizes", "weigh_image"]


def weigh_image(
    image: Image,
    facts: ImageFacts,
    *,
    compressed_by_layer: MutableMapping[str, int],
    ended: Callable[[], bool] = lambda: False,
) -> Weight:
    """The weight of an image that was read. `compressed_by_layer` maps a layer's diff id to its compressed size in
    bytes: of a layer found there nothing is read again, one that is not is added. A layer that is there twice counts
    once, as in a registry. Hard links count as files, as `find -type f` counts them.

    Raises EngineFailed where a layer of `facts` is not in it, Interrupted as soon as `ended` says so.
    """
    layers = {layer.diff_id: window for layer, window in zip(image.layers, image.contents, strict=True)}
    if missing := [id for id in facts.layers if id not in layers]:
        raise EngineFailed(f"cannot weigh image {facts.id}: its layer {missing[0]} was not read")
    with ThreadPoolExecutor(os.cpu_count() or 1, "unladen-gzip") as pool:
        for diff_id in facts.layers:
            if diff_id not in compressed_by_layer:
                window, sink = layers[diff_id], LayerSink(pool)
                for offset in range(0, window.size, CHUNK):
                    if ended():
                        raise Interrupted(f"weighing image {facts.id} was broken off")
                    sink.feed(window.at(offset, CHUNK))
                compressed_by_layer[diff_id] = sink.finish()
    entries = (image.tree.get(path) for path in image.tree)
    return Weight(
        size_bytes=facts.size_bytes,
        compressed_bytes=sum(compressed_by_layer[id] for id in dict.fromkeys(facts.layers)),
        files=sum(entry is not None and entry.kind in ("file", "hardlink") for entry in entries),
        layers=sum(_holds_something(layers[id]) for id in facts.layers),
    )


def _holds_something(layer: Window) -> bool:
    return any(absolute(member.name) != "/" for member in members(Cursor(layer)))
