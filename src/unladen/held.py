"""Folders that a living process holds by a lock. One whose lock is free was left by a process that was killed."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from unladen.errors import CannotWrite

LOCK = "lock"


@dataclass(frozen=True)
class Held:
    """A folder, and the descriptor of its lock. The lock goes when the process ends, however it ends."""

    path: Path
    descriptor: int

    def release(self) -> None:
        """Lets others have it, with what is in it."""
        os.close(self.descriptor)

    def remove(self) -> None:
        remove_tree(self.path)
        self.release()


def hold(parent: Path, hint: str = "") -> Held:
    """A new folder (mode 0700) in `parent`, which is made where it is missing, with the same mode.

    Raises CannotWrite, with the hint, where that cannot be, or where `parent` is another user's.
    """
    try:
        parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        found = parent.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise CannotWrite(f"cannot use {parent}: it is not a folder of this user's", hint=hint)
        parent.chmod(0o700)
        with _turn(parent):  # a new folder is not yet locked: nobody may look for abandoned ones meanwhile
            path = parent / secrets.token_hex(8)
            path.mkdir(mode=0o700)
            held = _locked(path)
    except OSError as error:
        raise CannotWrite(f"cannot write into {parent}: {error.strerror}", hint=hint) from error
    assert held is not None
    return held


def abandoned(parent: Path) -> Iterator[Held]:
    """Those in `parent` whose lock is free. The caller holds each, and removes or releases it."""
    if not parent.is_dir() or parent.is_symlink() or parent.stat().st_uid != os.geteuid():
        return
    with suppress(OSError):  # gone, or read-only: nothing that can be removed
        with _turn(parent):
            found = [held for path in sorted(parent.iterdir()) if path.is_dir() and (held := _locked(path))]
        yield from found


@contextmanager
def folder(parent: Path) -> Iterator[Path]:
    """A new folder in `parent`, removed when the block ends; first of all those that were abandoned there.

    Raises CannotWrite.
    """
    for left in abandoned(parent):
        left.remove()
    held = hold(parent)
    try:
        yield held.path
    finally:
        held.remove()


def remove_tree(folder: Path) -> None:
    """Removes it, read-only folders too. Files are never touched: they may be hard links to the user's.
    What cannot be removed stays."""
    with suppress(OSError):
        shutil.rmtree(folder)
        return
    for path, _, _ in os.walk(folder):
        with suppress(OSError):
            Path(path).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _turn(parent: Path) -> Iterator[None]:
    with (parent / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _locked(path: Path) -> Held | None:
    """A lock on a file, since NFS knows none on folders."""
    descriptor = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return Held(path, descriptor)
