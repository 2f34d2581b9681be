"""The lean rungs of Python on top of the user's own stages: what no program reads is taken away by commands that name
it, and on distroless the interpreter is the base's."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import takewhile

from unladen.dockerfile.edit import wrapped
from unladen.image.packages import read_text
from unladen.image.paths import above
from unladen.image.scene import Scene
from unladen.image.settings import is_root
from unladen.image.symbols import Symbols, read_symbols
from unladen.language.interface import Impossible, Lost, Project, Proposal
from unladen.language.leaner import LIGHTER, PLAIN, Leaner, Trim
from unladen.language.python.details import Details
from unladen.language.python.extras import COMPILES_LATER, FOR_BUILDS, IMPORT, is_test
from unladen.language.python.intends import CERTIFICATES
from unladen.language.python.rungs import DISTROLESS, DISTROLESS_VERSION
from unladen.language.python.taken import USER

_GENERAL = ("slim", "multi-stage")
"""Rungs that are `lighter-base` and `split` where there is a Dockerfile."""
_BARE = (Lost.COMPILERS, Lost.ROOT, Lost.SHELL, Lost.PACKAGE_MANAGER, Lost.PIP, Lost.DEPENDENCY_EXTRAS)
WORTH = 200_000
"""Bytes of a package that are worth its name in a line."""
LINE = 3_000_000
"""Bytes that are worth a line."""
_SITE = re.compile(r".*/lib/python3\.\d+/(?:site|dist)-packages")
_OWN_INTERPRETER = re.compile(r"/usr/local/bin/python3\.\d+")
_PKG_RESOURCES = re.compile(r"^(?:from|import) pkg_resources\b", re.M)
_FOR_BUILDS = r".*\.\(pyi\|pyx\|px[di]\|[ach]\|[ch]pp\)"
"""FOR_BUILDS, as find(1) takes it."""
_OF_SETUPTOOLS = ("setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence.pth")


def offered(
    made: tuple[Proposal | Impossible, ...], project: Project[Details]
) -> tuple[Proposal | Impossible, ...]:
    """The rungs of a project with a Dockerfile of its own: its stages stay, and what the general ladder does already
    is not done again."""
    if project.users is None or project.users.path is None:
        return made
    found: list[Proposal | Impossible] = []
    for each in made:
        if each.name == "lean":
            found.append(Proposal(each.name, each.why, "", (), (Lost.DEPENDENCY_EXTRAS,), onto=LIGHTER))
        elif each.name == "distroless" and project.version.value == DISTROLESS_VERSION:
            found.append(Proposal(each.name, each.why, "", (), _BARE, onto=DISTROLESS))
        elif each.name not in _GENERAL:
            found.append(each)
    return tuple(found)


def leaner(rung: Proposal, full: Scene, light: Scene) -> Leaner | Impossible:
    """`full` is the baseline's image, `light` the base of the new last stage."""
    if rung.onto == DISTROLESS:
        return distroless(rung, full, light)
    return lean(full) if rung.name == "lean" else PLAIN


def lean(full: Scene, leftover: Iterable[str] = ()) -> Leaner:
    """Dependencies without tests, stubs, headers and symbols, and without what is `leftover` (paths of packages)."""
    sites, left = tuple(_Site(full, path) for path in _sites(full)), tuple(leftover)
    gone = {path for site in sites for path in site.gone}
    gone |= {path for each in left for path in (each, *full.below(each))}
    return Leaner(
        trims=tuple(
            trim
            for site in sites
            for trim in site.trim(
                tuple(p[len(site.path) + 1 :] for p in left if posixpath.dirname(p) == site.path)
            )
        ),
        gone=frozenset(gone),
    )


def distroless(rung: Proposal, full: Scene, light: Scene) -> Leaner | Impossible:
    """The same on the interpreter of `light`, which is at another place, and as nobody where the user says nothing."""
    needed, interpreter = _setuptools(full), light.real("/usr/bin/python3")
    own = next((path for path in full.tree if _OWN_INTERPRETER.fullmatch(path)), "")
    links: dict[str, str] = {}
    moved: dict[str, str] = {}
    if own:
        wanted, offered = posixpath.basename(own), posixpath.basename(interpreter)
        if wanted != offered:
            return Impossible(rung.name, rung.why, f"{rung.onto} has {offered}, and your image {wanted}")
        links = {
            own: interpreter,
            "/usr/local/bin/python3": interpreter,
            "/usr/local/bin/python": interpreter,
        }
        site = f"/usr/local/lib/{wanted}"
        moved = {f"{site}/site-packages": f"{site}/dist-packages"}
    unused = ("pip", *(() if needed else ("setuptools", "pkg_resources")))
    made = lean(full, (f"{old}/{each}" for old in moved for each in unused if f"{old}/{each}" in full.tree))
    library = f"/usr/lib/{posixpath.basename(interpreter)}"
    compiled = (
        "The base has no bytecode: without it a start takes twice as long.",
        f'RUN ["{interpreter}", "-m", "compileall", "-q", "{library}"]',
    )
    return Leaner(
        trims=(*made.trims, *_environments(full, interpreter)),
        gone=made.gone,
        needed=needed,
        links=links,
        moved=moved,
        after=() if light.is_dir(f"{library}/__pycache__") else (compiled,),
        user=USER if is_root(full.settings.user) else "",
        intends={f"ENV SSL_CERT_FILE={CERTIFICATES}": "the base's certificates are there"},
    )


def _sites(full: Scene) -> tuple[str, ...]:
    """Folders of dependencies, of the interpreter and of environments."""
    found = {posixpath.dirname(path) for path in full.tree if path.endswith((".dist-info", ".egg-info"))}
    return tuple(sorted(path for path in found if _SITE.fullmatch(path)))


def _environments(full: Scene, interpreter: str) -> Iterator[Trim]:
    """An environment says which interpreter it was made with."""
    own = (folder for folder in full.environments if folder != "/usr/local")
    files = [f"{folder}/pyvenv.cfg" for folder in own if f"{folder}/pyvenv.cfg" in full.tree]
    if files:
        text = f"sed -i 's|^home = .*|home = {posixpath.dirname(interpreter)}|' {' '.join(files)}"
        yield Trim("The environment's interpreter is the one of the last stage.", text)


def _setuptools(full: Scene) -> Mapping[str, str]:
    """What the base's setuptools bring, where a dependency imports it without saying so."""
    for site in _sites(full):
        for path in full.below(site):
            name = path[len(site) + 1 :].partition("/")[0]
            if not path.endswith(".py") or name in (*_OF_SETUPTOOLS, "pip", "wheel"):
                continue
            if _PKG_RESOURCES.search(read_text(full.tree, path)):
                roots = (f"{site}/{each}" for each in _OF_SETUPTOOLS if f"{site}/{each}" in full.tree)
                files = (
                    each for root in roots for each in (root, *full.below(root)) if not full.is_dir(each)
                )
                return dict.fromkeys(files, f"{path} imports pkg_resources")
    return {}


@dataclass(frozen=True)
class _Site:
    """A folder of dependencies, and what can be taken away in it."""

    scene: Scene
    path: str

    @property
    def gone(self) -> frozenset[str]:
        found = {path for package in self.tested for path in self._tests(package)}
        found |= set(self._for_builds)
        folders = {each for path in found for each in takewhile(self.path.__ne__, above(path))}
        return frozenset(found | {each for each in folders if self._is_empty_without(each, found)})

    def trim(self, leftover: tuple[str, ...] = ()) -> Iterator[Trim]:
        """One command with a comment for each part: what it is, what that saves, who would miss it. `leftover` are
        names in the folder that go, too."""
        parts = [*self._parts()]
        if leftover:
            size = sum(self._size(path) for each in leftover for path in self._all(f"{self.path}/{each}"))
            why = f"{', '.join(leftover)}, {_megabytes(size)}: nothing is installed in a running container."
            parts.append((why, wrapped(" && rm -rf", leftover)))
        if parts:
            lines = " \\\n".join(f"# {why}\n{command}" for why, command in parts)
            yield Trim("", f"cd {self.path} \\\n{lines}")

    def _parts(self) -> Iterator[tuple[str, str]]:
        if self.tested:
            size = sum(self._size(path) for package in self.tested for path in self._tests(package))
            yield (
                f"Tests of dependencies, {_megabytes(size)}: nothing but tests imports them.",
                _find(self.tested, "-type d -name tests -prune -exec rm -rf {} +"),
            )
        if self._for_builds:
            size = sum(map(self._size, self._for_builds))
            yield (
                f"Type stubs, headers and C sources, {_megabytes(size)}: compilers and editors read them.",
                _find(self._built, rf"-type f -regex '{_FOR_BUILDS}' -delete"),
            )
        if self._stripped:
            size = sum(found.size for found in self._stripped.values())
            skipped = (f"! -name '{each}'" for each in self._unsafe)
            packages = tuple(dict.fromkeys(map(self._package, self._stripped)))
            yield (
                f"Symbols of compiled modules, {_megabytes(size)}: debuggers read them.",
                _find(packages, "-type f -name '*.so*'", *skipped, "-exec strip --strip-unneeded {} +"),
            )

    def _all(self, path: str) -> tuple[str, ...]:
        return (path, *self.scene.below(path))

    # tests

    @cached_property
    def tested(self) -> tuple[str, ...]:
        """Packages whose tests nothing but tests imports, where that is worth a word."""
        return tuple(each for each in self._packages if self._is_tested(each))

    def _is_tested(self, package: str) -> bool:
        if sum(map(self._size, self._tests(package))) < WORTH:
            return False
        rest = self._imports[package]
        outside = re.compile(rf"\b{re.escape(package)}\.(?:[\w.]+\.)?tests\b")
        return not re.search(r"\btests\b", rest) and not any(map(outside.search, self._imports.values()))

    def _tests(self, package: str) -> tuple[str, ...]:
        """All that lies in folders named tests."""
        return tuple(path for path in self._files[package] if is_test(path[len(self.path) + 1 :]))

    @cached_property
    def _imports(self) -> Mapping[str, str]:
        """What the sources of each package import, their tests aside."""
        return {
            package: "\n".join(
                line
                for path in paths
                if path.endswith(".py")
                and not is_test(path[len(self.path) + 1 :])
                and not path.endswith(("/conftest.py", "/setup.py"))
                for line in IMPORT.findall(read_text(self.scene.tree, path))
            )
            for package, paths in self._files.items()
        }

    # what builds read

    @cached_property
    def _for_builds(self) -> tuple[str, ...]:
        return tuple(
            path
            for package in self._built
            for path in self._files[package]
            if path.endswith(FOR_BUILDS) and self._is_file(path)
        )

    @cached_property
    def _built(self) -> tuple[str, ...]:
        """Packages with much of it, but for those that compile while they run or read their stubs."""
        if any("attach_stub" in text for text in self._imports.values()):
            return ()
        sizes = {each: self._much(each) for each in self._packages if not COMPILES_LATER.match(f"{each}/")}
        worth = {each: size for each, size in sizes.items() if size >= WORTH}
        return tuple(worth) if sum(worth.values()) >= LINE else ()

    def _much(self, package: str) -> int:
        paths = (path for path in self._files[package] if path.endswith(FOR_BUILDS) and self._is_file(path))
        return sum(map(self._size, paths))

    # symbols

    @cached_property
    def _symbols(self) -> Mapping[str, Symbols]:
        """Of every compiled module and library."""
        if not self.scene.program("strip"):
            return {}
        found = {}
        for paths in self._files.values():
            for path in paths:
                if ".so" in posixpath.basename(path) and self._is_file(path):
                    read = read_symbols(partial(self.scene.tree.part, path))
                    if read is not None:
                        found[path] = read
        return found

    @cached_property
    def _stripped(self) -> Mapping[str, Symbols]:
        sums: dict[str, int] = {}
        for path, each in self._symbols.items():
            sums[self._package(path)] = sums.get(self._package(path), 0) + each.size * each.is_last
        worth = {package for package, size in sums.items() if size >= WORTH}
        found = {p: each for p, each in self._symbols.items() if self._package(p) in worth and each.is_last}
        return found if sum(each.size for each in found.values()) >= LINE else {}

    @property
    def _unsafe(self) -> tuple[str, ...]:
        """Patterns of those that strip would have to move parts of: the loader may refuse them afterwards."""
        packages = set(map(self._package, self._stripped))
        unsafe = (p for p, each in self._symbols.items() if not each.is_last and self._package(p) in packages)
        return tuple(sorted({f"{posixpath.basename(path).partition('.')[0]}.*" for path in unsafe}))

    # files

    @cached_property
    def _packages(self) -> tuple[str, ...]:
        skipped = ("pip", "setuptools", "wheel", "pkg_resources", "_distutils_hack", "__pycache__")
        return tuple(
            sorted(
                name
                for path in self.scene.tree.children(self.path)
                if self.scene.is_dir(path)
                and (name := posixpath.basename(path)) not in skipped
                and not name.endswith(("-info", ".egg"))
            )
        )

    @cached_property
    def _files(self) -> Mapping[str, tuple[str, ...]]:
        return {each: tuple(self.scene.below(f"{self.path}/{each}")) for each in self._packages}

    def _package(self, path: str) -> str:
        return path[len(self.path) + 1 :].partition("/")[0]

    def _size(self, path: str) -> int:
        entry = self.scene.tree.get(path)
        return entry.size if entry is not None and entry.kind == "file" else 0

    def _is_file(self, path: str) -> bool:
        entry = self.scene.tree.get(path)
        return entry is not None and entry.kind in ("file", "hardlink")

    def _is_empty_without(self, folder: str, gone: set[str]) -> bool:
        return posixpath.basename(folder) == "tests" and all(
            each in gone or self.scene.is_dir(each) for each in self.scene.below(folder)
        )


def _find(packages: tuple[str, ...], *rest: str) -> str:
    """What is done in some packages, and in none where a later version has them no longer."""
    among = [f"-path './{packages[0]}/*'", *(f"-o -path './{each}/*'" for each in packages[1:])]
    return wrapped(" && find .", (*(["'('", *among, "')'"] if len(packages) > 1 else among), *rest))


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
