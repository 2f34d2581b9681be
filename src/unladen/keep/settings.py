"""An image's settings as Dockerfile instructions, so that the slim image starts as the full one does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from unladen.errors import BadDockerfile
from unladen.image.settings import Settings

SECOND = 1_000_000_000


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
