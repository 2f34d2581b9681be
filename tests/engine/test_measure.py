"""A real image, weighed and opened: what unladen reads out of the engine's archive is what a container has."""

from __future__ import annotations

import gzip
import os
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import busybox

from unladen.engine.interface import BuildRequest, Engine, RunRequest
from unladen.errors import EngineFailed
from unladen.image.local import open_image
from unladen.image.stored import StoredImage
from unladen.measure.size import weigh_image

pytestmark = pytest.mark.engine

BASE = f"unladen-test/measure:{os.getpid()}"
DOCKERFILE = f"""FROM {BASE}
RUN mkdir -p /opt/app/lib /opt/old && echo one > /opt/app/one && echo two > "/opt/app/lib/two words" \\
 && ln /opt/app/one /opt/app/hard && ln -s ../opt/app /tmp/app && echo gone > /opt/old/gone
RUN rm -r /opt/old && rm /opt/app/lib/* && echo new > /opt/app/one && rm /www/index && mkdir /opt/old
ENV NOTHING=changed
RUN rm -r /opt/app/lib && echo file > /opt/app/lib && chmod 4755 /opt/app/lib
"""
OF_THE_ENGINE = ("/.dockerenv", "/dev", "/etc", "/proc", "/run", "/sys")
"""What an engine adds to every container it creates."""


@pytest.fixture
def image(engine: Engine, tmp_path: Path) -> Iterator[str]:
    root = tmp_path / "root.tar"
    with tarfile.open(root, "w") as tar:
        tar.add(busybox(), "bin/busybox")
        for applet in ("sh", "mkdir", "ln", "rm", "chmod"):
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        (tmp_path / "index").write_text("hello")
        tar.add(tmp_path / "index", "www/index")
        folder = tarfile.TarInfo("tmp")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(folder)
    engine.import_root(root, BASE, ('CMD ["sh"]',))
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / uuid.uuid4().hex).touch()
    try:
        yield engine.build(BuildRequest(tmp_path / "context", DOCKERFILE)).image
    finally:
        engine.close()
        engine.remove_image(BASE)


def added(path: str) -> bool:
    return any(path == own or path.startswith(f"{own}/") for own in OF_THE_ENGINE)


def test_an_image_weighs_and_shows_what_its_container_has(engine: Engine, image: str, tmp_path: Path) -> None:
    container = engine.create(RunRequest(image))
    there = tmp_path / "there.tar"
    with there.open("wb") as out:
        out.writelines(container.copy_out("/"))
    container.remove()
    with tarfile.open(there) as tar:
        members = {"/" + member.name.removeprefix("./").strip("/"): member for member in tar}
        members = {path: member for path, member in members.items() if path != "/" and not added(path)}
        opened = open_image(engine, image, tmp_path)
        tree = opened.tree
        assert [path for path in tree if not added(path)] == sorted(members)
        for path, member in members.items():
            entry = tree.get(path)
            assert entry
            if not member.issym():  # a real file system gives every symlink mode 777
                assert (entry.mode, entry.uid, entry.gid) == (member.mode & 0o7777, member.uid, member.gid), (
                    path
                )
            if member.isreg() or member.islnk():
                content = tar.extractfile(member)
                assert content
                assert tree.read(path) == content.read(), path
        assert tree.read("/tmp/app/one") == b"new\n"
        assert tree.resolve("/tmp/app/one") == ("/tmp/app", "/opt/app/one")

    sizes: dict[str, int] = {}
    facts = engine.inspect(image)
    weight = weigh_image(opened, facts, compressed_by_layer=sizes)
    assert [layer.diff_id for layer in opened.layers] == list(facts.layers)
    assert weight.files == sum(tree.get(path).kind in ("file", "hardlink") for path in tree)  # type: ignore[union-attr]
    assert weight.layers == 4
    assert weight.size_bytes == facts.size_bytes

    assert isinstance(opened, StoredImage)
    for layer, content in zip(opened.layers, opened.contents, strict=True):
        real = len(gzip.compress(content.at(0, content.size), 6))
        assert sizes[layer.diff_id] == pytest.approx(real, rel=0.03, abs=60)
    assert weigh_image(opened, facts, compressed_by_layer=sizes) == weight


def test_an_image_that_is_not_there(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(EngineFailed):
        open_image(engine, "sha256:" + "0" * 64, tmp_path)
