"""Shell scripts that no package brought: the programs that they name, also in a branch that no case took.

What an entry point does on another day is in plain sight, and its tools are small: only they are kept, not the
packages that they are from. Scripts of packages are left alone, for most of what they can do is never asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from unladen.image.scene import Scene

_SHELL = re.compile(rb"#![ \t]*(?:\S*/env[ \t]+)?(?:\S*/)?(?:ba|da|a|k|z)?sh(?:[ \t\n]|$)")
_COMMENT = re.compile(r"(?m)^[ \t]*#.*$")
_COMMAND = re.compile(
    r"(?:^|[\n;&|(){`!]|(?<![\w-])(?:exec|then|else|elif|do|if|while|until|nohup|time|env|xargs|command)[ \t])"
    r"(?=[ \t]*(?:[A-Za-z_]\w*=\S*[ \t]+)*([\w./+-]+))"
)
"""Where a command can begin, assignments before it skipped. It need not be exact: a word that is no program of the
image keeps nothing."""
LARGEST = 1 << 20
"""Bytes; what is larger was not written by hand."""


def shell_needs(path: str, scene: Scene, used: bool) -> Iterable[str]:
    entry = scene.tree.get(path)
    if (
        not used
        or entry is None
        or entry.kind not in ("file", "hardlink")
        or entry.size > LARGEST
        or not (path.endswith(".sh") or entry.mode & 0o111)
        or scene.packages.of(path) is not None
    ):
        return
    content = scene.tree.read(path)
    if not path.endswith(".sh") and not _SHELL.match(content):
        return
    text = _COMMENT.sub("", content.decode("utf-8", "surrogateescape"))
    for word in sorted(set(_COMMAND.findall(text))):
        if program := scene.program(word):
            yield program
