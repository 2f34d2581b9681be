"""What unladen believes about a project, and what a language knows how to do with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from unladen.dockerfile.choose import Choice, ignore_file
from unladen.dockerfile.edit import Change
from unladen.dockerfile.users import UsersDockerfile
from unladen.image.scene import Scene
from unladen.language.leaner import Leaner
from unladen.language.named import Named

T = TypeVar("T")


@dataclass(frozen=True)
class Fact(Generic[T]):
    """A belief and where it comes from ("main.py:41 os.environ.get('PORT', 8000)", "unladen.toml")."""

    value: T
    source: str


@dataclass(frozen=True)
class Overrides:
    """What the user says about his project (unladen.toml, flags). None means: find out."""

    language: str | None = None
    version: str | None = None
    start: tuple[str, ...] | None = None
    port: int | None = None
    health: str | None = None
    system_packages: tuple[str, ...] | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    dockerfile: Choice = field(default_factory=Choice)
    bases: Mapping[str, str] = field(default_factory=dict)
    """Base image → the one that may stand in its place."""


class Details(Protocol):
    """What only the project's own language knows of it, read once: its rungs are functions of it."""

    def beliefs(self) -> Mapping[str, Fact[str]]:
        """What of it the user is shown, by the name that the reports show; a list has one item per line."""
        ...


@dataclass(frozen=True)
class NoDetails:
    """Of a language to which a project's common facts say enough."""

    def beliefs(self) -> Mapping[str, Fact[str]]:
        return {}


D = TypeVar("D", bound=Details, covariant=True)
"""A language's own type of details."""
P = TypeVar("P", bound=Details)


@dataclass(frozen=True)
class Project(Generic[D]):
    """A project as detected.

    `start` is argv (empty when unknown), `port` None for a program without a port, `health` a path
    such as "/health" (None: any answer at all counts), `version` the language's ("3.11", "1.24"),
    `native` what its native parts need ("gcc", "libpq", "cgo"…).
    """

    root: Path
    name: str
    language: str
    manifests: tuple[Path, ...]
    version: Fact[str]
    start: Fact[tuple[str, ...]]
    port: Fact[int | None]
    health: Fact[str | None]
    native: Fact[tuple[str, ...]]
    details: D
    dockerfile: Path | None = None
    language_source: str = ""
    """Why it is taken for that language."""
    doubt: str = ""
    """Why not all is done for it that could be, and what corrects that."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment for running the program (from unladen.toml), on top of the image's own."""
    users: UsersDockerfile | None = None
    """What the user's own Dockerfile says, read once; None where there is none."""
    named: tuple[Named, ...] = ()
    """What the source names that its image has to have, as far as its image does not tell that."""

    @property
    def ignore_file(self) -> Path:
        """Where a build of the user's Dockerfile looks for what to leave out; it may not be there."""
        return ignore_file(self.root, self.users.path if self.users else None)

    @property
    def ignored(self) -> str | None:
        """What the user leaves out of a build, as written; None where he has no such file."""
        path = self.ignore_file
        return path.read_text(encoding="utf-8", errors="surrogateescape") if path.is_file() else None


class Lost(StrEnum):
    """What a rung takes away from the user, in the words that the reports show."""

    ROOT = "root user"
    SHELL = "shell"
    PACKAGE_MANAGER = "package manager"
    PIP = "pip"
    COMPILERS = "compilers and development headers"
    TOOLCHAIN = "toolchain"
    SOURCE = "source code"
    GIT = "git"
    APT = "apt"
    BASH = "bash"
    GLIBC = "glibc"
    DEPENDENCY_EXTRAS = "tests, type stubs and headers of dependencies"
    SOURCE_LINES = "source lines of dependencies in tracebacks, inspect.getsource and help() on them"
    READABLE_BYTECODE = "bytecode of dependencies that other tools can read"
    SYMBOLS = "symbols of compiled files, for debuggers and profilers"
    UNUSED = "what no case used"
    """Of a slimmed image: whatever the proof does not ask for may be gone."""


@dataclass(frozen=True)
class Rung:
    """A step of a ladder: its name, and what it does for size."""

    name: str
    why: str


@dataclass(frozen=True)
class Impossible(Rung):
    """A rung that cannot be built for this project; `reason` completes "skipped: …"."""

    reason: str


@dataclass(frozen=True)
class Buildable(Rung):
    """A rung with a Dockerfile. `bases` are the image references that its FROM lines name; `notes` what the user should
    know of it ("certificates copied: the binary contains crypto/x509 verification")."""

    dockerfile: str
    bases: tuple[str, ...]
    notes: tuple[str, ...] = field(default=(), kw_only=True)
    target: str = field(default="", kw_only=True)
    """The stage that is the image; "" is the last one."""


@dataclass(frozen=True)
class Baseline(Buildable):
    """What every rung is compared with: the user's own Dockerfile or, where there is none, the one that most people
    start with. It is built with the .dockerignore that the project has."""


@dataclass(frozen=True)
class Proposal(Buildable):
    """A rung that unladen proposes. It is built with a .dockerignore that is proposed, too.

    `goal` is "smallest" for a rung that pays for size with comfort and is only recommended on request. `after` names a
    rung whose built image `Language.refine` reads first (Go's scratch: does the binary need certificates?).
    """

    takes_away: tuple[Lost, ...] = ()
    goal: str = "balanced"
    after: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    """Files (name → text) that its Dockerfile needs in the context's root beside the project's own: a keep-list."""
    dockerignore: str | None = None
    """Its own .dockerignore, where the one proposed for the whole ladder does not do."""
    intends: Mapping[str, str] = field(default_factory=dict)
    """What it changes of the image's configuration on purpose, and why: `SETTING=VALUE` → the reason ("ENV HOME=/tmp",
    "USER=65534:65534", "EXPOSE 8000/tcp=", "CMD=" and the command's words in JSON). `ENV PATH=A:$PATH` says that the
    folder A is put in front. A setting alone explains whatever value it has.
    A path ("/usr/share/zoneinfo") says why it is without what the baseline has there."""
    changes: tuple[Change, ...] = ()
    """The edits that made its Dockerfile of the user's, each with its reason; () where it was made in another way."""
    rebuilt: Mapping[str, str] = field(default_factory=dict)
    """Programs that it builds anew: where the baseline has one → where the rung has it."""
    instead: Mapping[str, str] | None = None
    """Bases that the user's own file names → those of another system that take their place in it: the rung is made of
    that file. None for one that is whole as it stands."""
    onto: str = ""
    """The base of the last stage that is added to the user's own ("scratch" has none below it); "" for a rung whose
    Dockerfile is whole as it stands."""


@dataclass(frozen=True)
class Dialect:
    """What the Dockerfiles may use: BuildKit mounts, and whether the host's CA bundle must be mounted.

    `mounts`: RUN --mount=type=cache is understood (BuildKit, podman, buildah; not the legacy builder).
    `ca`: an optional secret with id `ca` is mounted over the system bundle in RUN lines that fetch packages.
    """

    mounts: bool = True
    ca: bool = False


@dataclass(frozen=True)
class Battery:
    """A program that prints what requests never show, as one JSON object {check: value} on stdout.

    `script` is source text. Python: run by `argv` with the text on stdin. Compiled languages: `dockerfile`
    (text, one stage, FROM a base of the ladder) builds it from the script in a file named `source`; its binary is at
    `binary` in that image, is copied into the container at /unladen-battery and run there.
    `meaning` maps a check's name to what losing it means; `fatal` are the checks whose loss disqualifies;
    `volatile` the checks that are shown and never judged. `inventory` are checks that list what can be imported or
    found: that a part of which nothing was used is gone is what slimming is for, so a slim image's loss is shown and
    disqualifies nothing. It runs only the checks that its arguments name, if there are any. `anyone` are checks that
    are made once more as a user whom the image does not know, as clusters run it; their names begin with "any user: ".
    """

    script: str
    argv: tuple[str, ...] = ()
    dockerfile: str = ""
    source: str = ""
    binary: str = ""
    meaning: Mapping[str, str] = field(default_factory=dict)
    fatal: frozenset[str] = frozenset()
    volatile: frozenset[str] = frozenset()
    inventory: frozenset[str] = frozenset()
    anyone: tuple[str, ...] = ()


ReadFile = Callable[[str], bytes | None]
"""Reads one file of a built image by absolute path; None where it is not there."""


class Language(Protocol[P]):
    """A language unladen knows. A new one touches one folder."""

    name: str
    manifests: tuple[str, ...]
    """File names whose presence in the root suggests the language."""

    sources: tuple[str, ...]
    """Endings of source files (".py"): one is changed to time a rebuild."""

    def detect(self, root: Path, overrides: Overrides) -> Project[P]:
        """What is believed of the project. Raises BadProject (no start command to be found…)."""
        ...

    def naive(self, project: Project[P]) -> Baseline:
        """The guide's first Dockerfile, the baseline of a project that has none; its name is "full"."""
        ...

    def rungs(self, project: Project[P], dialect: Dialect) -> tuple[Proposal | Impossible, ...]:
        """The ladder above the baseline, in climbing order."""
        ...

    def refine(
        self, rung: Proposal, project: Project[P], dialect: Dialect, read: ReadFile
    ) -> Proposal | Impossible:
        """The rung once the image of `rung.after` can be read."""
        ...

    def leaner(self, rung: Proposal, project: Project[P], full: Scene, light: Scene) -> Leaner | Impossible:
        """What is known of the last stage of a rung that has `onto`, a general one as well, once the baseline's image
        (`full`) and the image `onto` (`light`) can be read."""
        ...

    def dockerignore(self, project: Project[P]) -> str: ...

    def battery(self, project: Project[P] | None) -> Battery:
        """`project` is None for an image without its source, which only a language with interpreters is asked for."""
        ...
