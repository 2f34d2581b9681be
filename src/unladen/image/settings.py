"""How an image's program is started: the image's configuration, as far as it says that.

Formats: https://github.com/opencontainers/image-spec/blob/main/config.md, and the fields docker adds to it
(Healthcheck: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_OWN_LABELS = ("dev.unladen.build", "dev.unladen.container", "dev.unladen.owner", "io.buildah.version")
"""Labels of the builder of the full image: the slim image gets its own."""


@dataclass(frozen=True)
class Settings:
    """How an image's program is started. `healthcheck` is docker's object, empty where there is none."""

    env: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    user: str = ""
    workdir: str = ""
    ports: tuple[str, ...] = ()
    """As in the configuration: "8000/tcp"."""
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = ""
    healthcheck: Mapping[str, Any] = field(default_factory=dict)
    shell: tuple[str, ...] = ()
    architecture: str = ""

    @property
    def command(self) -> tuple[str, ...]:
        """What runs when the container starts."""
        return (*self.entrypoint, *self.cmd)

    @property
    def search_path(self) -> tuple[str, ...]:
        """The directories in which programs are looked for."""
        path = self.env.get("PATH") or "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return tuple(folder for folder in path.split(":") if folder.startswith("/"))


def settings(config: Mapping[str, Any]) -> Settings:
    """`config` is an image's configuration as parsed JSON (`Image.config`)."""
    inner: Mapping[str, Any] = config.get("config") or {}
    return Settings(
        env=dict(entry.partition("=")[::2] for entry in inner.get("Env") or ()),
        entrypoint=tuple(inner.get("Entrypoint") or ()),
        cmd=tuple(inner.get("Cmd") or ()),
        user=inner.get("User") or "",
        workdir=inner.get("WorkingDir") or "",
        ports=tuple(sorted(inner.get("ExposedPorts") or ())),
        volumes=tuple(sorted(inner.get("Volumes") or ())),
        labels={k: v for k, v in sorted((inner.get("Labels") or {}).items()) if k not in _OWN_LABELS},
        stop_signal=inner.get("StopSignal") or "",
        healthcheck=inner.get("Healthcheck") or {},
        shell=tuple(inner.get("Shell") or ()),
        architecture=str(config.get("architecture") or ""),
    )
