"""`image inspect` of docker and podman, as ImageFacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unladen.engine.interface import ImageFacts


def full_id(id: str) -> str:
    """docker writes "sha256:…", podman leaves the algorithm out; both take both."""
    id = id.strip()
    return id if id.startswith("sha256:") else f"sha256:{id}"


def facts_of(found: Mapping[str, Any], history: tuple[str, ...]) -> ImageFacts:
    """`found` is one object of the engine's JSON (Engine API v1.41, ImageInspect; podman follows it)."""
    config = found.get("Config") or {}
    return ImageFacts(
        id=full_id(found["Id"]),
        size_bytes=int(found["Size"]),
        layers=tuple((found.get("RootFS") or {}).get("Layers") or ()),
        architecture=found.get("Architecture") or "",
        env=dict(entry.partition("=")[::2] for entry in config.get("Env") or ()),
        entrypoint=tuple(config.get("Entrypoint") or ()),
        cmd=tuple(config.get("Cmd") or ()),
        user=config.get("User") or "",
        workdir=config.get("WorkingDir") or "",
        ports=tuple(sorted(int(port.split("/")[0]) for port in config.get("ExposedPorts") or ())),
        stop_signal=config.get("StopSignal") or "",
        labels=dict(config.get("Labels") or {}),
        history=history,
    )
