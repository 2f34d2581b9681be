"""What a language's world looks like in an image and at a build, beside what `Language` does with a project.

A language folder exports an `ECOSYSTEM`; what it leaves out is not there. `Ecosystems` asks all of them as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from unladen.engine.hostsettings import Tools
from unladen.image.dpkg import debian_packages
from unladen.image.interface import FileTree
from unladen.image.packages import Package, Packages
from unladen.image.scene import Scene
from unladen.language.installing import Installing
from unladen.language.interface import Lost, Project
from unladen.language.named import Named
from unladen.language.routes import Routes
from unladen.language.tests import Tests, Untested
from unladen.syntax.bash import Command

Regex = str
"""A regular expression's text; "" matches nothing."""
T = TypeVar("T")


class Needs(Protocol):
    """Finds what one kept file needs. It may remember what it has read: there is one per selection."""

    def __call__(self, path: str, scene: Scene, used: bool, /) -> Iterable[str | Package]:
        """What the file or link at the real `path` needs: paths in any spelling ("/" at the end means all below;
        what is not there does not count), and packages to keep whole. `used`: the program was seen to use it, or
        something used needs it; else it is there because its package is kept whole."""
        ...


@dataclass(frozen=True)
class Content:
    """Whether a project is content with the version of an image, and what of it says so."""

    is_enough: bool
    said: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Ecosystem:
    """All but the name may be left out."""

    name: str
    """The language's ("python")."""
    interpreters: tuple[str, ...] = ()
    """Programs that run its source, with or without a version behind the name."""
    advice: Mapping[str, str] = field(default_factory=dict)
    """What the guide advises for a project with ("native") and without ("light") native parts."""
    tools: Tools = field(default_factory=Tools)
    """What its tools read of the host for a build."""
    installing: Callable[[Command, Path | None], Installing | None] = lambda command, root: None
    """What a command of a Dockerfile installs with, None for other commands; the path is the project's folder."""
    content: Callable[[str, str, Path], Content | None] = lambda repository, version, root: None
    """Whether the project in a folder is content with the image of that name on Docker Hub in that version ("3.11");
    None where it cannot say."""

    # packages
    kind: str = ""
    """What its kind of package is called in a keep-list ("pip")."""
    packages: Callable[[FileTree], Iterable[Package]] = lambda tree: ()
    runtimes: Callable[[FileTree, Callable[[str], bool]], Iterable[Package]] = lambda tree, owned: ()
    """Runtimes that no package manager installed: the function tells whether a package owns a path."""
    nested: bool = False
    """Whether a package's folder holds the packages that it needs."""
    installers: frozenset[str] = frozenset()
    """Names of packages that only install others."""
    runtime: Regex = ""
    """Names of Debian's packages, and of runtimes, that run its programs. Where several are one thing, its name is
    the group `whole`, and the group `part` is there for those that are of no use alone."""
    runtime_family: Regex = ""
    """Names of all of Debian's packages that belong to the runtime."""

    # folders and files
    libraries: Regex = ""
    """Names of the folders that dependencies lie in."""
    modules_below: Regex = ""
    """Names of the folders that hold modules, dependencies or the runtime's own."""
    modules: tuple[str, ...] = ()
    """Endings of modules."""
    shared_objects: tuple[str, ...] = ()
    """Endings of ELF libraries beside .so."""
    shared: Regex = ""
    """Names of folders that are nobody's own: what is put there later was not meant."""
    environment: tuple[str, ...] = ()
    """Names of files that mark their folder as one of dependencies."""
    workdirs: tuple[str, ...] = ()
    """Working directories of its images that are not an application's own."""
    caches: Regex = ""
    """Paths that its programs write for themselves, and that nobody misses."""
    not_source: frozenset[str] = frozenset()
    """Names of a project's folders that hold no source of its own."""

    # compiled files
    source_of: Callable[[str], str] = lambda path: ""
    """The source that a compiled file belongs to, "" for a file that stands for itself."""
    stand_in: Callable[[str, FileTree], str] = lambda path, tree: path
    """The file that is there instead of a source that was taken away."""
    for_musl: Callable[[str], str] = lambda path: path
    """Where a build for musl has what a build for glibc has at a path."""
    is_timed: Callable[[str, FileTree], bool] = lambda path, tree: False
    """Whether a file is of use only while the time of its source stays as it is."""

    # what a rung may be without
    takes: Callable[[Scene], Mapping[Lost, Callable[[str], bool]]] = lambda scene: {}
    """What of the files of a baseline's image is no loss to a rung that declares to take that class of things away."""
    rewritten: Regex = ""
    """Paths that an installer writes anew each time, differently."""
    built: Regex = ""
    """Paths in its libraries of what differs between builds of one version for one C library and another."""
    library: Callable[[Scene], Mapping[str, str]] = lambda scene: {}
    """The modules of the library that the runtime of an image's program brings: name ("wsgiref/util") → path."""
    reads: tuple[str, ...] = ()
    """Files of the system that its runtime reads by name."""
    spares: Callable[[Scene], Callable[[str], bool]] = lambda scene: lambda name: False
    """Whether a program can do without a module of these names."""

    named: Callable[[Scene], Iterable[Named] | None] = lambda scene: None
    """What the code of the image's program and of its dependencies names; None where the program is of no source or
    binary that this language can read."""
    module: Callable[[Scene, str], str] = lambda scene, name: ""
    """Where the image has the module of that name, "" where it has none."""
    misfits: Callable[[Scene], Iterable[tuple[str, str]]] = lambda scene: ()
    """(path, why) of compiled files that no interpreter of the image can load: made for another version, or for
    another C library."""
    stale: Callable[[Scene], Iterable[tuple[str, str]]] = lambda scene: ()
    """(path, why) of compiled files that are not what their source would give."""

    # what is kept
    declared: Callable[[Scene, Path | None], Mapping[str, str]] = lambda scene, root: {}
    """Names of packages that the project (its folder; None for an image alone) asks for at run time → what says so."""
    needs: Callable[[Scene], Iterable[Needs]] = lambda scene: ()
    beside: Callable[[Scene], Iterable[Needs]] = lambda scene: ()
    """Finds what a file is of no use without; here `used` says whether compiled files count."""
    always: Callable[[str, Scene], Iterable[tuple[str, str]]] = lambda path, scene: ()
    """(path, why) of what breaks silently without, once the file at a path is kept."""
    dirt: Callable[[str], str | None] = lambda path: None
    """The pattern, relative to any directory above, of what a package does not need at run time; None for the rest."""
    noise: Regex = ""
    """Paths that every start touches of every package, used or not."""
    passive: Regex = ""
    """Paths that can be opened without using the package that they belong to."""
    about: Regex = ""
    """Folders and files that say of a package that it is there."""
    about_heads: tuple[str, ...] = ()
    """Endings of the files in them that are opened by a program that asks for one package's version."""

    # what the proof asks
    toolchain_env: Regex = ""
    """Names of variables that tell of the toolchain that an image was made with, and are no contract."""
    routes: Callable[[Path | None, Sequence[str]], Routes] = lambda root, start: Routes()
    """How the routes of a program are found, by the project's folder (None for an image alone) and the image's start
    command."""

    tests: Callable[[Path, Project[Any] | None], Tests | Untested | None] = lambda root, project: None
    """How the tests of the project in a folder are run, with what is believed of it, where there is such a project;
    None where it has none."""

    # what a program says
    read_at_start: Regex = ""
    """Names of files that its programs and libraries read in the working directory, though nobody names them."""
    causes: tuple[tuple[Regex, str], ...] = ()
    """What is logged (any case) → what the image lacks; {0} is the text in the group."""
    failure: Callable[[Sequence[str], int], str] = lambda lines, number: ""
    """The one line that says what failed, where a failure's report begins at that line of a log, else ""."""
    metrics: tuple[str, ...] = ()
    """What the names of metrics begin with that tell of the runtime."""

    def runs(self, program: str) -> bool:
        """Whether a program's name is one of its interpreters' ("python3.11")."""
        return any(re.fullmatch(rf"{re.escape(name)}(\.\d+)*", program) for name in self.interpreters)


class Ecosystems:
    """Several ecosystems asked as one."""

    def __init__(self, each: Iterable[Ecosystem]) -> None:
        self.each = tuple(each)
        self.by_kind = {one.kind: one for one in self.each if one.kind}
        self.modules = _sum(one.modules for one in self.each)
        self.shared_objects = (".so", *_sum(one.shared_objects for one in self.each))
        self.environment = _sum(one.environment for one in self.each)
        self.workdirs = _sum(one.workdirs for one in self.each)
        self.about_heads = _sum(one.about_heads for one in self.each)
        self.metrics = _sum(one.metrics for one in self.each)
        self.causes = _sum(one.causes for one in self.each)
        self.installers = frozenset(f"{one.kind}:{name}" for one in self.each for name in one.installers)
        """Ids of packages that only install others."""
        self.not_source = frozenset[str]().union(*(one.not_source for one in self.each))
        self.libraries = _pattern((one.libraries for one in self.each), "/(?:{})(?:/|$)")
        self.modules_below = _pattern((one.modules_below for one in self.each), "/(?:{})/")
        self.shared = _pattern((one.shared for one in self.each), ".*/(?:{})")
        self.caches = _pattern(one.caches for one in self.each)
        self.rewritten = _pattern(one.rewritten for one in self.each)
        self.built = _pattern(one.built for one in self.each)
        self.noise = _pattern(one.noise for one in self.each)
        self.passive = _pattern(one.passive for one in self.each)
        self.about = _pattern(one.about for one in self.each)
        self.toolchain_env = _pattern(one.toolchain_env for one in self.each)
        self.read_at_start = _pattern(one.read_at_start for one in self.each)
        self.runtime_names = cache(self._runtime_named)
        """How a package's name is a runtime's, or None; see `Ecosystem.runtime`."""
        self.runtime_family = _pattern(one.runtime_family for one in self.each)

    def packages_of(self, tree: FileTree) -> Packages:
        """The packages of an image, of every kind. A file that Debian's python3-numpy brings is Debian's, whatever
        else claims it."""
        known = [*debian_packages(tree, self.stand_in, self.about)]
        known += [package for one in self.each for package in one.packages(tree)]
        owned = {path for package in known for path in package.files}
        runtimes = [runtime for one in self.each for runtime in one.runtimes(tree, owned.__contains__)]
        return Packages((*known, *runtimes), self.source_of)

    def source_of(self, path: str) -> str:
        return next((source for one in self.each if (source := one.source_of(path))), "")

    def stand_in(self, path: str, tree: FileTree) -> str:
        for one in self.each:
            path = one.stand_in(path, tree)
        return path

    def for_musl(self, path: str) -> str:
        for one in self.each:
            path = one.for_musl(path)
        return path

    def dirt(self, path: str) -> str | None:
        return next((found for one in self.each if (found := one.dirt(path)) is not None), None)

    def is_cache(self, path: str) -> bool:
        """Whether a program wrote it for itself. Compiled files that stand for themselves are none."""
        return self.caches.fullmatch(path) is not None and not (
            path.endswith(self.modules) and not self.source_of(path)
        )

    def is_library_module(self, path: str) -> bool:
        return path.endswith(self.modules) and self.modules_below.search(path) is not None

    def _runtime_named(self, name: str) -> re.Match[str] | None:
        found = (re.fullmatch(one.runtime, name) for one in self.each if one.runtime)
        return next(filter(None, found), None)

    def installing(self, command: Command, root: Path | None) -> Installing | None:
        return next((found for one in self.each if (found := one.installing(command, root))), None)

    def declared(self, scene: Scene, root: Path | None) -> dict[str, str]:
        """The ids of packages that are declared for run time, and what declares each."""
        found = {
            f"{one.kind}:{name}": where
            for one in self.each
            for name, where in one.declared(scene, root).items()
        }
        return {id: where for id, where in found.items() if id not in self.installers}

    def content(self, repository: str, version: str, root: Path) -> Content | None:
        return next((found for one in self.each if (found := one.content(repository, version, root))), None)

    def failure(self, lines: Sequence[str], number: int) -> str:
        return next((found for one in self.each if (found := one.failure(lines, number))), "")

    def advice(self, language: str, kind: str) -> str:
        return next((one.advice.get(kind, "") for one in self.each if one.name == language), "")


def _sum(parts: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(item for part in parts for item in part)


def _pattern(parts: Iterable[str], frame: str = "{}") -> re.Pattern[str]:
    """What any of the expressions matches; one that matches nothing where there are none."""
    alternatives = "|".join(f"(?:{part})" for part in parts if part)
    return re.compile(frame.format(alternatives)) if alternatives else re.compile(r"(?!)")
