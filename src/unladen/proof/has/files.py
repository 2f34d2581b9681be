"""Files, links and directories that the baseline's own instructions put there: the rung has them, as they were."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from unladen.image.accounts import GROUP, PASSWD, Account, logins
from unladen.image.interface import Entry, FileTree
from unladen.image.paths import above
from unladen.image.scene import Scene
from unladen.language.registry import ecosystems
from unladen.proof.has.contents import as_built, same
from unladen.proof.has.gathered import gathered
from unladen.proof.has.intended import Intended
from unladen.proof.has.interface import Pair, Part, Side
from unladen.proof.has.noise import PASSING
from unladen.proof.has.own import Own
from unladen.proof.has.stripped import NO_SYMBOLS, is_stripped
from unladen.proof.has.users import ENTER, READ, WRITE, user
from unladen.proof.interface import Loss, LossKind

KINDS = {"file": "a file", "hardlink": "a file", "dir": "a directory", "symlink": "a link"}
CAPABILITIES = "security.capability"
GONE = "gone"
OTHER = "other contents"


@dataclass(frozen=True)
class _Rung:
    """What is compared with, and who runs in both."""

    scene: Scene
    shared: frozenset[int]
    """The baseline's layers that the rung has, too."""
    was: Account
    runs: Account
    users: tuple[Mapping[int, str], Mapping[int, str]]
    groups: tuple[Mapping[int, str], Mapping[int, str]]
    """The names of both, by number."""

    def at(self, path: str) -> Entry | None:
        """Its entry, also where folders above are links there."""
        if entry := self.scene.tree.get(path):
            return entry
        folder, _, name = path.rpartition("/")
        real = self.scene.real(folder) if folder else ""
        return self.scene.tree.get(f"{real.rstrip('/')}/{name}") if real else None


def files(pair: Pair) -> Part:
    own, intended, rung = Own(pair.baseline), Intended(pair), _rung(pair)
    entries, losses, gone = list(own.files()), [], set[str]()
    for entry in entries:
        origin = own.side.origins.of(entry.layer)
        other, instruction = _found(entry.path, pair, rung), own.instruction(entry)
        if other is None:
            gone.add(entry.path)
            why = intended.gone(entry.path, instruction)
            losses.append(Loss("file", entry.path, GONE, origin, why))
        elif entry.path not in pair.intent.rebuilt:
            why = intended.left_out(entry.path, instruction)
            losses += [
                Loss(kind, entry.path, difference, origin, why)
                for kind, difference in _differences(entry, rung, other)
            ]
            if changed := _contents(pair.baseline.scene.tree, entry, rung, other, instruction.copies):
                why = intended.without_symbols(entry.path) if changed == NO_SYMBOLS else why
                losses.append(Loss("contents", entry.path, f"{changed} ({_size(entry, other)})", origin, why))
    folders = list(own.folders())
    losses += _folder_losses(own, folders, intended, rung, gone)
    losses += _programs(pair, own, rung)
    return Part("files", len(entries) + len(folders), gathered(losses))


def _rung(pair: Pair) -> _Rung:
    has = {layer.diff_id for layer in pair.rung.image.layers}
    layers = enumerate(pair.baseline.image.layers)
    return _Rung(
        pair.rung.scene,
        frozenset(number for number, layer in layers if layer.diff_id in has),
        user(pair.baseline),
        user(pair.rung),
        (_names(pair.baseline, PASSWD), _names(pair.rung, PASSWD)),
        (_names(pair.baseline, GROUP), _names(pair.rung, GROUP)),
    )


def _names(side: Side, file: str) -> Mapping[int, str]:
    return {each.number: each.name for each in logins(side.scene.tree, file)}


def _found(path: str, pair: Pair, rung: _Rung) -> Entry | None:
    """Where the rung has a file of the baseline's: at the same path, or where it says that it built it; in a library of
    dependencies, wherever the rung has its own; compiled instead of in source."""
    known, tree = ecosystems(), rung.scene.tree
    if found := rung.at(pair.intent.rebuilt.get(path, path)) or rung.at(known.stand_in(path, tree)):
        return found
    if (
        (split := _split(path)) != path
        and pair.baseline.scene.real(split) == path
        and (found := rung.at(split))
    ):
        return found
    library = known.libraries.search(path)
    if library is None:
        return None
    inner = path[library.end() :].lstrip("/")
    places = {root.rpartition("/")[0] for package in rung.scene.packages for root in package.roots}
    return next((found for place in sorted(places) if (found := tree.get(f"{place}/{inner}"))), None)


def _split(path: str) -> str:
    """A program's or library's path where /bin and /lib are no links to those below /usr, as on scratch."""
    return re.sub(r"^/usr(?=/(?:s?bin|lib\w*)/)", "", path)


def _differences(entry: Entry, rung: _Rung, other: Entry) -> Iterator[tuple[LossKind, str]]:
    """Of all but their contents."""
    one, two = KINDS.get(entry.kind, entry.kind), KINDS.get(other.kind, other.kind)
    if one != two:
        yield "type", f"was {one}, is {two}"
        return
    if entry.kind == "symlink":
        if entry.link != other.link:
            yield "link", f"led to {entry.link}, leads to {other.link}"
        return
    yield from _rights(entry, other, rung)


def _contents(tree: FileTree, entry: Entry, rung: _Rung, other: Entry, copied: bool) -> str:
    """How a file's contents differ, "" where they do not. What each build makes anew may differ in times and keys;
    source that was copied is made by nobody."""
    if not all(KINDS.get(each.kind) == KINDS["file"] for each in (entry, other)):
        return ""
    is_log = PASSING.fullmatch(entry.path) is not None and not copied
    if is_log or _split(entry.path) != _split(other.path) or same(tree, entry, rung.scene.tree, other):
        return ""
    is_source = copied and entry.path.endswith((".sh", *ecosystems().modules))
    anew = entry.layer not in rung.shared and entry.mtime != other.mtime and not is_source
    if anew and as_built(tree, entry, rung.scene.tree, other):
        return ""
    return NO_SYMBOLS if is_stripped(tree, entry, rung.scene.tree, other) else OTHER


def _size(entry: Entry, other: Entry) -> str:
    return f"{entry.size} bytes, now {other.size}" if entry.size != other.size else "as many bytes"


def _rights(entry: Entry, other: Entry, rung: _Rung) -> Iterator[tuple[LossKind, str]]:
    """Owner, mode and capabilities. To a user that the rung runs as instead of the baseline's, it may give what is the
    project's."""
    ids = (entry.uid, other.uid), (entry.gid, other.gid)
    theirs = (rung.was.uid, rung.runs.uid), (rung.was.gid, rung.runs.gid)
    for what, (one, two), own, names in zip(
        ("user", "group"), ids, theirs, (rung.users, rung.groups), strict=True
    ):
        name, new = names[0].get(one), names[1].get(two)
        moved = own[0] != own[1] and two == own[1]
        if one != two and not moved and (name is None or name != new):
            yield "owner", f"belonged to {name or f'{what} {one}'}, belongs to {new or f'{what} {two}'}"
            break
    if entry.mode != other.mode:
        yield "mode", f"mode was {entry.mode:04o}, is {other.mode:04o}"
    if entry.xattrs.get(CAPABILITIES) != other.xattrs.get(CAPABILITIES):
        yield "mode", "has other capabilities (setcap)"
    rights = {READ: "read"} if entry.kind != "dir" else {READ: "read", ENTER: "entered"}
    lost = [
        said
        for right, said in rights.items()
        if rung.was.may(entry, right) and not rung.runs.may(other, right)
    ]
    if lost:
        yield "mode", f"cannot be {' or '.join(lost)} by the rung's user {rung.runs.uid}"
    if not rung.was.is_root and rung.was.may(entry, WRITE) and not rung.runs.may(other, WRITE):
        yield "writable", f"cannot be written by the rung's user {rung.runs.uid}"


def _folder_losses(
    own: Own, folders: list[Entry], intended: Intended, rung: _Rung, gone: set[str]
) -> Iterator[Loss]:
    """A directory whose contents are all gone is told of by them."""
    full = {path.rpartition("/")[0] for path in gone}
    full |= {parent for path in full for parent in above(path)}
    for entry in folders:
        origin, other = own.side.origins.of(entry.layer), rung.at(entry.path)
        if other is None:
            has_packages = next(iter(own.side.scene.below(entry.path)), None) is not None
            if entry.path not in full and not has_packages:
                why = intended.home(entry.path) or intended.gone(entry.path, own.instruction(entry))
                yield Loss("file", entry.path, "the directory is gone", origin, why)
            continue
        if other.kind == "symlink" and rung.scene.is_dir(real := rung.scene.real(entry.path)):
            other = rung.scene.tree.get(real) or other
        if other.kind != "dir":
            yield Loss("type", entry.path, f"was a directory, is {KINDS.get(other.kind, other.kind)}", origin)
            continue
        for kind, difference in _rights(entry, other, rung):
            yield Loss(kind, entry.path, difference, origin)


def _programs(pair: Pair, own: Own, rung: _Rung) -> Iterator[Loss]:
    """Programs that the rung builds anew."""
    for path, place in pair.intent.rebuilt.items():
        entry, real = own.side.scene.tree.get(path), rung.scene.real(place)
        other = rung.scene.tree.get(real) if real else None
        if entry is None:
            continue
        origin = own.side.origins.of(entry.layer)
        if other is None or other.kind not in ("file", "hardlink") or not other.size:
            yield Loss("program", path, f"its successor {place} is not there", origin)
        elif not rung.runs.may(other, ENTER):
            yield Loss("program", path, f"{place} cannot be run by the rung's user {rung.runs.uid}", origin)
