"""The standard library of the interpreter that an image's program runs with."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from unladen.image.scene import Scene

_MODULE = re.compile(r"(.+?)(?:\.(?:cpython|abi3)[^/]*)?\.(?:pyc?|so)")
_SPARED = re.compile(
    r"(?:test|tests|idlelib|tkinter|turtledemo|lib2to3|ensurepip|pydoc_data|distutils|config-[^/]*)(?:/.*)?"
    r"|(?:.*/)?(?:tests?|idle_test)/.*|turtle|__hello__|__phello__(?:/.*)?|this|antigravity"
    r"|lib-dynload/(?:_tkinter|nis|_?ctypes_test|_test\w*|_xx\w*|xx\w*)|_sysconfigdata[\w-]+"
    r"|sitecustomize|_distutils_system_mod"
)
"""What serves people at a screen, builds of extension modules, and Python's own tests; what Debian adds."""
_IMPORTED = re.compile(rb"^\s*(?:from|import)\s+(\w+)", re.MULTILINE)
_PACKAGES = ("site-packages/", "dist-packages/")


def library(scene: Scene) -> dict[str, str]:
    """Its modules by name ("wsgiref/util") with their paths; compiled ones only where they are files of their own."""
    root = _root(scene)
    return dict(_modules(scene, root)) if root else {}


def spares(scene: Scene) -> Callable[[str], bool]:
    """All but what the project's own source imports."""
    own = (path for folder in scene.application for path in scene.below(folder) if path.endswith(".py"))
    imported = {name.decode() for path in own for name in _IMPORTED.findall(scene.tree.read(path))}

    def is_spared(name: str) -> bool:
        top = name.removeprefix("lib-dynload/").removeprefix("_").partition("/")[0]
        return _SPARED.fullmatch(name) is not None and top not in imported

    return is_spared


def _root(scene: Scene) -> str:
    """The folder of the library; "" where there is no interpreter, or none that brings one."""
    for name in ("python3", "python"):
        real = scene.real(found) if (found := scene.program(name)) else ""
        if not real:
            continue
        library = posixpath.join(posixpath.dirname(posixpath.dirname(real)), "lib")
        version = re.search(r"python(3\.\d+)$", real)
        for folder in scene.tree.children(library):
            named = re.fullmatch(r".*/python(3\.\d+)", folder)
            if named is None or (version and version[1] != named[1]):
                continue
            if f"{folder}/os.py" in scene.tree or f"{folder}/os.pyc" in scene.tree:
                return folder
    return ""


def _modules(scene: Scene, root: str) -> Iterator[tuple[str, str]]:
    for path in scene.below(root):
        inner = path[len(root) + 1 :]
        if inner.startswith(_PACKAGES) or "__pycache__/" in inner:
            continue
        if match := _MODULE.fullmatch(inner):
            yield match[1], path
