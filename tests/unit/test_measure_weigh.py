"""An image weighs the same whoever saved it, and what is known is never compressed again."""

from __future__ import annotations

import gzip
import os
import random
import tracemalloc
from collections.abc import Callable, MutableMapping
from pathlib import Path

import pytest
from image_tars import diff_id, docker_20, docker_25, file, folder, hard_link, podman_4, symlink, tar

from unladen.engine.interface import ImageFacts
from unladen.errors import EngineFailed, Interrupted
from unladen.image.archive import open_archive
from unladen.measure.interface import Weight
from unladen.measure.layersizes import LayerSizes
from unladen.measure.size import weigh_image
from unladen.measure.squeeze import HEADER_AND_TRAILER, LAST_BLOCK, deflate

WORDS = [bytes(random.Random(n).choices(b"abcdefgh", k=6)) for n in range(3000)]
TEXT = b" ".join(random.Random(1).choices(WORDS, k=400_000))  # 2.8 MB that compress like text does
LOWER = tar(
    folder("./"),
    folder("a"),
    file("a/text", TEXT),
    file("a/gone", b"x"),
    hard_link("a/same", "a/text"),
    symlink("s", "a"),
    hard_link("t", "s"),
)
UPPER = tar(folder("a"), file("a/.wh.gone"), file("a/random", os.urandom(1 << 20)), file("b", b""))
EMPTY = tar()
LAYERS = [LOWER, EMPTY, UPPER]

WRITERS: dict[str, Callable[[list[bytes]], bytes]] = {
    "docker 20": docker_20,
    "docker 20, top layer first": lambda layers: docker_20(layers, tuple(reversed(range(len(layers))))),
    "docker 25": docker_25,
    "docker 25 with containerd": lambda layers: docker_25(layers, "gzip"),
    "podman": podman_4,
}


def facts(layers: list[bytes]) -> ImageFacts:
    ids = tuple(diff_id(layer) for layer in layers)
    return ImageFacts("sha256:1", 5_000_000, ids, "amd64", {}, (), (), "", "", (), "", {}, ())


def weigh(
    saved: bytes,
    layers: list[bytes],
    folder: Path,
    sizes: MutableMapping[str, int],
    ended: Callable[[], bool] = lambda: False,
) -> Weight:
    """As of an image that an engine saved."""
    path = folder / "saved.tar"
    path.write_bytes(saved)
    image = open_archive(path, folder=folder)
    return weigh_image(image, facts(layers), compressed_by_layer=sizes, ended=ended)


@pytest.mark.parametrize("writer", WRITERS)
def test_every_writers_archive_weighs_the_same(writer: str, tmp_path: Path) -> None:
    sizes: dict[str, int] = {}
    weight = weigh(WRITERS[writer](LAYERS), LAYERS, tmp_path, sizes)
    assert weight.size_bytes == 5_000_000
    assert weight.layers == 2
    assert weight.files == 4  # /a/text, /a/same, /a/random, /b: a hard link to a symlink is none
    assert weight.compressed_bytes == sum(sizes[diff_id(layer)] for layer in LAYERS)
    for layer in LAYERS:
        assert sizes[diff_id(layer)] == pytest.approx(len(gzip.compress(layer, 6)), rel=0.03, abs=80)


def test_weighing_can_be_broken_off(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        weigh(podman_4(LAYERS), LAYERS, tmp_path, {}, ended=lambda: True)


def test_the_size_is_that_of_a_real_gzip_stream(tmp_path: Path) -> None:
    content = TEXT + os.urandom(70_000) + bytes(1 << 20)
    chunks = [content[at : at + (1 << 20)] for at in range(0, len(content), 1 << 20)]
    before = [b"", *(chunk[-(1 << 15) :] for chunk in chunks)]
    stream = (
        b"".join(deflate(chunk, ahead) for chunk, ahead in zip(chunks, before, strict=False)) + LAST_BLOCK
    )
    header, trailer = gzip.compress(b"")[:10], _trailer(content)
    assert gzip.decompress(header + stream + trailer) == content
    layer = tar(file("f", content))
    sizes: dict[str, int] = {}
    weigh(podman_4([layer]), [layer], tmp_path, sizes)
    assert sizes[diff_id(layer)] == pytest.approx(len(stream) + HEADER_AND_TRAILER, rel=0.001)


def _trailer(content: bytes) -> bytes:
    return gzip.compress(content, 0)[-8:]


def test_a_layer_twice_counts_once_but_is_two_layers(tmp_path: Path) -> None:
    twice = [LOWER, UPPER, LOWER]
    sizes: dict[str, int] = {}
    weight = weigh(docker_20(twice), twice, tmp_path, sizes)
    assert weight.layers == 3
    assert weight.compressed_bytes == sizes[diff_id(LOWER)] + sizes[diff_id(UPPER)]
    assert weight.files == 5  # the upper LOWER brings a/gone back


@pytest.mark.parametrize("writer", WRITERS)
def test_known_layers_are_not_compressed_again(writer: str, tmp_path: Path) -> None:
    """Marked sizes come back: had a layer been compressed, its mark would be gone."""
    saved, sizes = WRITERS[writer](LAYERS), dict[str, int]()
    first = weigh(saved, LAYERS, tmp_path, sizes)
    marked = {layer: size + 1_000_000_007 for layer, size in sizes.items()}
    again = weigh(saved, LAYERS, tmp_path, marked)
    assert again.compressed_bytes == first.compressed_bytes + 3 * 1_000_000_007
    assert (again.files, again.layers) == (first.files, first.layers)


def test_memory_stays_small_whatever_the_layers_size(tmp_path: Path) -> None:
    layer = tar(*(file(f"f{n}", bytes(1 << 20) + os.urandom(1 << 12)) for n in range(80)))
    path = tmp_path / "saved.tar"
    path.write_bytes(podman_4([layer]))
    known = facts([layer])
    del layer
    tracemalloc.start()
    weigh_image(open_archive(path, folder=tmp_path), known, compressed_by_layer={})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 << 20


def test_a_missing_layer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineFailed, match="was not read"):
        weigh(podman_4([LOWER]), LAYERS, tmp_path, {})


def test_layer_sizes_survive_in_their_file(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "layers.json"
    mine, theirs = LayerSizes(path), LayerSizes(path)
    mine["sha256:a"] = 1
    mine.save()
    theirs["sha256:b"] = 2
    theirs.save()
    assert dict(LayerSizes(path)) == {"sha256:a": 1, "sha256:b": 2}
    assert [it.name for it in path.parent.iterdir()] == ["layers.json"]


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b'{"sha256:a": "1", "b": true, "c": -4}', b"\xff"])
def test_a_broken_file_of_layer_sizes_counts_as_empty(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "layers.json"
    path.write_bytes(content)
    sizes = LayerSizes(path)
    assert len(sizes) == 0
    sizes["sha256:x"] = 3
    sizes.save()
    assert dict(LayerSizes(path)) == {"sha256:x": 3}


def test_layer_sizes_that_cannot_be_written_stop_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    sizes = LayerSizes(tmp_path / "file" / "layers.json")
    sizes["sha256:x"] = 3
    sizes.save()
    assert sizes["sha256:x"] == 3
