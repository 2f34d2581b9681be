"""The same image, whoever saved it: docker old and new, podman, layouts in folders and tars, gzip and zstd."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from image_tars import blobs, diff_id, docker_20, docker_25, file, folder, hex_digest, podman_4, symlink, tar

from unladen.errors import BadImage
from unladen.image.archive import open_archive
from unladen.image.blobs import plain, uncompressed
from unladen.image.interface import Image
from unladen.image.source import Window

LOWER = tar(
    folder("etc"),
    file("etc/os-release", b"ID=debian\n"),
    file("big", os.urandom(3 << 20)),
    symlink("e", "etc"),
)
EMPTY = tar()
UPPER = tar(file("etc/os-release", b"ID=mine\n"), file(".wh.big"))
LAYERS = [LOWER, EMPTY, UPPER, EMPTY]


def layout_tar(compression: str) -> Callable[[list[bytes]], bytes]:
    return lambda layers: tar(*(file(name, it) for name, it in blobs(layers, compression)[0].items()))


WRITERS: dict[str, Callable[[list[bytes]], bytes]] = {
    "docker 20": docker_20,
    "docker 25": docker_25,
    "docker 25 with containerd": lambda layers: docker_25(layers, "gzip"),
    "podman": podman_4,
    "layout": layout_tar(""),
    "layout, gzip": layout_tar("gzip"),
    "layout, zstd": layout_tar("zstd"),
    "docker 20, gzip around it": lambda layers: gzip.compress(docker_20(layers), 1),
}


def check(image: Image) -> None:
    assert [layer.diff_id for layer in image.layers] == [diff_id(layer) for layer in LAYERS]
    assert [layer.size_bytes for layer in image.layers] == [len(layer) for layer in LAYERS]
    assert image.config["os"] == "linux"
    assert list(image.tree) == ["/e", "/etc", "/etc/os-release"]
    assert image.tree.read("/e/os-release") == b"ID=mine\n"


@pytest.mark.parametrize("writer", WRITERS)
def test_every_writers_archive_is_the_same_image(writer: str, tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(WRITERS[writer](LAYERS))
    check(open_archive(path))
    assert [it.name for it in tmp_path.iterdir()] == ["image.tar"]


def test_docker_20_saves_layers_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "image.tar"
    path.write_bytes(docker_20(LAYERS, order=(3, 2, 0, 1)))
    check(open_archive(path))


def test_the_image_of_a_layout_is_chosen_by_name(tmp_path: Path) -> None:
    path = tmp_path / "layout.tar"
    path.write_bytes(layout_tar("")(LAYERS))
    check(open_archive(path, "it:1"))
    with pytest.raises(BadImage, match="no image named that:1"):
        open_archive(path, "that:1")


def test_one_of_several_images_is_chosen_by_name(tmp_path: Path) -> None:
    path = tmp_path / "two.tar"
    config = [
        json.dumps({"rootfs": {"diff_ids": [diff_id(it)]}, "os": name}).encode()
        for it, name in ((LOWER, "a"), (UPPER, "b"))
    ]
    manifest = [{"Config": f"{n}.json", "RepoTags": [f"it:{n}"], "Layers": [f"{n}.tar"]} for n in range(2)]
    path.write_bytes(
        tar(
            *(file(f"{n}.json", config[n]) for n in range(2)),
            *(file(f"{n}.tar", layer) for n, layer in enumerate((LOWER, UPPER))),
            file("manifest.json", json.dumps(manifest).encode()),
        )
    )
    assert open_archive(path, "it:1").config["os"] == "b"
    with pytest.raises(BadImage, match="holds 2 images") as caught:
        open_archive(path)
    assert "it:0, it:1" in caught.value.hint
    with pytest.raises(BadImage, match="named it:7"):
        open_archive(path, "it:7")


def test_what_is_no_image_is_refused_with_a_reason(tmp_path: Path) -> None:
    def refused(content: bytes) -> str:
        path = tmp_path / "bad.tar"
        path.write_bytes(content)
        with pytest.raises(BadImage) as caught:
            assert open_archive(path).tree
        return caught.value.what

    good = docker_20(LAYERS)
    assert "neither manifest.json nor index.json" in refused(LOWER)
    assert "no header" in refused(b"#!/bin/sh\n" * 100)
    assert "ends too early" in refused(good[: len(good) // 2])
    assert "is no JSON" in refused(tar(file("manifest.json", b"{")))
    assert "broken" in refused(tar(file("manifest.json", b'[{"Config": 3}]')))
    missing = json.dumps([{"Config": "c", "Layers": ["l"]}]).encode()
    assert "c is missing" in refused(tar(file("manifest.json", missing)))
    unlisted = tar(file("manifest.json", missing), file("c", b"{}"), file("l", LOWER))
    assert "does not list its 1 layers" in refused(unlisted)
    with pytest.raises(BadImage, match="No such file"):
        open_archive(tmp_path / "nowhere.tar")


@pytest.mark.parametrize(
    "squeeze", [gzip.compress, zstandard.ZstdCompressor().compress], ids=["gzip", "zstd"]
)
def test_compressed_blobs_of_several_parts(squeeze: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """pigz and estargz write many members, parallel zstd many frames; a bomb comes out in small chunks."""
    content = os.urandom(1 << 20) + bytes(20 << 20)
    stored = squeeze(content[: 3 << 20]) + squeeze(b"") + squeeze(content[3 << 20 :])
    chunks = list(uncompressed(io.BytesIO(stored).read))
    assert b"".join(chunks) == content
    assert max(map(len, chunks)) <= 1 << 20
    (tmp_path / "blob").write_bytes(stored)
    blob = Window((tmp_path / "blob").open("rb"), 0, len(stored))
    assert hex_digest(plain(blob, tmp_path).at(0, len(content) + 1)) == hex_digest(content)
    with pytest.raises(BadImage):
        list(uncompressed(io.BytesIO(stored[:6] + b"garbage" * 9000).read))


def test_a_gzip_stream_that_is_cut_off_is_refused() -> None:
    with pytest.raises(BadImage, match="ends too early"):
        list(uncompressed(io.BytesIO(gzip.compress(os.urandom(5000))[:-9]).read))
