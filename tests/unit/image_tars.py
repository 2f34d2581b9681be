"""Layers and archives for the tests, written by Python's tarfile: a writer of its own, apart from our reader."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import zstandard

from unladen.image.source import Window


def info(name: str, kind: bytes = tarfile.REGTYPE, **more: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type = kind
    for key, value in more.items():
        setattr(made, key, value)
    return made


def folder(name: str, **more: object) -> tuple[tarfile.TarInfo, bytes]:
    return info(name, tarfile.DIRTYPE, **{"mode": 0o755, **more}), b""


def file(name: str, content: bytes = b"", **more: object) -> tuple[tarfile.TarInfo, bytes]:
    return info(name, size=len(content), **more), content


def symlink(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return info(name, tarfile.SYMTYPE, linkname=target), b""


def hard_link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return info(name, tarfile.LNKTYPE, linkname=target), b""


def tar(*entries: tuple[tarfile.TarInfo, bytes], format: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for member, content in entries:
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def window(content: bytes, where: Path) -> Window:
    where.write_bytes(content)
    return Window(where.open("rb"), 0, len(content))


def hex_digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def diff_id(layer: bytes) -> str:
    return f"sha256:{hex_digest(layer)}"


def configuration(layers: Iterable[bytes]) -> bytes:
    return json.dumps(
        {"os": "linux", "rootfs": {"type": "layers", "diff_ids": [diff_id(it) for it in layers]}}
    ).encode()


def docker_20(layers: list[bytes], order: tuple[int, ...] | None = None) -> bytes:
    """As docker ≤ 24 saves: folders in no particular order, an equal layer as a symlink, the manifest last."""
    config = configuration(layers)
    names = [f"{hex_digest(b'v1' + bytes([n]) + layer)}" for n, layer in enumerate(layers)]
    entries = [file(f"{hex_digest(config)}.json", config)]
    for n in order or range(len(layers)):
        first = layers.index(layers[n])
        entries += [
            folder(names[n]),
            file(f"{names[n]}/VERSION", b"1.0"),
            file(f"{names[n]}/json", b'{"id": "x"}'),
        ]
        entries.append(
            file(f"{names[n]}/layer.tar", layers[n])
            if first == n
            else symlink(f"{names[n]}/layer.tar", f"../{names[first]}/layer.tar")
        )
    manifest = [
        {
            "Config": f"{hex_digest(config)}.json",
            "RepoTags": ["it:1"],
            "Layers": [f"{name}/layer.tar" for name in names],
        }
    ]
    return tar(*entries, file("manifest.json", json.dumps(manifest).encode()))


def podman_4(layers: list[bytes]) -> bytes:
    """As podman saves: layers named by their diff id, symlinks for old readers."""
    config = configuration(layers)
    entries = []
    for layer in dict.fromkeys(layers):
        name = hex_digest(layer)
        old = hex_digest(b"v1" + layer)
        entries += [file(f"{name}.tar", layer), file(f"{old}/VERSION", b"1.0")]
        entries += [symlink(f"{old}/layer.tar", f"../{name}.tar"), file(f"{old}/json", b"{}")]
    layer_names = [f"{hex_digest(layer)}.tar" for layer in layers]
    manifest = [
        {"Config": f"{hex_digest(config)}.json", "RepoTags": ["localhost/it:1"], "Layers": layer_names}
    ]
    entries.append(file(f"{hex_digest(config)}.json", config))
    return tar(*entries, file("manifest.json", json.dumps(manifest).encode()))


def blobs(layers: list[bytes], compression: str) -> tuple[dict[str, bytes], str, list[str]]:
    """The files of an OCI layout, the path of the configuration, and the paths of the layers."""
    squeeze = {"": lambda it: it, "gzip": gzip.compress, "zstd": zstandard.ZstdCompressor().compress}[
        compression
    ]
    kind = f"application/vnd.oci.image.layer.v1.tar{'+' + compression if compression else ''}"
    config, stored = configuration(layers), [squeeze(layer) for layer in layers]
    files = {f"blobs/sha256/{hex_digest(it)}": it for it in (*stored, config)}

    def add(document: Mapping[str, object]) -> str:
        text = json.dumps(document).encode()
        files[f"blobs/sha256/{hex_digest(text)}"] = text
        return f"sha256:{hex_digest(text)}"

    manifest = add(
        {
            "schemaVersion": 2,
            "config": {"digest": f"sha256:{hex_digest(config)}"},
            "layers": [{"mediaType": kind, "digest": f"sha256:{hex_digest(it)}"} for it in stored],
        }
    )
    attestation = add({"schemaVersion": 2, "config": {"digest": "sha256:00"}, "layers": []})
    index = add(
        {
            "schemaVersion": 2,
            "manifests": [
                {"digest": attestation, "platform": {"os": "unknown", "architecture": "unknown"}},
                {"digest": manifest, "platform": {"os": "linux", "architecture": "amd64"}},
            ],
        }
    )
    named = {"org.opencontainers.image.ref.name": "it:1"}
    files["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'
    files["index.json"] = json.dumps({"manifests": [{"digest": index, "annotations": named}]}).encode()
    layer_paths = [f"blobs/sha256/{hex_digest(it)}" for it in stored]
    return files, f"blobs/sha256/{hex_digest(config)}", layer_paths


def docker_25(layers: list[bytes], compression: str = "") -> bytes:
    """As docker ≥ 25 saves: an OCI layout with a manifest.json beside the index; gzip where containerd stores."""
    files, config, paths = blobs(layers, compression)
    manifest = [{"Config": config, "RepoTags": ["it:1"], "Layers": paths}]
    entries = [
        folder("blobs/"),
        folder("blobs/sha256/"),
        *(file(name, it) for name, it in sorted(files.items())),
    ]
    return tar(*entries, file("manifest.json", json.dumps(manifest).encode()))
