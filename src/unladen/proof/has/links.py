"""Links lead where they led, and the program's user gets to where it works and lives."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Iterator

from unladen.image.accounts import Account, account
from unladen.image.interface import Entry
from unladen.image.scene import Scene
from unladen.image.settings import Settings
from unladen.proof.has.interface import Pair, Part
from unladen.proof.interface import Loss

_TALK = (
    "/usr/share/man/",
    "/usr/share/doc/",
    "/usr/share/info/",
    "/usr/share/locale/",
    "/usr/local/share/man/",
)
"""What people read: slim bases come without, and their links stay."""
_MOUNTED = ("/proc/", "/sys/", "/dev/", "/run/")


def links(pair: Pair) -> Part:
    """Symbolic links of both that no longer lead anywhere in the rung; the working directory and the home folder."""
    here, there = pair.baseline.scene, pair.rung.scene
    both = [path for path in there.tree if _is_link(there, path) and _is_link(here, path)]
    broken = [path for path in both if not there.real(path) and _counts(here, path)]
    losses = [
        Loss("link", path, f"leads to {entry.link}, which is not there", origin=_origin(there, path))
        for path in broken
        if (entry := there.tree.get(path))
    ]
    return Part("links", len(both), (*losses, *_folders(pair)))


def _is_link(scene: Scene, path: str) -> bool:
    entry = scene.tree.get(path)
    return entry is not None and entry.kind == "symlink"


def _counts(scene: Scene, path: str) -> bool:
    """Whether a link leads somewhere in the baseline. What a package links to and no package has is made by an
    installation, or while a system runs."""
    way = scene.tree.resolve(path)
    if not way or way[-1].startswith((*_TALK, *_MOUNTED)):
        return False
    is_made = any(scene.packages.of(each) is None and not scene.is_dir(each) for each in way)
    return scene.packages.of(path) is None or not is_made


def _origin(scene: Scene, path: str) -> str:
    package = scene.packages.of(path)
    return str(package) if package else ""


def _folders(pair: Pair) -> Iterator[Loss]:
    before = account(pair.baseline.scene.tree, pair.baseline.scene.settings.user)
    after = account(pair.rung.scene.tree, pair.rung.scene.settings.user)
    if before is None or after is None:
        return  # said as another USER
    for what, old, new in (
        ("WORKDIR", _workdir(pair.baseline.scene.settings), _workdir(pair.rung.scene.settings)),
        ("HOME", _home(pair.baseline.scene, before), _home(pair.rung.scene, after)),
    ):
        if in_the_way(pair.baseline.scene, old, before):
            continue
        if problem := in_the_way(pair.rung.scene, new, after):
            yield Loss("mode", f"{what} {new}", problem, intended=pair.intent.why(what, new))


def _workdir(settings: Settings) -> str:
    return posixpath.normpath(f"/{settings.workdir.lstrip('/')}")


def _home(scene: Scene, user: Account) -> str:
    return scene.settings.env.get("HOME") or user.home


def in_the_way(scene: Scene, folder: str, user: Account) -> str:
    """Why the user cannot enter a folder; "" where nothing is in the way."""
    real = scene.real(folder)
    if not real or not scene.is_dir(real):
        return "is not there" if not real else "is no folder"
    parts = real.split("/")
    for depth in range(1, len(parts) + 1):
        entry = scene.tree.get("/".join(parts[:depth]) or "/")
        if entry is not None and not user.may(entry, 1):
            return f"{user} may not enter {entry.path}, which is {_mode(entry)}"
    return ""


def _mode(entry: Entry) -> str:
    return f"{stat.filemode(stat.S_IFDIR | entry.mode)} of {entry.uid}:{entry.gid}"
