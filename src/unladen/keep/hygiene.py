"""What a package that is kept whole does not need at run time: tests, headers, documentation, debug symbols, and
bytecode for another interpreter or level of optimization. Type stubs stay: some packages read theirs to import.
"""

from __future__ import annotations

import re

from unladen.image.owners.interface import Kind

TEST_FOLDERS = frozenset(("__tests__", "idle_test", "test", "tests"))
SUFFIXES = (".h", ".hh", ".hpp", ".hxx", ".pxd", ".a", ".la", ".o", ".debug")
_DEBIAN = re.compile(
    r"usr/share/(?:doc(?!/[^/]+/copyright$)|man|info|lintian|bug|doc-base|bash-completion|zsh|gdb)/"
    r"|usr/include/|usr/lib/debug/|usr/(?:lib|share)/(?:[^/]+/)?pkgconfig/"
)
_WITH_TESTS = re.compile(r"(?:^|/)(?:python3[^/]*|node_modules)/")
_OPTIMIZED = re.compile(r"\.opt-\d\.pyc$")
_TAG = re.compile(r"\.((?:cpython|pypy)-?3\d+)\.pyc$")
_LIBRARY = re.compile(r"/python(3)\.(\d+)/")


def dirt(kind: Kind, path: str, root: str = "") -> str | None:
    """None for what is kept of a package. Else the pattern, relative to any directory above, of the dirt that the
    path is part of; "" for dirt in a place of its own. `root` is the package's directory."""
    inner = path[len(root) + 1 :]
    folders = inner.split("/")
    name = folders.pop()
    if kind == "deb" and _DEBIAN.match(path[1:]):
        return ""
    if kind != "deb" or _WITH_TESTS.search(path):
        for folder in folders:
            if folder in TEST_FOLDERS:
                return f"**/{folder}/"
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return f"**/*{suffix}"
    return _bytecode(path, name)


def _bytecode(path: str, name: str) -> str | None:
    if not name.endswith(".pyc"):
        return None
    if _OPTIMIZED.search(name):
        return "**/*.opt-?.pyc"
    tag, library = _TAG.search(name), _LIBRARY.search(path)
    if tag and library and tag[1].replace("-", "") != f"cpython{library[1]}{library[2]}":
        return f"**/*.{tag[1]}.pyc"
    return None
