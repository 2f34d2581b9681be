"""What a stopped container changed, from the folder that overlay keeps its changes in.

`docker diff` walks the whole image for it, a second or more: https://github.com/moby/moby/blob/v20.10.24/pkg/archive/changes.go.
The layout is the kernel's: https://docs.kernel.org/filesystems/overlayfs.html.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")
"""Set on a folder that hides what lies below it."""
ELSEWHERE = (
    "trusted.overlay.redirect",
    "trusted.overlay.metacopy",
    "user.overlay.redirect",
    "user.overlay.metacopy",
)
"""Set on what has its contents below another name: only the kernel puts these together."""

Change = tuple[str, str]
"""(kind, path): kind is A(dded), C(hanged) or D(eleted)."""


def changes_in(upper: Path, lower: Sequence[Path]) -> tuple[Change, ...] | None:
    """What the folder `upper` changes of those below it, the nearest first; sorted by path. None where this process
    cannot read it, or where it takes the kernel to."""
    try:
        return tuple(sorted(_within(upper, lower, ""), key=lambda change: change[1]))
    except OSError:
        return None


def _within(upper: Path, lower: Sequence[Path], above: str) -> Iterator[Change]:
    """Raises OSError."""
    if set(ELSEWHERE) & set(os.listxattr(upper, follow_symlinks=False)):
        raise OSError(f"{upper} is put together by the kernel")
    for each in os.scandir(upper):
        path, now = f"{above}/{each.name}", each.stat(follow_symlinks=False)
        before, merged = _below(lower, each.name)
        if _is_whiteout(now):
            if before is not None:
                yield "D", path
            continue
        inside: list[Change] = []
        if stat.S_ISDIR(now.st_mode):
            place = Path(each.path)
            hides = _is_opaque(place)
            inside = list(_within(place, () if hides else merged, path))
            if hides:
                inside += [("D", f"{path}/{name}") for name in _names(merged) - _names([place])]
        elif set(ELSEWHERE) & set(os.listxattr(each.path, follow_symlinks=False)):
            raise OSError(f"{each.path} is put together by the kernel")
        yield from inside
        if before is None:
            yield "A", path
        elif inside or _differs(before, now):
            yield "C", path


def _below(lower: Sequence[Path], name: str) -> tuple[os.stat_result | None, list[Path]]:
    """What `name` is in folders that lie over one another, and the folders that it is made of, if it is one."""
    found: os.stat_result | None = None
    folders: list[Path] = []
    for each in lower:
        place = each / name
        try:
            there = place.lstat()
        except FileNotFoundError:
            continue
        if _is_whiteout(there) or (found is not None and not stat.S_ISDIR(there.st_mode)):
            break
        found = found or there
        if not stat.S_ISDIR(there.st_mode):
            break
        folders.append(place)
        if _is_opaque(place):
            break
    return found, folders


def _names(folders: Sequence[Path]) -> set[str]:
    return {
        each.name
        for folder in folders
        for each in os.scandir(folder)
        if not _is_whiteout(each.stat(follow_symlinks=False))
    }


def _is_whiteout(entry: os.stat_result) -> bool:
    return stat.S_ISCHR(entry.st_mode) and entry.st_rdev == 0


def _is_opaque(folder: Path) -> bool:
    there = os.listxattr(folder, follow_symlinks=False)
    return any(os.getxattr(folder, name, follow_symlinks=False) == b"y" for name in OPAQUE if name in there)


def _differs(before: os.stat_result, now: os.stat_result) -> bool:
    """As `docker diff` tells: a file that was opened for writing and left as it was is no change."""
    one, other = ((each.st_mode, each.st_uid, each.st_gid, each.st_rdev) for each in (before, now))
    if one != other:
        return True
    if stat.S_ISDIR(now.st_mode):
        return False
    return (before.st_mtime_ns, before.st_size) != (now.st_mtime_ns, now.st_size)
