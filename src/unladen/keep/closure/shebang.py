"""The interpreter of a script: the kernel opens it, and a trace need not show it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from unladen.image.scene import Scene
from unladen.language.registry import ecosystems

_LINE = re.compile(rb"#![ \t]*([^ \t\n\0]+)[ \t]*([^\n\0]*)")
LONGEST = 256
"""What Linux reads of the line (BINPRM_BUF_SIZE)."""


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
    match = _LINE.match(scene.tree.read(path)[:LONGEST])
    if match is None:
        return
    interpreter, arguments = (_text(group) for group in match.groups())
    yield interpreter
    if posixpath.basename(interpreter) == "env":
        words = [word for word in arguments.split() if "=" not in word and not word.startswith("-")]
        if words and (program := scene.program(words[0])):
            yield program


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
