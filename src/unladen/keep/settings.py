"""An image's configuration as Dockerfile instructions, so that the slim image starts as the full one does.

Formats: https://github.com/opencontainers/image-spec/blob/main/config.md, and the fields docker adds to it
(Healthcheck: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unladen.errors import BadDockerfile

SECOND = 1_000_000_000
_OWN_LABELS = ("dev.unladen.owner", "io.buildah.version")
"""Labels of whoever built the full image: the slim image gets its own."""


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


def instructions(settings: Settings, *, escape: str = "\\") -> tuple[str, ...]:
    """Instructions that give a stage these settings, one a string; `escape` is the Dockerfile's.

    Raises BadDockerfile for a value that no Dockerfile can say.
    """
    return tuple(_instructions(settings, escape))


def _instructions(settings: Settings, escape: str) -> Iterator[str]:
    if settings.env:
        yield _pairs("ENV", settings.env, escape)
    if settings.labels:
        yield _pairs("LABEL", settings.labels, escape)
    if settings.ports:
        yield "EXPOSE " + " ".join(settings.ports)
    if settings.volumes:
        yield "VOLUME " + _array(settings.volumes)
    if settings.workdir:
        yield f"WORKDIR {_word('WORKDIR', settings.workdir, escape)}"
    if settings.user:
        yield f"USER {_word('USER', settings.user, escape)}"
    if settings.stop_signal:
        yield f"STOPSIGNAL {settings.stop_signal}"
    if settings.shell:
        yield "SHELL " + _array(settings.shell)
    if settings.healthcheck:
        yield _healthcheck(settings.healthcheck)
    if settings.entrypoint:
        yield "ENTRYPOINT " + _array(settings.entrypoint)
    if settings.cmd:
        yield "CMD " + _array(settings.cmd)


def _healthcheck(check: Mapping[str, Any]) -> str:
    """Durations are in nanoseconds in the configuration; 0 is the engine's default."""
    test = tuple(check.get("Test") or ())
    if test[:1] == ("NONE",):
        return "HEALTHCHECK NONE"
    named = (("interval", "Interval"), ("timeout", "Timeout"), ("start-period", "StartPeriod"))
    words = [f"--{name}={check[key] / SECOND:g}s" for name, key in named if check.get(key)]
    if check.get("Retries"):
        words.append(f"--retries={check['Retries']}")
    text = test[1] if test[:1] == ("CMD-SHELL",) and len(test) == 2 else ""
    if text and "\n" not in text and not text.lstrip().startswith("["):
        return " ".join(["HEALTHCHECK", *words, "CMD", text])
    command = ("/bin/sh", "-c", *test[1:]) if test[:1] == ("CMD-SHELL",) else test[1:]
    return " ".join(["HEALTHCHECK", *words, "CMD", _array(command)])


def _pairs(keyword: str, values: Mapping[str, str], escape: str) -> str:
    """NAME="value" …, one a line."""
    indent = " " * (len(keyword) + 1)
    pairs = [
        f"{_name(keyword, name)}={_quoted(keyword, name, value, escape)}" for name, value in values.items()
    ]
    return f"{keyword} " + f" {escape}\n{indent}".join(pairs)


def _name(keyword: str, name: str) -> str:
    plain = name.replace("_", "").replace(".", "").replace("-", "").replace("/", "").isalnum()
    return name if plain or keyword == "ENV" else json.dumps(name, ensure_ascii=False)


def _quoted(keyword: str, name: str, value: str, escape: str) -> str:
    if "\n" in value or "\r" in value:
        raise BadDockerfile(
            f"cannot write {keyword} {name} into a Dockerfile: its value has a line break",
            hint=f"Set {name} where the container is run, or without line breaks.",
        )
    for special in (escape, '"', "$"):
        value = value.replace(special, escape + special)
    return f'"{value}"'


def _word(keyword: str, value: str, escape: str) -> str:
    """A value that the builder would expand variables in."""
    if any(c in value for c in "\n\r"):
        raise BadDockerfile(f"cannot write {keyword} {value!r} into a Dockerfile: it has a line break")
    return value.replace(escape, escape * 2).replace("$", escape + "$")


def _array(words: Sequence[str]) -> str:
    return json.dumps(list(words), ensure_ascii=False)
