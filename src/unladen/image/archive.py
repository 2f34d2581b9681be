"""Image archives: what `docker save` and `podman save` write, and OCI layouts in a tar.

docker ≤ 24 writes ID/layer.tar (some of them symlinks to others), podman HEX.tar, docker ≥ 25
blobs/sha256/HEX with an OCI index beside manifest.json: https://github.com/moby/docker-image-spec/blob/main/spec.md
"""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any

from unladen.errors import BadImage
from unladen.image.blobs import plain
from unladen.image.layout import image_of_layout
from unladen.image.source import Cursor, Window
from unladen.image.stored import Find, StoredImage, read_json, stored_image
from unladen.image.tar import members

_LINKS = 8


def open_archive(path: Path, reference: str | None = None, folder: Path | None = None) -> StoredImage:
    """The image in an archive, plain or compressed as a whole. Layers stay where they lie and are read from
    there; compressed ones are decompressed once, to a nameless file in `folder` (default: the system's).

    `reference` chooses among several images. Raises BadImage.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadImage(f"cannot read image archive {path}: {error.strerror}") from error
    find = _finder(plain(Window(file, 0, path.stat().st_size), folder))
    if find("manifest.json") is not None:
        chosen = _chosen(read_json(find, "manifest.json"), path, reference)
        return stored_image(find, chosen["Config"], chosen["Layers"], folder)
    if find("index.json") is not None:
        return image_of_layout(find, reference, folder)
    raise BadImage(
        f"cannot read image archive {path}: it has neither manifest.json nor index.json",
        hint="An archive is what `docker save` or `podman save` writes; `docker export` writes no image.",
    )


def _finder(archive: Window) -> Find:
    """Looks stored files up in the archive; symlinks and hard links among them are followed."""
    files: dict[str, Window] = {}
    links: dict[str, str] = {}
    for member in members(Cursor(archive)):
        name = posixpath.normpath(member.name)
        if member.kind == "file":
            files[name] = archive.within(member.data, member.size)
        elif member.kind == "symlink":
            links[name] = posixpath.normpath(posixpath.join(posixpath.dirname(name), member.link))
        elif member.kind == "hardlink":
            links[name] = posixpath.normpath(member.link)

    def find(path: str) -> Window | None:
        path = posixpath.normpath(path)
        for _ in range(_LINKS):
            if path in files:
                return files[path]
            path = links.get(path, "")
        return None

    return find


def _chosen(manifest: Any, path: Path, reference: str | None) -> dict[str, Any]:
    entries = manifest if isinstance(manifest, list) else []
    if reference is not None:
        entries = [entry for entry in entries if reference in (entry.get("RepoTags") or ())]
    if len(entries) != 1:
        names = (
            [name for entry in manifest for name in entry.get("RepoTags") or ("(no name)",)]
            if entries
            else []
        )
        raise BadImage(
            f"cannot read image archive {path}: it holds {len(entries)} images"
            + (f" named {reference}" if reference else ""),
            hint=f"Choose one of {', '.join(names)}." if names else "",
        )
    entry = entries[0]
    if not isinstance(entry.get("Config"), str) or not isinstance(entry.get("Layers"), list):
        raise BadImage(f"cannot read image archive {path}: its manifest.json is broken")
    return dict(entry)
