"""What a base image is made of, as data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

SuiteName = Literal["bookworm", "trixie"]

FINISH = Path(__file__).with_name("finish.sh")
"""What runs at the end in every bootstrapped system."""

ASSEMBLY = 2
"""Raise it when the code of the assembly changes what comes out of an unchanged recipe."""


@dataclass(frozen=True)
class Bootstrapped:
    """A whole Debian system: what is essential or required, apt, and `packages`, all configured by their own
    maintainer scripts.

    `slim` leaves documentation, manual pages and translations out, as Docker Hub's -slim images do.
    `finish` is shell text that runs inside the new system at the end.
    """

    suite: SuiteName
    packages: tuple[str, ...] = ()
    slim: bool = False
    finish: str = ""


@dataclass(frozen=True)
class Pick:
    """One package; with `only`, nothing of it but the paths that match one of these patterns.

    Patterns are of fnmatch, on paths without the leading slash after the merge of /lib and friends into /usr;
    `*` crosses slashes.
    """

    package: str
    only: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picked:
    """The files of hand-picked packages and nothing else: no dependencies, no maintainer scripts, no shell.

    `drop` are patterns (as in Pick) of paths that are left out, `links` maps a path to the target of a
    symbolic link, `files` a path to its text. With `bytecode`, Python's standard library is compiled beside
    its sources.
    """

    suite: SuiteName
    packages: tuple[Pick, ...]
    drop: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    bytecode: bool = False


@dataclass(frozen=True)
class Settings:
    """The image's configuration, the same as on the registry whose name it bears."""

    env: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    workdir: str = ""
    user: str = ""


@dataclass(frozen=True)
class Serving(Settings):
    """The configuration of an image that is a service: the TCP ports it listens on, and where its data go."""

    ports: tuple[int, ...] = ()
    volumes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recipe:
    """A base image: the `name` it has on its registry, other names (`aliases`) that are true of it as well,
    what is in it, and how it is configured. `instead_of` are repositories whose images it may stand in for where a
    program needs one beside it, in whatever version: that is said."""

    name: str
    root: Bootstrapped | Picked
    settings: Settings = Settings()
    aliases: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()

    @property
    def content_digest(self) -> str:
        """Changes whenever the files may change: recipes that differ in settings alone share their files."""
        finish = FINISH.read_text() if isinstance(self.root, Bootstrapped) else ""
        return _digest({"assembly": ASSEMBLY, "finish": finish, "root": asdict(self.root)})

    @property
    def digest(self) -> str:
        """Changes whenever the image may change."""
        return _digest({"content": self.content_digest, "settings": asdict(self.settings)})


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
