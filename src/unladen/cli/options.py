"""The options that several commands offer."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from unladen.cli.console import writable
from unladen.dockerfile.choose import Choice, given_args, given_secrets


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


class BasesFrom(StrEnum):
    """Where base images come from."""

    auto = "auto"
    registry = "registry"
    debian = "debian"


class Time(StrEnum):
    """What is timed."""

    recommended = "recommended"
    all = "all"
    none = "none"


class Policy(StrEnum):
    """What stays of a package of which something is used."""

    package = "package"
    file = "file"


def output_file(*names: str, what: str) -> Any:
    """An option that names a file to write; - is stdout."""
    return typer.Option(*names, metavar="FILE", callback=writable, help=f"Write {what}; - is stdout.")


Folder = Annotated[Path, typer.Argument(metavar="PATH", help="The project's folder.", show_default=False)]
Engine = Annotated[EngineName, typer.Option(help="The container engine.")]
Bases = Annotated[
    BasesFrom,
    typer.Option(help="Base images: from the registry, assembled from packages, or whichever works."),
]
Json = Annotated[Path | None, output_file("--json", what="it as JSON")]
Config = Annotated[Path | None, typer.Option(metavar="FILE", help="Instead of unladen.toml.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]


File = Annotated[
    str,
    typer.Option(
        "--file",
        "-f",
        metavar="FILE",
        help="The Dockerfile, from the project's folder.",
        show_default="found",
    ),
]
Target = Annotated[
    str, typer.Option(metavar="STAGE", help="The stage that is the image.", show_default="the last")
]
BuildArgs = Annotated[
    list[str] | None,
    typer.Option("--build-arg", metavar="NAME=VALUE", help="A value for an ARG; may be repeated."),
]


Secrets = Annotated[
    list[str] | None,
    typer.Option(
        "--secret", metavar="id=NAME,src=FILE", help="A secret that steps of the build read; may be repeated."
    ),
]
Keys = Annotated[
    list[str] | None,
    typer.Option("--ssh", metavar="default", help="An SSH agent or key for steps of the build."),
]


Base = Annotated[
    list[str] | None,
    typer.Option(
        "--base", metavar="OLD=NEW", help="A base image that may stand in another's place; may be repeated."
    ),
]
Crawl = Annotated[
    bool, typer.Option("--crawl/--no-crawl", help="Follow the links of the running program for requests.")
]


def choice(
    file: str,
    target: str,
    build_args: list[str] | None,
    secrets: list[str] | None = None,
    keys: list[str] | None = None,
) -> Choice:
    """What --file, --target and --build-arg say. Raises BadDockerfile."""
    return Choice(
        file,
        target,
        given_args(build_args or []),
        secrets=given_secrets(secrets or []),
        keys=tuple(keys or ()),
    )


def rung_names(text: str | None) -> tuple[str, ...] | None:
    """The value of --rungs ("slim, lean"), None where it was not given."""
    return tuple(name.strip() for name in text.split(",") if name.strip()) if text else None
