"""An image edited without a build: a layer appended, the configuration changed, and loaded into the engine.

A layer's format, whiteouts included: https://github.com/opencontainers/image-spec/blob/main/layer.md; an archive's:
https://github.com/moby/docker-image-spec/blob/main/spec.md
"""

from __future__ import annotations

import copy
import fnmatch
import hashlib
import io
import json
import posixpath
import subprocess
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unladen import temporary
from unladen.engine.interface import Engine
from unladen.image.interface import Entry, FileTree, Layer
from unladen.image.source import Window
from unladen.image.stored import StoredImage

_TYPES = {"file": tarfile.REGTYPE, "dir": tarfile.DIRTYPE, "symlink": tarfile.SYMTYPE}


@dataclass(frozen=True)
class Edit:
    """What is done to an image. Paths of `remove`, `replace`, `mode` and `owner` are patterns ("*" matches slashes,
    too); one that matches nothing is an error. `replace` maps a path to (old text, new text), `write` to a file's whole
    text, `make` to the mode of a new directory, `link` to a symbolic link's target, `owner` to "uid:gid"; `config` is
    merged into the image's configuration under the names of the OCI specification; false removes a key."""

    remove: tuple[str, ...] = ()
    replace: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    write: Mapping[str, str] = field(default_factory=dict)
    make: Mapping[str, int] = field(default_factory=dict)
    mode: Mapping[str, int] = field(default_factory=dict)
    owner: Mapping[str, str] = field(default_factory=dict)
    link: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Edited:
    """A new image: its layer's tar (empty: none is added) and its configuration."""

    layer: bytes
    config: bytes

    @property
    def id(self) -> str:
        return f"sha256:{hashlib.sha256(self.config).hexdigest()}"


def edited(image: StoredImage, edit: Edit) -> Edited:
    """Raises ValueError where the edit changes nothing."""
    layer = _layer(image.tree, edit)
    config: dict[str, Any] = copy.deepcopy(dict(image.config))
    config["config"] = merged(config.get("config") or {}, edit.config)
    if layer:
        diff_id = f"sha256:{hashlib.sha256(layer).hexdigest()}"
        config["rootfs"]["diff_ids"] = [*config["rootfs"]["diff_ids"], diff_id]
    config["history"] = [
        *(config.get("history") or ()),
        {"created_by": "a seeded fault", "empty_layer": not layer},
    ]
    if not layer and config["config"] == (image.config.get("config") or {}):
        raise ValueError("this edit changes nothing")
    return Edited(layer, json.dumps(config, sort_keys=True).encode())


def read(image: StoredImage, made: Edited) -> StoredImage:
    """The edited image as it lies in an archive, without any engine."""
    if not made.layer:
        return StoredImage(json.loads(made.config), image.layers, image.contents)
    with temporary.folder() as folder:
        file = folder / "layer.tar"
        file.write_bytes(made.layer)
        window = Window(file.open("rb"), 0, len(made.layer))  # stays open as long as it is in use
    layer = Layer(f"sha256:{hashlib.sha256(made.layer).hexdigest()}", len(made.layer))
    return StoredImage(json.loads(made.config), (*image.layers, layer), (*image.contents, window))


def load(engine: Engine, image: StoredImage, made: Edited) -> str:
    """The edited image in the engine, without a name; gives its id. Docker takes layers that it has as read."""
    with temporary.folder() as folder:
        file = folder / "edited.tar"
        for whole in (False, True) if engine.name == "docker" else (True,):
            _archive(file, image, made, whole=whole)
            ran = subprocess.run((*engine.command, "load", "-i", str(file)), capture_output=True, text=True)
            if ran.returncode == 0:
                return made.id
    raise RuntimeError(f"cannot load an edited image: {ran.stderr.strip()}")


def _archive(file: Path, image: StoredImage, made: Edited, *, whole: bool) -> None:
    below = [f"layer-{number}/layer.tar" for number in range(len(image.layers))]
    own = ["layer-new/layer.tar"] if made.layer else []
    name = f"{made.id.removeprefix('sha256:')}.json"
    manifest = [{"Config": name, "RepoTags": None, "Layers": below + own}]
    with tarfile.open(file, "w") as archive:
        _add(archive, name, made.config)
        if made.layer:
            _add(archive, own[0], made.layer)
        for path, window in zip(below, image.contents, strict=True) if whole else ():
            _add(archive, path, window.at(0, window.size))
        _add(archive, "manifest.json", json.dumps(manifest).encode())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def merged(config: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with changes: tables and Env (a table here, a list there) key by key, false removes."""
    new = dict(config)
    for key, value in changes.items():
        if value is False:
            new.pop(key, None)
        elif key == "Env":
            old = dict(pair.split("=", 1) for pair in new.get("Env") or ())
            new["Env"] = [f"{name}={text}" for name, text in merged(old, value).items()]
        elif isinstance(value, dict) and key != "Healthcheck":
            new[key] = merged(new.get(key) or {}, value)
        else:
            new[key] = {} if value is True else value
    return new


# The layer


def _layer(tree: FileTree, edit: Edit) -> bytes:
    """A tar of what the edit adds, changes and removes, with the directories above; empty where that is nothing."""
    gone = _topmost({path for pattern in edit.remove for path in _matching(tree, pattern)})
    files: dict[str, tuple[tarfile.TarInfo, bytes]] = {}
    for pattern, (old, new) in edit.replace.items():
        for path in _matching(tree, pattern):
            files[path] = _replaced(tree, path, old.encode(), new.encode())
    for path, text in edit.write.items():
        files[path] = _written(tree, path, text.encode())
    for path, mode in edit.make.items():
        files[path] = _member(path, "dir", mode), b""
    for path, target in edit.link.items():
        files[path] = _member(path, "symlink", 0o777, link=target), b""
        if (there := tree.get(path)) and there.kind == "dir":
            gone.add(path)
    for pattern, mode in edit.mode.items():
        for path in _matching(tree, pattern):
            files[path] = _kept(tree, path, files)
            files[path][0].mode = mode
    for pattern, owner in edit.owner.items():
        for path in _matching(tree, pattern):
            files[path] = _kept(tree, path, files)
            files[path][0].uid, files[path][0].gid = (int(part) for part in owner.split(":"))
    return _tar(tree, gone, files) if gone or files else b""


def _tar(tree: FileTree, gone: set[str], files: dict[str, tuple[tarfile.TarInfo, bytes]]) -> bytes:
    above = {parent for path in (*gone, *files) for parent in _above(path)} - files.keys()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted({*gone, *files, *above}):
            if path in gone:
                folder, name = posixpath.split(path)
                archive.addfile(tarfile.TarInfo(f"{folder}/.wh.{name}".lstrip("/")))
            if path in files:
                member, content = files[path]
                archive.addfile(member, io.BytesIO(content))
            elif path in above:
                archive.addfile(_kept(tree, path, {})[0])
    return out.getvalue()


def _matching(tree: FileTree, pattern: str) -> list[str]:
    found = [pattern] if pattern in tree else [path for path in tree if fnmatch.fnmatchcase(path, pattern)]
    if not found:
        raise ValueError(f"nothing matches {pattern}")
    return found


def _topmost(paths: set[str]) -> set[str]:
    return {path for path in paths if not any(parent in paths for parent in _above(path))}


def _above(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[:count]) for count in range(1, len(parts))]


def _member(path: str, kind: str, mode: int, *, link: str = "", size: int = 0) -> tarfile.TarInfo:
    member = tarfile.TarInfo(path.lstrip("/"))
    member.type, member.mode, member.linkname, member.size = _TYPES[kind], mode, link, size
    member.mtime = int(time.time())
    return member


def _kept(
    tree: FileTree, path: str, files: Mapping[str, tuple[tarfile.TarInfo, bytes]]
) -> tuple[tarfile.TarInfo, bytes]:
    """The entry as it is, or as it was changed already."""
    if path in files:
        return files[path]
    entry = tree.get(path)
    if entry is None:
        return _member(path, "dir", 0o755), b""
    content = tree.read(path) if entry.kind in ("file", "hardlink") else b""
    return _same(entry, len(content)), content


def _same(entry: Entry, size: int) -> tarfile.TarInfo:
    kind = "file" if entry.kind == "hardlink" else entry.kind
    member = _member(entry.path, kind, entry.mode, link=entry.link if kind == "symlink" else "", size=size)
    member.uid, member.gid, member.mtime = entry.uid, entry.gid, entry.mtime
    return member


def _replaced(tree: FileTree, path: str, old: bytes, new: bytes) -> tuple[tarfile.TarInfo, bytes]:
    member, content = _kept(tree, path, {})
    if old not in content:
        raise ValueError(f"{path} does not hold {old!r}")
    content = content.replace(old, new)
    member.size, member.mtime = len(content), int(time.time())
    return member, content


def _written(tree: FileTree, path: str, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    entry = tree.get(path)
    member = _member(path, "file", 0o644)
    if entry is not None and entry.kind == "file":
        member = _same(entry, 0)
        member.mtime = int(time.time())
    member.size = len(content)
    return member, content
