"""Where a program may write: temporary folders, volumes, the home folder, and what an instruction made for somebody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unladen.image.accounts import Account
from unladen.image.interface import Entry
from unladen.image.scene import Scene
from unladen.proof.has.interface import Pair, Part
from unladen.proof.has.origins import BASE
from unladen.proof.has.own import Own
from unladen.proof.has.users import WRITE, user
from unladen.proof.interface import Loss

TEMPORARY = ("/tmp", "/var/tmp")
STICKY = 0o1000
_SHARED = 0o022


@dataclass(frozen=True)
class _Place:
    """`path` in the baseline is `successor` in the rung; `setting` is what the rung may say of it."""

    path: str
    origin: str
    successor: str
    setting: str = ""


def places(pair: Pair) -> Part:
    was, runs = user(pair.baseline), user(pair.rung)
    here, there = pair.baseline.scene, pair.rung.scene
    found = {place.path: place for place in _places(pair, was, runs)}
    writable = [place for place in found.values() if _may_write(here, place.path, was)]
    losses = [
        Loss("writable", place.path, problem, place.origin, _why(pair, place))
        for place in writable
        if (problem := _problem(here, place, there, runs))
    ]
    return Part("writable folders", len(writable), tuple(losses))


def _places(pair: Pair, was: Account, runs: Account) -> Iterator[_Place]:
    here, there = pair.baseline.scene, pair.rung.scene
    for folder in TEMPORARY:
        yield _Place(folder, BASE, folder)
    home = here.settings.env.get("HOME") or was.home
    yield _Place(home, "the home folder", there.settings.env.get("HOME") or runs.home, "HOME")
    for volume in here.settings.volumes:
        yield _Place(volume.rstrip("/"), f"VOLUME {volume}", volume.rstrip("/"))
    if was.is_root:  # whose every folder is writable: what was meant to be is another's
        for entry in Own(pair.baseline).folders():
            if entry.uid or entry.mode & _SHARED:
                yield _Place(entry.path, pair.baseline.origins.of(entry.layer), entry.path)


def _folder(scene: Scene, path: str) -> Entry | None:
    real = scene.real(path)
    entry = scene.tree.get(real) if real else None
    return entry if entry is not None and entry.kind == "dir" else None


def _may_write(scene: Scene, path: str, who: Account) -> bool:
    """A volume's folder that is not there is made by the engine, for root."""
    entry = _folder(scene, path)
    if entry is None:
        return who.is_root and path in {each.rstrip("/") for each in scene.settings.volumes}
    return who.may(entry, WRITE)


def _problem(here: Scene, place: _Place, there: Scene, runs: Account) -> str:
    entry, before = _folder(there, place.successor), _folder(here, place.path)
    if entry is None:  # of a home folder, links.py tells
        return "" if place.setting or (before is None and runs.is_root) else "the folder is gone"
    if not runs.may(entry, WRITE):
        return f"{place.successor} cannot be written by the rung's user {runs.uid}"
    if place.path in TEMPORARY and before and before.mode & ~entry.mode & STICKY:
        return "the sticky bit is gone: everybody may remove everybody's files"
    return ""


def _why(pair: Pair, place: _Place) -> str:
    return pair.intent.why(place.setting, place.successor) if place.setting else ""
