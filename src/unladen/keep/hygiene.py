"""What a package that is kept whole does not need at run time: tests, headers, documentation, debug symbols, and
what its language says. Type stubs stay: some packages read theirs to import.
"""

from __future__ import annotations

import re

from unladen.language.registry import ecosystems

TEST_FOLDERS = frozenset(("__tests__", "test", "tests"))
SUFFIXES = (".h", ".hh", ".hpp", ".hxx", ".a", ".la", ".o", ".debug")
_DEBIAN = re.compile(
    r"usr/share/(?:doc(?!/[^/]+/copyright$)|man|info|lintian|bug|doc-base|bash-completion|zsh|gdb)/"
    r"|usr/include/|usr/lib/debug/|usr/(?:lib|share)/(?:[^/]+/)?pkgconfig/"
)


def dirt(kind: str, path: str, root: str = "") -> str | None:
    """None for what is kept of a package. Else the pattern, relative to any directory above, of the dirt that the
    path is part of; "" for dirt in a place of its own. `root` is the package's directory."""
    known = ecosystems()
    inner = path[len(root) + 1 :]
    folders = inner.split("/")
    name = folders.pop()
    if kind == "deb" and _DEBIAN.match(path[1:]):
        return ""
    if kind != "deb" or known.modules_below.search(path):
        for folder in folders:
            if folder in TEST_FOLDERS:
                return f"**/{folder}/"
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return f"**/*{suffix}"
    return known.dirt(path)
