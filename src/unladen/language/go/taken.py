"""What an image of a Go program may be without: its source, the modules, and the toolchain."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from unladen.image.packages import read_text
from unladen.image.scene import Scene
from unladen.language.interface import Lost

_COMPILED = re.compile(
    r".*\.(?:go|s|S|c|h|cc|cpp|hpp|syso|proto|sql\.go)|.*/go\.(?:mod|sum|work|work\.sum)|.*/vendor/.*"
)
"""What the compiler reads; programs that run read nothing of it."""
_LITERAL = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|`([^`]*)`")
_IMPORTS = re.compile(r"^import\s*(?:\([^)]*\)|[\w.]*\s*\"[^\"]*\")", re.MULTILINE)
_LONGEST = 200


def takes(scene: Scene) -> Mapping[Lost, Callable[[str], bool]]:
    return {Lost.SOURCE: _Sources(scene).is_source, Lost.TOOLCHAIN: _Toolchain(scene).is_toolchain}


@dataclass(frozen=True)
class _Sources:
    """The trees of modules in an image."""

    scene: Scene

    def is_source(self, path: str) -> bool:
        """Of what lies in a module's tree, all that no string of its own sources names."""
        root = next((root for root in self.roots if path.startswith(root + "/") or path == root), None)
        if root is None:
            return False
        return _COMPILED.fullmatch(path) is not None or not self._is_named(path[len(root) + 1 :])

    @cached_property
    def roots(self) -> tuple[str, ...]:
        caches = _Toolchain(self.scene)
        found = (path.rpartition("/")[0] for path in self.scene.tree if path.endswith("/go.mod"))
        return tuple(root for root in found if not caches.is_toolchain(root + "/"))

    @cached_property
    def _named(self) -> frozenset[str]:
        """Strings of the sources that may be paths, as relative ones."""
        return frozenset(
            posixpath.normpath(text.lstrip("/")).removeprefix("../")
            for text in self._literals()
            if text.strip("/.")
        )

    def _literals(self) -> Iterator[str]:
        for path in self.scene.tree:
            is_own = any(path.startswith(root + "/") for root in self.roots)
            if is_own and path.endswith(".go") and not path.endswith("_test.go") and "/vendor/" not in path:
                for match in _LITERAL.finditer(_IMPORTS.sub("", read_text(self.scene.tree, path))):
                    text = match[1] or match[2] or ""
                    if len(text) <= _LONGEST and "\n" not in text:
                        yield text

    def _is_named(self, inner: str) -> bool:
        """Whether a string names the file or one of the folders that it is in, from the tree's root on."""
        parts = inner.split("/")
        names = {"/".join(parts[: end + 1]) for end in range(len(parts))}
        names |= {parts[-1]} if "." in parts[-1] else set()
        return bool(names & self._named) or any(fnmatch.fnmatch(inner, each) for each in self._patterns)

    @cached_property
    def _patterns(self) -> tuple[str, ...]:
        return tuple(text for text in self._named if "*" in text and "/" in text.strip("*/"))


@dataclass(frozen=True)
class _Toolchain:
    """Go itself, and what it fetches and installs."""

    scene: Scene

    def is_toolchain(self, path: str) -> bool:
        return path.startswith(self._folders)

    @cached_property
    def _folders(self) -> tuple[str, ...]:
        env = self.scene.settings.env
        caches = (env.get("GOPATH", "/go"), "/root/go")
        folders = [
            env.get("GOROOT", "/usr/local/go"),
            *(f"{each}/{name}" for each in caches for name in ("pkg", "bin", "src")),
        ]
        return tuple(f"{folder}/" for folder in folders) + tuple(
            env[name] + "/" for name in ("GOMODCACHE", "GOCACHE") if env.get(name)
        )
