"""Plug-ins of Python: who asks for a group of entry points may load any distribution that offers one.

A trace shows that entry points are read, of all distributions alike, and not which group was meant; but the group's
name stands in the source that asks. Format: https://packaging.python.org/en/latest/specifications/entry-points/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from unladen.image.packages import Package, read_text
from unladen.image.scene import Scene
from unladen.language.python.modules import code

_LISTED = re.compile(r".*/(?:site|dist)-packages/[^/]+\.(?:dist|egg)-info/entry_points\.txt")
_GROUP = re.compile(r"(?m)^\[[ \t]*(\w[\w.-]*)[ \t]*\][ \t]*$")
_OF_INSTALLERS = frozenset(("console_scripts", "gui_scripts", "distutils.commands", "egg_info.writers"))
"""Programs, which are files, and what only builds packages."""


class EntryPoints:
    """Remembers who offers what. Each group is looked for in the modules that are used until one asks for it. What a
    distribution offers to itself is no plug-in: pandas names its own plotting so."""

    def __init__(self, scene: Scene) -> None:
        self._offers = _offers(scene)

    def __call__(self, path: str, scene: Scene, used: bool) -> Iterable[Package]:
        if not self._offers or not used or not path.endswith((".py", ".pyc")):
            return
        content = code(path, scene)
        for group in [each for each in self._offers if _asks(content, each)]:
            done = {own.id} if (own := scene.packages.of(path)) else set[str]()
            todo = self._offers.pop(group)
            while todo:
                package = todo.pop()
                if package.id not in done:
                    done.add(package.id)
                    yield package
                    todo += [each for name in package.depends for each in _named(scene, package, name)]


def _offers(scene: Scene) -> dict[str, list[Package]]:
    """The distributions by the groups that they offer something in."""
    found: dict[str, list[Package]] = {}
    for path in scene.tree:
        if path.endswith("-info/entry_points.txt") and _LISTED.fullmatch(path):
            owner = scene.packages.of(path)
            for group in _GROUP.findall(read_text(scene.tree, path)) if owner else ():
                if owner and group not in _OF_INSTALLERS:
                    found.setdefault(group, []).append(owner)
    return found


def _named(scene: Scene, package: Package, name: str) -> Iterator[Package]:
    """What a distribution asks for is another one; a Debian package's needs are Debian's to fulfil."""
    if package.kind == "pip":
        yield from scene.packages.named(f"pip:{name}")


def _asks(content: bytes, group: str) -> bool:
    """Whether a module has the group's name as a string: in quotes, or as it is in bytecode (its length before
    it: https://docs.python.org/3/library/marshal.html)."""
    name = group.encode()
    if name not in content:
        return False
    return any(form in content for form in (b'"%b"' % name, b"'%b'" % name, bytes([len(name) % 256]) + name))
