"""What an image weighs, from one pass over the stream in which its engine saves it, or from what was read of it."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO

from unladen.engine.interface import Engine, ImageFacts
from unladen.errors import BadImage, EngineFailed, Interrupted
from unladen.image.blobs import is_compressed, uncompressed
from unladen.image.interface import Image, Kind
from unladen.image.source import Cursor, Window
from unladen.image.tar import BLOCK, Member, is_header, members
from unladen.image.tree import absolute, merge
from unladen.measure.interface import Weight
from unladen.measure.layersizes import LayerSizes
from unladen.measure.squeeze import CHUNK, LayerSink

__all__ = ["LayerSizes", "weigh", "weigh_image", "weigh_saved"]

_DIGEST_IN_NAME = re.compile(r"(?:^blobs/sha256/|^)([0-9a-f]{64})(?:\.tar|/layer\.tar)?$")


def weigh(engine: Engine, image_id: str, *, compressed_by_layer: MutableMapping[str, int]) -> Weight:
    """Weighs an image of the engine: no file is written and no more than a few megabytes are held.

    Raises EngineFailed, BadImage.
    """
    facts = engine.inspect(image_id)
    with engine.save(image_id) as stream:
        return weigh_saved(stream, facts, compressed_by_layer=compressed_by_layer)


def weigh_image(
    image: Image,
    facts: ImageFacts,
    *,
    compressed_by_layer: MutableMapping[str, int],
    ended: Callable[[], bool] = lambda: False,
) -> Weight:
    """The same of an image that has been read: of a layer whose compressed size is known nothing is read again.

    Raises EngineFailed where a layer of `facts` is not in it, Interrupted as soon as `ended` says so.
    """
    layers = {layer.diff_id: window for layer, window in zip(image.layers, image.contents, strict=True)}
    if missing := [id for id in facts.layers if id not in layers]:
        raise EngineFailed(f"cannot weigh image {facts.id}: its layer {missing[0]} was not read")
    with (
        ThreadPoolExecutor(1, "unladen-hash") as hasher,
        ThreadPoolExecutor(os.cpu_count() or 1, "unladen-gzip") as pool,
    ):
        for diff_id in facts.layers:
            if diff_id not in compressed_by_layer:
                window, sink = layers[diff_id], LayerSink(hasher, pool)
                for offset in range(0, window.size, CHUNK):
                    if ended():
                        raise Interrupted(f"weighing image {facts.id} was broken off")
                    sink.feed(window.at(offset, CHUNK))
                compressed_by_layer[diff_id] = sink.finish()[1] or 0
    entries = (image.tree.get(path) for path in image.tree)
    return Weight(
        size_bytes=facts.size_bytes,
        compressed_bytes=sum(compressed_by_layer[id] for id in dict.fromkeys(facts.layers)),
        files=sum(entry is not None and entry.kind in ("file", "hardlink") for entry in entries),
        layers=sum(_holds_something(layers[id]) for id in facts.layers),
    )


def _holds_something(layer: Window) -> bool:
    return any(absolute(member.name) != "/" for member in members(Cursor(layer)))


def weigh_saved(
    saved: IO[bytes], facts: ImageFacts, *, compressed_by_layer: MutableMapping[str, int]
) -> Weight:
    """Weighs an image from the archive it is saved in, read once from start to end.

    `compressed_by_layer` maps a layer's diff id, and the name docker ≤ 24 saves it under, to its compressed
    size; a layer found there is not compressed again, one that is not is added. A layer that an image has
    twice counts once, as in a registry. Hard links count as files, as `find -type f` counts them.

    Raises EngineFailed where a layer of `facts` is not in the archive, BadImage where it is no archive.
    """
    found: dict[str, dict[str, Kind]] = {}
    with (
        ThreadPoolExecutor(1, "unladen-hash") as hasher,
        ThreadPoolExecutor(os.cpu_count() or 1, "unladen-gzip") as pool,
    ):
        for layer in _layers(_Stream(saved)):
            sink = LayerSink(hasher, None if layer.name in compressed_by_layer else pool)
            names = _names(layer, sink)
            diff_id, size = sink.finish()
            size = compressed_by_layer[layer.name] if size is None else size
            compressed_by_layer[layer.name] = compressed_by_layer[diff_id] = size
            found[diff_id] = names
    if missing := [id for id in facts.layers if id not in found]:
        raise EngineFailed(f"cannot weigh image {facts.id}: the engine did not save its layer {missing[0]}")
    tree, _ = merge([found[id] for id in facts.layers], lambda kind: kind == "dir")
    return Weight(
        size_bytes=facts.size_bytes,
        compressed_bytes=sum(compressed_by_layer[id] for id in dict.fromkeys(facts.layers)),
        files=sum(kind in ("file", "hardlink") for kind in tree.values()),
        layers=sum(bool(found[id].keys() - {"/"}) for id in facts.layers),
    )


@dataclass(frozen=True)
class _Layer:
    """A layer at hand in the stream. `name`: its diff id where the archive uses that, else its v1 id."""

    name: str
    chunks: Iterator[bytes]


def _layers(stream: _Stream) -> Iterator[_Layer]:
    """Every layer in an archive, known by what is in it: names and order differ from engine to engine."""
    for member in members(stream):
        if member.kind != "file":
            continue
        left = member.stored

        def read(count: int) -> bytes:
            nonlocal left
            got = stream.read(min(count, left))
            left -= len(got)
            return got

        start = read(BLOCK)
        if is_compressed(start) or is_header(start) or start == bytes(BLOCK):
            yield _Layer(_layer_name(member), uncompressed(_after(start, read)))
    stream.drain()


def _after(start: bytes, read: Callable[[int], bytes]) -> Callable[[int], bytes]:
    """Reads `start` again, joined with what follows it."""

    def both(count: int) -> bytes:
        nonlocal start
        if not start:
            return read(count)
        joined, start = start + read(count - len(start)), b""
        return joined

    return both


def _layer_name(member: Member) -> str:
    name = posixpath.normpath(member.name)
    named = _DIGEST_IN_NAME.match(name)
    return f"sha256:{named[1]}" if named else name


def _names(layer: _Layer, sink: LayerSink) -> dict[str, Kind]:
    """The paths of a layer with their kinds; its bytes go to the sink."""
    source = _Passing(layer.chunks, sink)
    names: dict[str, Kind] = {}
    for member in members(source):
        kind = member.kind
        if kind == "hardlink":
            kind = names.get(absolute(member.link), kind)
        names[absolute(member.name)] = kind
    source.drain()
    return names


class _Stream:
    """An engine's stream as a Source."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._position = 0

    def read(self, count: int) -> bytes:
        got = self._stream.read(count)
        self._position += len(got)
        return got

    def skip(self, count: int) -> None:
        while count:
            got = len(self.read(min(count, CHUNK)))
            if not got:
                raise BadImage("cannot read the saved image: it ends too early")
            count -= got

    def tell(self) -> int:
        return self._position

    def drain(self) -> None:
        """Reads to the end, where an engine that failed says so."""
        while self.read(CHUNK):
            pass


class _Passing:
    """A layer's chunks as a Source; every byte also goes to the sink, once."""

    def __init__(self, chunks: Iterator[bytes], sink: LayerSink) -> None:
        self._chunks = chunks
        self._sink = sink
        self._chunk = b""
        self._at = 0
        self._before = 0

    def read(self, count: int) -> bytes:
        got = self._chunk[self._at : self._at + count]
        self._at += len(got)
        while len(got) < count and self._next():
            more = self._chunk[: count - len(got)]
            self._at = len(more)
            got += more
        return got

    def skip(self, count: int) -> None:
        while count > len(self._chunk) - self._at:
            count -= len(self._chunk) - self._at
            if not self._next():
                raise BadImage("cannot read a layer: it ends too early")
        self._at += count

    def tell(self) -> int:
        return self._before + self._at

    def drain(self) -> None:
        while self._next():
            pass

    def _next(self) -> bool:
        self._before += len(self._chunk)
        self._chunk, self._at = next(self._chunks, b""), 0
        if self._chunk:
            self._sink.feed(self._chunk)
        return bool(self._chunk)
