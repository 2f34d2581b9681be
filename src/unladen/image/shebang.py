"""The interpreter of a script: the kernel opens it, and a trace need not show it."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass

from unladen.image.interface import FileTree

_LINE = re.compile(rb"#![ \t]*([^ \t\n\0]+)[ \t]*([^\n\0]*)")
LONGEST = 256
"""What Linux reads of the line (BINPRM_BUF_SIZE)."""


@dataclass(frozen=True)
class Shebang:
    """`program` is the name that env looks for, "" where `interpreter` is another program."""

    interpreter: str
    program: str = ""

    @property
    def wanted(self) -> str:
        """What it takes to run the script, as it is written there."""
        return self.program or self.interpreter


def read_shebang(tree: FileTree, path: str) -> Shebang | None:
    """The first line of the file at a path; None where that names no interpreter."""
    match = _LINE.match(tree.part(path, 0, LONGEST))
    if match is None:
        return None
    interpreter, arguments = (_text(group) for group in match.groups())
    words = [word for word in arguments.split() if "=" not in word and not word.startswith("-")]
    return Shebang(interpreter, words[0] if words and posixpath.basename(interpreter) == "env" else "")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
