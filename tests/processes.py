"""Tests of one engine stay in one process."""

from __future__ import annotations

import re

WITHOUT_AN_ENGINE = re.compile(r"tests/unit/|tests/in_memory/|test_fresh\.py|test_sensor_alone\.py")
OF_PODMAN = re.compile(r"\[(?:.*-)?(?:podman|buildah)\b")


def group(nodeid: str) -> str:
    """A file's tests, or an engine's."""
    if WITHOUT_AN_ENGINE.search(nodeid):
        return nodeid.partition("::")[0]
    return "podman" if OF_PODMAN.search(nodeid) else "docker"
