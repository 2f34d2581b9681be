"""Python modules: what is imported on the way to one, and its source and bytecode, which belong together.

Bytecode in __pycache__ is only used where its source is there too, with the size and time it was made from; a
source without bytecode is compiled each time that a process imports it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

from unladen.image.owners.interface import source_of
from unladen.keep.scene import Scene

_VERSION = re.compile(r"/python(3\.\d+)/")


class PythonModules:
    """Remembers which interpreters' bytecode is of use: those whose library is in the image."""

    def __init__(self, scene: Scene) -> None:
        self.tags = tuple(_tags(scene))
        self._inits: dict[str, tuple[str, ...]] = {}

    def __call__(self, path: str, scene: Scene, compiled: bool) -> Iterable[str]:
        """`compiled`: whether a source's bytecode is wanted."""
        if path.endswith(".pyc"):
            source = source_of(path)
            yield from ([source] if source else [])
            yield from self._packages(source or path, scene)
        elif path.endswith(".py"):
            folder, _, name = path.rpartition("/")
            yield from self._packages(path, scene)
            for tag in self._tags_for(path) if compiled else ():
                yield f"{folder}/__pycache__/{name.removesuffix('.py')}.{tag}.pyc"

    def _packages(self, module: str, scene: Scene) -> tuple[str, ...]:
        """The __init__.py of every package that the module is in."""
        folder = module.rpartition("/")[0]
        if folder not in self._inits:
            names = (f"{folder}/__init__.py", f"{folder}/__init__.pyc")
            own = [name for name in names if name in scene.tree]
            self._inits[folder] = (*own, *self._packages(folder, scene)) if own else ()
        return self._inits[folder]

    def _tags_for(self, path: str) -> Iterable[str]:
        match = _VERSION.search(path)
        return (_tag(match[1]),) if match else self.tags


def _tags(scene: Scene) -> Iterator[str]:
    found = {path.rpartition("/python")[2] for path in _libraries(scene)}
    yield from sorted(map(_tag, found))


def _libraries(scene: Scene) -> Iterator[str]:
    for prefix in ("/usr", "/usr/local", "/opt"):
        for path in scene.tree.children(f"{prefix}/lib"):
            if re.fullmatch(r".*/python3\.\d+", path):
                yield path


def _tag(version: str) -> str:
    return "cpython-" + version.replace(".", "")


def code(path: str, scene: Scene) -> bytes:
    """A module's source or bytecode. The rung sourceless has some of it compressed, which begins like any zlib
    stream (RFC 1950) and unlike any bytecode (importlib.util.MAGIC_NUMBER)."""
    content = scene.tree.read(path)
    if not path.endswith(".pyc") or content[:1] != b"\x78":
        return content
    try:
        return zlib.decompress(content)
    except zlib.error:
        return content
