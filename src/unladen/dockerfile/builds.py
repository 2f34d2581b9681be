"""What a compose file builds: the build section of each service, its variables filled in.

Format: https://github.com/compose-spec/compose-spec/blob/main/build.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from unladen.dockerfile.lexer import expanded
from unladen.errors import BadProject

COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""In the order in which docker compose looks for them."""


@dataclass(frozen=True)
class Build:
    """An image that services are built as: `context` is a folder, `file` relative to it ("": its Dockerfile), `target`
    a stage. `refused` says why it cannot be built here, "" where nothing speaks against it."""

    names: tuple[str, ...]
    context: Path
    file: str = ""
    target: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    refused: str = ""


def builds_in(file: Path) -> tuple[tuple[Build, ...], dict[str, str]]:
    """What the services of a compose file are built as, those that are the same together; and why the others, by their
    names, are not built. Raises BadProject."""
    services = services_in(file)
    found: list[Build] = []
    others: dict[str, str] = {}
    for name, service in services.items():
        build = build_of(file.parent, name, service)
        if build is None:
            others[name] = _why_not(service)
        elif (same := next((at for at, each in enumerate(found) if _same(each, build)), None)) is not None:
            found[same] = _joined(found[same], build)
        else:
            found.append(build)
    if not found:
        raise BadProject(
            f"cannot optimize {file}: none of its services has a build section",
            hint="Name a project's folder.",
        )
    return tuple(found), others


def composed(root: Path) -> tuple[str, dict[str, dict[str, Any]]]:
    """The name of the root's compose file and its services by their names, as they are written; ("", {}) where there
    is none, or none that can be read."""
    path = next((root / name for name in COMPOSE if (root / name).is_file()), None)
    if path is None:
        return "", {}
    try:
        return path.name, services_of_text(path.read_text(encoding="utf-8", errors="replace"))
    except (yaml.YAMLError, OSError, RecursionError):
        return "", {}  # it is docker compose's to refuse


def services_of_text(text: str) -> dict[str, dict[str, Any]]:
    """Raises YAMLError, RecursionError."""
    whole = yaml.safe_load(text)
    services = whole.get("services") if isinstance(whole, dict) else None
    each = services.items() if isinstance(services, dict) else ()
    return {str(name): service for name, service in each if isinstance(service, dict)}


def build_of(root: Path, name: str, service: Mapping[str, Any]) -> Build | None:
    """How a service of a compose file in `root` is built; None where it has no build section."""
    section = service.get("build")
    if isinstance(section, str):
        section = {"context": section}
    if not isinstance(section, dict):
        return None
    known = values(root)
    context = filled(section.get("context", "."), known)
    folder = root / context
    if "://" in context or context.startswith("git@"):
        return Build((name,), folder, refused=f"it is built from {context}, which is not here")
    if "dockerfile_inline" in section:
        return Build((name,), folder, refused="its Dockerfile stands in the compose file (dockerfile_inline)")
    file = filled(section.get("dockerfile") or "", known)
    return Build(
        (name,),
        folder,
        "" if file == "Dockerfile" else file,
        filled(section.get("target") or "", known),
        dict(_args(section.get("args") or {}, known)),
    )


def values(root: Path) -> dict[str, str]:
    """What ${NAME} stands for: the environment, before the .env file beside the compose file."""
    return {**env_file(root / ".env"), **os.environ}


def env_file(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    pairs = (line.strip().removeprefix("export ").partition("=") for line in lines)
    return {
        name.strip(): value.strip().strip("'\"")
        for name, equals, value in pairs
        if equals and not name.startswith("#")
    }


def _args(written: object, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A name alone has the environment's value; one without a value is not given."""
    if isinstance(written, dict):
        pairs = [(str(name), value) for name, value in written.items()]
    else:
        words = (str(word).partition("=") for word in (written if isinstance(written, list) else ()))
        pairs = [(name, value if equals else None) for name, equals, value in words]
    for name, value in pairs:
        text = known.get(name, "") if value is None else filled(value, known)
        if text:
            yield name, text


def filled(value: object, known: Mapping[str, str]) -> str:
    """The text with ${NAME:-default} and the like, as compose fills them in."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return expanded(text, known) if "$" in text else text


def services_in(file: Path) -> dict[str, dict[str, Any]]:
    """The services of a compose file by their names, as they are written. Raises BadProject."""
    try:
        services = services_of_text(file.read_text(encoding="utf-8", errors="replace"))
    except (yaml.YAMLError, RecursionError) as error:
        why = " ".join(str(error).split()) or "it is nested too deeply"
        raise BadProject(f"cannot read {file}: it is no valid YAML: {why}") from error
    except OSError as error:
        raise BadProject(f"cannot read {file}: {error.strerror}") from error
    if not services:
        raise BadProject(
            f"cannot read {file} as a compose file: it has no services", hint="Name a project's folder."
        )
    return services


def _why_not(service: Mapping[str, Any]) -> str:
    if "extends" in service:
        return "it has no build section of its own, and what it extends is not read"
    image = service.get("image")
    return f"it has no build section, it is the image {image}" if image else "it has no build section"


def _same(one: Build, other: Build) -> bool:
    what = [
        (each.context.resolve(), each.file, each.target, each.args, each.refused) for each in (one, other)
    ]
    return what[0] == what[1]


def _joined(one: Build, other: Build) -> Build:
    return Build((*one.names, *other.names), one.context, one.file, one.target, one.args, one.refused)
