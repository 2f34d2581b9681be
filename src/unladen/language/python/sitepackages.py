"""A folder of Python's dependencies in an image: what of it no program reads, and the commands that take it away."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import takewhile

from unladen.dockerfile.edit import wrapped
from unladen.image.packages import read_text
from unladen.image.paths import above
from unladen.image.scene import Scene
from unladen.image.symbols import Symbols, read_symbols
from unladen.language.leaner import Trim
from unladen.language.python.extras import COMPILES_LATER, FOR_BUILDS, IMPORT, is_test
from unladen.language.python.rungs import KEEPS_SOURCES, LOADER

WORTH = 200_000
"""Bytes of a package that are worth its name in a line."""
KEPT = 4
"""Folders of a package that a line may leave out."""
LINE = 3_000_000
"""Bytes that are worth a line."""
_FOR_BUILDS = r".*\.\(pyi\|pyx\|px[di]\|[ach]\|[ch]pp\)"
"""FOR_BUILDS, as find(1) takes it."""
COMPILE = (
    *("-I", "-X", "no_debug_ranges", "-m", "compileall", "-q", "-f", "-j", "0", "-b"),
    *("--invalidation-mode", "unchecked-hash"),
)
_NAME = "compressed_bytecode"
_COMPRESS = (
    "import pathlib, sys, zlib;"
    " [p.write_bytes(zlib.compress(p.read_bytes(), 9)) for p in map(pathlib.Path, sys.argv[1:])]"
)
_READS_IT = "What reads it: the loader of Python, and one step more. Every start imports it first, because of the .pth."


@dataclass(frozen=True)
class Site:
    """A folder of dependencies, and what can be taken away in it."""

    scene: Scene
    path: str

    @cached_property
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

    # bytecode

    def compiled(self, interpreter: str) -> Trim | None:
        """Bytecode in the place of the sources, but for those that somebody may read."""
        size = sum(map(self._size, (path for each in self._packages for path in self._compiled(each))))
        if size < LINE:
            return None
        kept = "|".join(re.escape(each) for folders in self._keeping.values() for each in folders)
        skipped = (f"-x '^./({kept})/'",) if kept else ()
        bytecode = (
            wrapped(f" && {{ {interpreter} {' '.join(COMPILE)}", (*skipped, ". || true; }")),
            r" && find . -name '*.pyc' ! -path '*/__pycache__/*' | sed 's/c$//' | tr '\n' '\0' | xargs -0 rm -f",
            " && find . -name __pycache__ -prune -exec rm -rf {} +",
        )
        why = f"Bytecode in the place of {_megabytes(size)} of sources: tracebacks show no lines of dependencies."
        parts = {
            why: bytecode,
            "It is compressed to a third.": (
                f" && find . -name '*.pyc' -print0 | xargs -0 {interpreter} -I -c '{_COMPRESS}'",
            ),
            _READS_IT: (
                r" && printf '%s\n'",
                *(f"    '{line}'" for line in LOADER.splitlines()),
                f"    > {_NAME}.py && echo 'import {_NAME}' > 0_{_NAME}.pth",
            ),
        }
        lines = (f"# {why}\n" + " \\\n".join(part) for why, part in parts.items())
        return Trim("", f"cd {self.path} \\\n" + " \\\n".join(lines))

    def _compiled(self, package: str) -> Iterator[str]:
        kept = tuple(f"{self.path}/{each}/" for each in self._keeping[package])
        return (path for path in self._sources(package) if not path.startswith(kept))

    def _sources(self, package: str) -> tuple[str, ...]:
        own = (path for path in self._files[package] if path.endswith(".py") and self._is_file(path))
        return tuple(path for path in own if path not in self.gone)

    @cached_property
    def _keeping(self) -> Mapping[str, tuple[str, ...]]:
        """Of each package the folders, relative to the site, whose sources stay: they may be templates, for they are no
        part of it, or it looks for them; the package itself where there are many."""
        found = {}
        for package in self._packages:
            folders = dict.fromkeys(map(posixpath.dirname, self._sources(package)))
            kept = tuple(each[len(self.path) + 1 :] for each in folders if self._keeps(each))
            found[package] = (package,) if package in KEEPS_SOURCES or len(kept) > KEPT else kept
        return found

    def _keeps(self, folder: str) -> bool:
        init = f"{folder}/__init__.py"
        text = read_text(self.scene.tree, init) if init in self.scene.tree else ""
        lists = re.search(r"\b(?:listdir|iterdir|scandir|r?glob)\b", text) and re.search(r"\.py\b", text)
        return init not in self.scene.tree or lists is not None

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
