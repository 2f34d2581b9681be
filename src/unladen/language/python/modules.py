"""Python modules: what is imported on the way to one, and its source and bytecode, which belong together.

Bytecode in __pycache__ is only used where its source is there too, with the size and time it was made from; a
source without bytecode is compiled each time that a process imports it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator

from unladen.image.interface import FileTree
from unladen.image.scene import Scene

_VERSION = re.compile(r"/python(3\.\d+)/")
_OPTIMIZED = re.compile(r"\.opt-\d\.pyc$")
_TAG = re.compile(r"\.((?:cpython|pypy)-?3\d+)\.pyc$")
_INTERPRETER = re.compile(r"(.*/lib/python3\.\d+)/(?:os\.pyc?|__pycache__/os\.[^/]+\.pyc)")
CODECS = (
    "encodings/",
    "stringprep.py",
    "stringprep.pyc",
    "__pycache__/stringprep.{tag}.pyc",
    "lib-dynload/unicodedata*.so",
    "lib-dynload/_codecs_*.so",
    "lib-dynload/_multibytecodec*.so",
)
"""Below an interpreter's library: codecs are imported by name, that of host names imports two more, and those of
Chinese, Japanese and Korean texts are compiled."""


def source_of(bytecode: str) -> str:
    """The source of "…/__pycache__/name.cpython-311.pyc", or "" where the bytecode stands for itself."""
    if not bytecode.endswith(".pyc"):
        return ""
    folder, _, name = bytecode.rpartition("/")
    parent, slash, last = folder.rpartition("/")
    return f"{parent}/{name.split('.')[0]}.py" if last == "__pycache__" and slash else ""


def stand_in(path: str, tree: FileTree) -> str:
    """A module's bytecode where its source was taken away (the rung sourceless)."""
    return f"{path}c" if path.endswith(".py") and path not in tree and f"{path}c" in tree else path


def for_musl(path: str) -> str:
    """A compiled module's name says what it is for: https://peps.python.org/pep-3149."""
    return re.sub(r"-linux-gnu(?=\.so$)", "-linux-musl", path)


def is_timed(path: str, tree: FileTree) -> bool:
    """Whether bytecode would no longer count if the time of its source changed: it names that time, unless it was
    made to check a hash, or not. Format: PEP 552, the flags in bytes 4 to 8; 0 means time and size."""
    try:
        return bool(source_of(path)) and tree.read(path)[4:8] == bytes(4)
    except KeyError:
        return False


def dirt(path: str) -> str | None:
    """Bytecode for another interpreter or level of optimization, Cython's declarations, IDLE's tests."""
    if "/idle_test/" in path:
        return "**/idle_test/"
    if path.endswith(".pxd"):
        return "**/*.pxd"
    if not path.endswith(".pyc"):
        return None
    if _OPTIMIZED.search(path):
        return "**/*.opt-?.pyc"
    tag, library = _TAG.search(path), _VERSION.search(path)
    if tag and library and tag[1].replace("-", "") != _tag(library[1]).replace("-", ""):
        return f"**/*.{tag[1]}.pyc"
    return None


def always(path: str, scene: Scene) -> Iterator[tuple[str, str]]:
    """The codecs of an interpreter's library."""
    match = _INTERPRETER.fullmatch(path)
    if match is None:
        return
    library, tag = match[1], _tag(match[1].rpartition("/python")[2])
    for name in CODECS:
        start, star, end = f"{library}/{name.format(tag=tag)}".partition("*")
        found = [start]
        if star:
            inside = scene.tree.children(start.rpartition("/")[0])
            found = [each for each in inside if each.startswith(start) and each.endswith(end)]
        yield from ((each, "Python's codecs, imported by name") for each in found if scene.real(each))


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
