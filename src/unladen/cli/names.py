"""The choices that several commands offer."""

from __future__ import annotations

from enum import StrEnum


class Goal(StrEnum):
    """What matters most."""

    balanced = "balanced"
    smallest = "smallest"
    secure = "secure"


class EngineName(StrEnum):
    """Which engine to use."""

    auto = "auto"
    docker = "docker"
    podman = "podman"


class Bases(StrEnum):
    """Where base images come from."""

    auto = "auto"
    registry = "registry"
    debian = "debian"


def rung_names(text: str | None) -> tuple[str, ...] | None:
    """The value of --rungs ("slim, lean"), None where it was not given."""
    return tuple(name.strip() for name in text.split(",") if name.strip()) if text else None
