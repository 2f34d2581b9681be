"""How an image's program is started: the image's configuration, as far as it says that.

Formats: https://github.com/opencontainers/image-spec/blob/main/config.md, and the fields docker adds to it
(Healthcheck: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unladen.syntax import bash

_OWN_LABELS = ("dev.unladen.", "io.buildah.version")
"""What labels begin with that builders set: each image gets its own."""
DEFAULT_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
"""What an engine sets PATH to where an image does not."""
SHELL_FORM = ("/bin/sh", "-c")
"""What runs a command that is given as a text: its third word."""
_FOR_A_SHELL = re.compile(r"[^\w \t./:,@%+\-=\"']|^\s*\w+=")
"""What a shell takes for more than words, or may: patterns, variables, pipes, a setting in front."""


def is_root(user: str) -> bool:
    """Whether USER's value, with or without a group, means root: "" is what no image says otherwise."""
    return user.partition(":")[0] in ("", "0", "root")


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
        folders = self.env["PATH"].split(":") if self.env.get("PATH") else DEFAULT_PATH
        return tuple(folder for folder in folders if folder.startswith("/"))


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
        labels={
            k: v for k, v in sorted((inner.get("Labels") or {}).items()) if not k.startswith(_OWN_LABELS)
        },
        stop_signal=inner.get("StopSignal") or "",
        healthcheck=inner.get("Healthcheck") or {},
        shell=tuple(inner.get("Shell") or ()),
        architecture=str(config.get("architecture") or ""),
    )


def without_a_shell(argv: Sequence[str]) -> tuple[str, ...] | None:
    """The words of the one program that a shell form starts, where a shell does nothing else for it; None where it
    does, or this is no shell form."""
    if tuple(argv[:2]) != SHELL_FORM or len(argv) != 3 or _FOR_A_SHELL.search(argv[2]):
        return None
    try:
        words = shlex.split(argv[2])
    except ValueError:
        return None
    words = words[1:] if words[:1] == ["exec"] else words
    return tuple(words) if words and words[0] not in bash.BUILT_IN else None
