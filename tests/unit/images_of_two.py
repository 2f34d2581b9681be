"""Two small images for the tests of static evidence: files and a configuration, changed in one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keep_trees import Content, tree_of

from unladen.image.interface import FileTree, Layer
from unladen.language.interface import Lost
from unladen.language.scene import scene
from unladen.proof.has.interface import Intent, Pair, Part, Side


@dataclass(frozen=True)
class Kept:
    """An `Image` whose files are in a layer of a temporary file."""

    config: Mapping[str, Any]
    tree: FileTree
    layers: tuple[Layer, ...] = (Layer("sha256:00", 0),)


CONFIG: Mapping[str, Any] = {
    "Env": ["PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "MODE=live"],
    "ExposedPorts": {"8000/tcp": {}},
    "Volumes": {"/data": {}},
    "Labels": {"team": "web", "io.buildah.version": "1.28.2"},
    "StopSignal": "SIGINT",
    "Shell": ["/bin/bash", "-c"],
    "Healthcheck": {"Test": ["CMD-SHELL", "curl -f localhost"], "Interval": 5_000_000_000, "Retries": 2},
    "User": "web",
    "WorkingDir": "/app",
    "Entrypoint": ["python"],
    "Cmd": ["main.py"],
}
FILES: Mapping[str, Content] = {
    "/etc/passwd": b"root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/home/web:/bin/sh\n",
    "/etc/group": b"root:x:0:\nweb:x:1000:\nmedia:x:44:web\n",
    "/usr/bin/python": b"",
    "/app/main.py": b"print()\n",
}


def side(
    config: Mapping[str, Any] | None = None,
    files: Mapping[str, Content] | None = None,
    modes: Mapping[str, int] | None = None,
    architecture: str = "amd64",
) -> Side:
    """`config` is the configuration's own "config"; a value of None takes the key out of what CONFIG says."""
    told = {name: value for name, value in {**CONFIG, **(config or {})}.items() if value is not None}
    whole = {"config": told, "architecture": architecture}
    tree = tree_of(FILES if files is None else files, modes)
    return Side(Kept(whole, tree), scene(tree, whole))


def pair(one: Side, other: Side, *takes_away: Lost, **settings: str) -> Pair:
    return Pair(one, other, Intent(frozenset(takes_away), settings))


def told(part: Part) -> dict[str, str]:
    """What nothing explains, by its subject."""
    return {loss.subject: loss.difference for loss in part.losses if not loss.intended}


def explained(part: Part) -> dict[str, str]:
    return {loss.subject: loss.intended for loss in part.losses if loss.intended}
