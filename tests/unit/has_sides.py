"""Images for the tests of static evidence: real layer tars behind the real tree, and builders' histories."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keep_trees import Content, add, usual_mode

from unladen.image.interface import Layer
from unladen.image.source import Window
from unladen.image.stored import StoredImage
from unladen.language.scene import scene
from unladen.proof.has.interface import Side


@dataclass(frozen=True)
class Step:
    """An instruction and the layer that it made: bytes are a file, a string is a link, None a directory. `rights` are
    (mode, uid, gid); `gone` are whiteouts. Directories on the way are made."""

    created_by: str
    files: Mapping[str, Content] = field(default_factory=dict)
    rights: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    gone: Sequence[str] = ()
    mtime: int = 1_600_000_000


def side_of(*steps: Step, base: int = 1, **config: Any) -> Side:
    """The first `base` steps are the base image's (0: not known); `config` is the image's ("User", "Env"…)."""
    tars = [_tar(step) for step in steps]
    ids = tuple(f"sha256:{hashlib.sha256(each).hexdigest()}" for each in tars)
    image = StoredImage(
        {
            "config": config,
            "history": [{"created_by": step.created_by} for step in steps],
            "rootfs": {"type": "layers", "diff_ids": list(ids)},
        },
        tuple(Layer(id, len(each)) for id, each in zip(ids, tars, strict=True)),
        tuple(_window(each) for each in tars),
    )
    return Side(image, scene(image.tree, image.config), ids[:base])


def _tar(step: Step) -> bytes:
    out = io.BytesIO()
    everything: dict[str, Content] = {}
    for path, content in step.files.items():
        folders = path.split("/")[1:-1]
        for depth in range(len(folders)):
            everything.setdefault("/" + "/".join(folders[: depth + 1]), None)
        everything[path] = content
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, errors="surrogateescape") as tar:
        for path, content in everything.items():
            rights = step.rights.get(path, (usual_mode(content), 0, 0))
            add(tar, path, content, rights, step.mtime)
        for path in step.gone:
            folder, _, name = path.rpartition("/")
            tar.addfile(tarfile.TarInfo(f"{folder}/.wh.{name}".lstrip("/")))
    return out.getvalue()


def _window(content: bytes) -> Window:
    file = tempfile.TemporaryFile()  # noqa: SIM115 (it stays open as long as the tree)
    file.write(content)
    file.flush()
    return Window(file, 0, len(content))
