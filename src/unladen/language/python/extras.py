"""What the lean rungs take away of dependencies: tests, type stubs, sources of compiled parts and headers, and compiled
modules that nothing but tests imports. It is what templates/thin.j2 does, seen from the image that still has all of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from unladen.image.packages import read_text
from unladen.image.scene import Scene
from unladen.language.interface import Lost

REWRITTEN = (
    r".*\.(?:dist|egg)-info/(?:RECORD|INSTALLER|REQUESTED|direct_url\.json|installed-files\.txt|SOURCES\.txt|uv_\w+\.json)"
    r"|.*/(?:site|dist)-packages/(?:__editable__.*|easy-install\.pth|_virtualenv\.\w+|[^/]+\.egg-link)"
    r"|.*/pyvenv\.cfg|.*/bin/(?:[Aa]ctivate[^/]*|deactivate|python[\d.]*|pip[\d.]*|wheel|easy_install[^/]*|pydoc[^/]*)"
)
"""What installers and virtual environments write of their own."""
_SITE = re.compile(r"(.*/(?:site|dist)-packages)/(.+)")
FOR_BUILDS = (".pyi", ".pxd", ".pxi", ".pyx", ".a", ".c", ".h", ".cpp", ".hpp")
COMPILES_LATER = re.compile(r"(?:cupy[^/]*|numba|triton|pyopencl|pycuda)/")
IMPORT = re.compile(r"^\s*(?:from\s+\S+\s+)?import\s+(?:\([^)]*\)|.*)|import\w*\(.*", re.M)


BUILT = (
    r".*/(?:site|dist)-packages/"
    r"(?:.*\.(?:so(?:\.[\w.-]+)?|a)|[^/]+\.dist-info/(?:WHEEL|sboms/.*)|.*/__config__\.py)"
)
"""Of a wheel: what is compiled, and what tells how (numpy and scipy write that down)."""
_VENDORED = re.compile(r".*/(?:site|dist)-packages/[^/]+\.libs/.*")
"""Libraries that auditwheel puts beside a package, by names of its own: those of a wheel for musl are others."""


def takes(scene: Scene) -> Mapping[Lost, Callable[[str], bool]]:
    return {
        Lost.DEPENDENCY_EXTRAS: _Extras(scene, {}).is_extra,
        Lost.GLIBC: lambda path: _VENDORED.fullmatch(path) is not None,
    }


@dataclass(frozen=True)
class _Extras:
    """`imports` remembers what is imported in each package: by its tests, and by the rest of it."""

    scene: Scene
    imports: dict[str, tuple[str, str]]

    def is_extra(self, path: str) -> bool:
        match = _SITE.fullmatch(path)
        if match is None:
            return False
        site, inner = match.groups()
        if is_test(inner):
            return True
        if inner.endswith(FOR_BUILDS):
            return COMPILES_LATER.match(inner) is None
        return inner.endswith(".so") and self._is_for_tests(site, inner)

    def _is_for_tests(self, site: str, inner: str) -> bool:
        """Whether only tests import a compiled module."""
        package, name = inner.split("/")[0], inner.rpartition("/")[2].split(".")[0]
        tests, rest = self._imports(f"{site}/{package}", site)
        named = re.compile(rf"\b{re.escape(name)}\b")
        return named.search(tests) is not None and named.search(rest) is None

    def _imports(self, package: str, site: str) -> tuple[str, str]:
        if package not in self.imports:
            tests: list[str] = []
            rest: list[str] = []
            for path in self._sources(package):
                lines = IMPORT.findall(read_text(self.scene.tree, path))
                (tests if is_test(path[len(site) + 1 :]) else rest).extend(lines)
            self.imports[package] = "\n".join(tests), "\n".join(rest)
        return self.imports[package]

    def _sources(self, package: str) -> Iterator[str]:
        for path in self.scene.below(package):
            if path.endswith(".py") and not path.endswith(("/conftest.py", "/setup.py")):
                yield path


def is_test(inner: str) -> bool:
    return "tests" in inner.split("/")[1:-1]
