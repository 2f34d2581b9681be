"""What is known of a Go project beyond what every language tells: read once, and all that its rungs are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from unladen.language.go.images import GoImage
from unladen.language.go.runtimefiles import RuntimeFiles
from unladen.language.go.users import UsersGo
from unladen.language.interface import Fact


class Linking(StrEnum):
    """How the rungs link."""

    STATIC_GO = "static, without C"
    STATIC_C = "static, with C"
    DYNAMIC_C = "dynamic, with C"


@dataclass(frozen=True)
class Program:
    """`main` is what `go build` is told (".", "./cmd/api"), `binary` where the baseline image has the program."""

    main: Fact[str]
    others: tuple[str, ...]
    """The project's other main packages."""
    binary: Fact[str]
    image: GoImage
    builder: Fact[str]
    """The reference of the image to build with, a Debian one."""
    version: Stamp | None
    source_paths: Fact[str] | None
    """Why the binary has to know where its sources lie."""
    fetches: bool
    """Whether modules come from the network."""


@dataclass(frozen=True)
class Stamp:
    """The variable that holds the version ("main.version"), and the value it is given."""

    variable: Fact[str]
    value: Fact[str]


@dataclass(frozen=True)
class Places:
    """Where the baseline image has the program's world. `tree` is where the whole project is, None where there are
    chosen files only; `source` is the folder to build in."""

    workdir: Fact[str]
    tree: Fact[str] | None
    source: str


@dataclass(frozen=True)
class CParts:
    """What is linked beside Go: the names of Debian's and Alpine's packages to build with and to run with."""

    linking: Fact[Linking]
    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    alpine_tags: tuple[str, ...] = ()
    debian: tuple[str, ...] = ()
    debian_run: tuple[str, ...] = ()
    apk: tuple[str, ...] = ()
    apk_run: tuple[str, ...] = ()


@dataclass(frozen=True)
class Details:
    """`writable` are folders that the program writes to, `embedded` paths that its build needs (//go:embed)."""

    program: Program
    place: Places
    c: CParts
    files: RuntimeFiles
    writable: tuple[str, ...]
    embedded: frozenset[str]
    port_variable: Fact[str] | None
    """Names the port, and has no default in the source."""
    local_only: str | None
    """Where it listens on the loopback interface alone."""
    users: UsersGo | None

    def beliefs(self) -> Mapping[str, Fact[str]]:
        program, place, c, files = self.program, self.place, self.c, self.files
        source = c.linking.source
        shown: dict[str, Fact[str] | None] = {
            "main package": program.main,
            "builder image": program.builder,
            "working directory": place.workdir,
            "project in the image": place.tree,
            "build folder": Fact(place.source, place.workdir.source),
            "binary": program.binary,
            "linking": Fact(str(c.linking.value), source),
            "C parts": _listed(c.names, source),
            "build tags": _listed(c.tags, source),
            "build tags on Alpine": _listed(c.alpine_tags, source),
            "Debian packages": _listed(c.debian, source),
            "Debian packages at run time": _listed(c.debian_run, source),
            "Alpine packages": _listed(c.apk, source),
            "Alpine packages at run time": _listed(c.apk_run, source),
            "version variable": program.version.variable if program.version else None,
            "version stamp": program.version.value if program.version else None,
            "files read at run time": _listed(dict(files.reads), ", ".join(dict(files.reads).values())),
            "files left out": _listed(files.left_out, "source"),
            "files written at run time": _listed(dict(files.writes), ", ".join(dict(files.writes).values())),
            "opened at run time, path unknown": _listed(files.unclear, "source"),
            "source paths": program.source_paths,
            "listens on loopback only": Fact(self.local_only, self.local_only) if self.local_only else None,
            "port variable": self.port_variable,
            "other programs": _listed(program.others, "main packages"),
        }
        return {name: fact for name, fact in shown.items() if fact is not None}


def _listed(values: Iterable[str], source: str) -> Fact[str] | None:
    text = "\n".join(values)
    return Fact(text, source) if text else None
