"""Images are read where an engine of this machine keeps them, and are what the engine would save."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from engines import provide

from unladen.engine.interface import BuildRequest, Engine
from unladen.image.archive import open_archive
from unladen.image.local import open_image
from unladen.image.unpacked import UnpackedWindow

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may read an engine's folder"),
]

DOCKERFILE = """\
FROM python:3.11-slim
WORKDIR /srv
COPY . .
RUN ln one two && ln -s two three && mkdir gone && rm -r gone /usr/share/doc && chown 5:6 one && chmod 4755 one \\
 && cp /bin/true . && touch -d @86400 true && head -c 3000000 /dev/urandom > much && cat much much > more
RUN rm much && mkdir -p /etc/alternatives/x && : > empty
ENTRYPOINT ["./true"]
"""


def test_what_lies_unpacked_is_what_the_engine_saves(engine: Engine, tmp_path: Path) -> None:
    provide(engine, "python:3.11-slim")
    context = tmp_path / "context"
    context.mkdir()
    (context / "one").write_bytes(b"1")
    (context / os.fsdecode("Ümläut mit Lücke".encode())).write_bytes(b"2")
    image = engine.build(BuildRequest(context, DOCKERFILE)).image
    there = open_image(engine, image, tmp_path)
    assert all(isinstance(each, UnpackedWindow) for each in there.contents)
    with (tmp_path / "saved.tar").open("wb") as file, engine.save(image) as stream:
        file.writelines(iter(lambda: stream.read(1 << 20), b""))
    saved = open_archive(tmp_path / "saved.tar")
    assert there.layers == saved.layers and there.config == saved.config
    for layer, window in zip(there.layers, there.contents, strict=True):
        digest = hashlib.sha256()
        for offset in range(0, window.size, 1 << 20):
            digest.update(window.at(offset, 1 << 20))
        assert f"sha256:{digest.hexdigest()}" == layer.diff_id
    assert list(there.tree) == list(saved.tree)
    assert [there.tree.get(path) for path in there.tree] == [saved.tree.get(path) for path in saved.tree]
    for path in ("/srv/more", "/srv/two", "/srv/true", "/etc/os-release"):
        assert there.tree.read(path) == saved.tree.read(path)


def test_a_history_that_does_not_say_what_made_a_layer(engine: Engine, tmp_path: Path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as layer:
        layer.addfile(tarfile.TarInfo("empty"))
    diff_id = f"sha256:{hashlib.sha256(made.getvalue()).hexdigest()}"
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        "history": [{"created": "2020-01-01T00:00:00Z"}],
    }
    name = "localhost/unladen-test/no-history:1"
    files = {
        "config.json": json.dumps(config).encode(),
        "layer.tar": made.getvalue(),
        "manifest.json": json.dumps(
            [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
        ).encode(),
    }
    with tarfile.open(tmp_path / "image.tar", "w") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    load = [*engine.command, "load", "--input", str(tmp_path / "image.tar")]
    subprocess.run(load, check=True, capture_output=True)
    try:
        assert engine.inspect(name).history == ("",)
        assert list(open_image(engine, name, tmp_path).tree) == ["/empty"]
    finally:
        engine.remove_image(name)
