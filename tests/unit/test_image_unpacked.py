"""Layers that an engine keeps unpacked are the very tars that they came in."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from unladen.engine.store import of_docker, of_podman
from unladen.errors import BadImage
from unladen.image.source import Window
from unladen.image.tree import LayeredTree
from unladen.image.unpacked import unpacked_image

BLOCK = 512
Lay = Callable[[Path, list[bytes]], str]


def entry(name: str, content: bytes = b"", **changes: object) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for key, value in changes.items():
        setattr(member, key, value)
    return member, content


def tar(*entries: tuple[tarfile.TarInfo, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=format, errors="surrogateescape") as file:
        for member, content in entries:
            file.addfile(member, io.BytesIO(content))
    return made.getvalue()


LOWER = tar(
    entry("./", type=tarfile.DIRTYPE, mode=0o755),
    entry("bin/", type=tarfile.DIRTYPE, mode=0o755),
    entry("bin/tool", b"#!/bin/sh\n" * 40_000, mode=0o4755, uid=5, gid=6),
    entry("bin/other", type=tarfile.LNKTYPE, linkname="bin/tool"),
    entry("lib", type=tarfile.SYMTYPE, linkname="bin"),
    entry(f"{'long/' * 40}name", b"deep"),
    entry("caps", b"c", pax_headers={"SCHILY.xattr.security.capability": "cap"}),
    entry("empty"),
)
UPPER = tar(
    entry("bin/.wh.other"),
    entry(os.fsdecode(b"odd \xff\n"), b"bytes"),
    entry("caps", b"changed"),
    format=tarfile.GNU_FORMAT,
)


def split(layer: bytes, root: Path) -> bytes:
    """The record of a layer's tar, its files put below `root`."""
    lines, at = [], 0
    with tarfile.open(fileobj=io.BytesIO(layer), errors="surrogateescape") as file:
        for member in file.getmembers():
            if member.isreg() and member.size:
                lines.append(
                    {"type": 2, "payload": base64.b64encode(layer[at : member.offset_data]).decode()}
                )
                name = os.fsencode(member.name)
                named = (
                    {"name": member.name} if name.isascii() else {"name_raw": base64.b64encode(name).decode()}
                )
                lines.append({"type": 1, **named, "size": member.size, "payload": "", "position": len(lines)})
                at = member.offset_data + member.size
                target = root / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(layer[member.offset_data : at])
            else:
                lines.append({"type": 1, "name": member.name, "payload": None})
    lines.append({"type": 2, "payload": base64.b64encode(layer[at:]).decode()})
    return gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in lines))


def digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def docker(root: Path, layers: list[bytes]) -> str:
    """Lays an image down as dockerd does, and says its id."""
    config = json.dumps({"rootfs": {"diff_ids": [digest(each) for each in layers]}}).encode()
    content = root / "image/overlay2/imagedb/content/sha256"
    content.mkdir(parents=True)
    (content / digest(config)[7:]).write_bytes(config)
    chain = ""
    for number, layer in enumerate(layers):
        chain = digest(f"{chain} {digest(layer)}".encode()) if chain else digest(layer)
        place, files = root / "image/overlay2/layerdb/sha256" / chain[7:], root / f"overlay2/c{number}/diff"
        place.mkdir(parents=True)
        files.mkdir(parents=True)
        (place / "cache-id").write_text(f"c{number}")
        (place / "tar-split.json.gz").write_bytes(split(layer, files))
    return digest(config)


def podman(root: Path, layers: list[bytes]) -> str:
    """The same as podman does."""
    config = json.dumps({"rootfs": {"diff_ids": [digest(each) for each in layers]}}).encode()
    id = digest(config)[7:]
    (root / "overlay-images" / id).mkdir(parents=True)
    (root / "overlay-layers").mkdir()
    stored = "=" + base64.b64encode(digest(config).encode()).decode()
    (root / "overlay-images" / id / stored).write_bytes(config)
    top = f"l{len(layers) - 1}"
    (root / "overlay-images/images.json").write_text(json.dumps([{"id": "0"}, {"id": id, "layer": top}]))
    known = []
    for number, layer in enumerate(layers):
        parent = {"parent": f"l{number - 1}"} if number else {}
        known.append({"id": f"l{number}", "diff-digest": digest(layer), **parent})
        files = root / f"overlay/l{number}/diff"
        files.mkdir(parents=True)
        (root / f"overlay-layers/l{number}.tar-split.gz").write_bytes(split(layer, files))
    (root / "overlay-layers/layers.json").write_text(json.dumps(known))
    return digest(config)


READERS = [pytest.param(docker, of_docker, id="docker"), pytest.param(podman, of_podman, id="podman")]
readers = pytest.mark.parametrize(("lay", "read"), READERS)


@readers
def test_it_is_the_tree_of_the_tars_to_the_byte(tmp_path: Path, lay: Lay, read: type) -> None:
    place = read(tmp_path, lay(tmp_path, [LOWER, UPPER]))
    assert place is not None
    image = unpacked_image(place, tmp_path)
    windows = []
    for number, layer in enumerate((LOWER, UPPER)):
        file = tmp_path / f"{number}.tar"
        file.write_bytes(layer)
        windows.append(Window(file.open("rb"), 0, len(layer)))
        assert image.contents[number].at(0, 1 << 30) == layer
        assert image.contents[number].at(BLOCK + 7, 3 * BLOCK) == layer[BLOCK + 7 : 4 * BLOCK + 7]
    expected = LayeredTree(windows)
    assert list(image.tree) == list(expected)
    assert [image.tree.get(path) for path in image.tree] == [expected.get(path) for path in expected]
    for path in ("/lib/tool", "/caps", f"/{'long/' * 40}name", os.fsdecode(b"/odd \xff\n"), "/empty"):
        assert image.tree.read(path) == expected.read(path)
    assert image.tree.part("/bin/tool", 399_990, 100) == b"#!/bin/sh\n"
    assert [layer.size_bytes for layer in image.layers] == [len(LOWER), len(UPPER)]


@readers
def test_what_is_not_there_or_is_another_image_is_saved_instead(tmp_path: Path, lay: Lay, read: type) -> None:
    id = lay(tmp_path, [LOWER, UPPER])
    assert read(tmp_path, digest(b"another")) is None and read(tmp_path / "nowhere", id) is None
    record = next(tmp_path.rglob("*tar-split*"))
    record.rename(record.with_name("gone"))
    assert read(tmp_path, id) is None
    record.with_name("gone").rename(record)
    config = next(path for path in tmp_path.rglob("*") if path.is_file() and b"rootfs" in path.read_bytes())
    config.write_bytes(config.read_bytes() + b" ")
    assert read(tmp_path, id) is None


def test_a_broken_record_and_a_file_that_went_are_said(tmp_path: Path) -> None:
    place = of_docker(tmp_path, docker(tmp_path, [LOWER]))
    assert place is not None
    image = unpacked_image(place)
    (tmp_path / "overlay2/c0/diff/caps").unlink()
    with pytest.raises(BadImage, match=r"cannot read .*/caps"):
        image.tree.read("/caps")
    (tmp_path / "overlay2/c0/diff/bin/tool").write_bytes(b"short")
    with pytest.raises(BadImage, match="ends too early"):
        image.tree.read("/bin/tool")
    record = next(tmp_path.rglob("*tar-split*"))
    for broken in (record.read_bytes()[:-20], b"no gzip", gzip.compress(b"no JSON"), gzip.compress(b"{}")):
        record.write_bytes(broken)
        with pytest.raises(BadImage, match="the record of a layer"):
            unpacked_image(place)


def test_a_link_above_a_file_does_not_lead_out_of_the_image(tmp_path: Path) -> None:
    (tmp_path / "machine").mkdir()
    (tmp_path / "machine/secret").write_bytes(b"mine")
    layer = tar(entry("a/secret", b"its!"))
    place = of_docker(tmp_path, docker(tmp_path, [layer]))
    assert place is not None
    folder = tmp_path / "overlay2/c0/diff/a"
    (folder / "secret").unlink()
    folder.rmdir()
    folder.symlink_to(tmp_path / "machine")
    with pytest.raises(BadImage, match="a link is above it"):
        unpacked_image(place).tree.read("/a/secret")
