"""Scripts need the interpreter that their first line names."""

from __future__ import annotations

from collections.abc import Iterable

from unladen.image.scene import Scene
from unladen.image.shebang import read_shebang
from unladen.language.registry import ecosystems


def shebang_needs(path: str, scene: Scene, used: bool) -> Iterable[str]:
    """Scripts of a package that nothing runs do not bring the interpreters of everything into an image; nor do
    modules, some of which can be run too."""
    entry = scene.tree.get(path)
    if (
        not used
        or ecosystems().is_library_module(path)
        or entry is None
        or entry.kind not in ("file", "hardlink")
        or not entry.mode & 0o111
    ):
        return
    line = read_shebang(scene.tree, path)
    if line is not None:
        yield line.interpreter
        if line.program and (program := scene.program(line.program)):
            yield program
