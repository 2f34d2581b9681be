"""Temporary files: all of a process's lie in one private folder, which goes with it; what a killed process left
is removed by the next one."""

from __future__ import annotations

import atexit
import errno
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from unladen.errors import CannotWrite
from unladen.held import Held, abandoned, hold, remove_tree

HINT = "Free some space there, or choose another folder: TMPDIR=/a/folder unladen …"

_turn = threading.Lock()
_held: dict[Path, Held] = {}


def base() -> Path:
    """Where temporary files go: $TMPDIR, else /tmp. Nowhere else when it is full or missing: that would be a
    surprise (Python would take the current folder, which may be the project)."""
    return Path(next(filter(None, map(os.environ.get, ("TMPDIR", "TEMP", "TMP"))), "/tmp")).absolute()


def ours() -> Path:
    """Where this user's processes have their folders."""
    return base() / f"unladen-{os.geteuid()}"


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder, mode 0700, removed when the block ends. Raises CannotWrite where there is no room, also for
    what the block writes."""
    with _explained():
        path = Path(tempfile.mkdtemp(dir=_own()))
    try:
        with _explained():
            yield path
    finally:
        remove_tree(path)


def lasting() -> Path:
    """A new folder that goes with the process. Raises CannotWrite where there is no room."""
    with _explained():
        return Path(tempfile.mkdtemp(dir=_own()))


@contextmanager
def file() -> Iterator[IO[bytes]]:
    """A new file without a name. Raises CannotWrite where there is no room."""
    with _explained(), open_file() as opened:
        yield opened


def open_file() -> IO[bytes]:
    """The same for a caller that closes it."""
    with _explained():
        return tempfile.TemporaryFile(dir=_own())


def ready() -> None:
    """Raises CannotWrite at once where `folder` would later."""
    with _explained():
        _own()


def sweep() -> tuple[Path, ...]:
    """Removes the folders that killed processes left, and gives them."""
    gone = []
    for held in abandoned(ours()):
        held.remove()
        gone.append(held.path)
    return tuple(gone)


def _own() -> Path:
    """This process's folder."""
    with _turn:
        parent = ours()
        if not base().is_dir():
            raise CannotWrite(f"cannot write temporary files into {base()}: no such folder", hint=HINT)
        if parent not in _held or not _held[parent].path.is_dir():
            _held[parent] = hold(parent, HINT)
            atexit.register(_held[parent].remove)
        return _held[parent].path


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
        if not full and not (isinstance(error, shutil.Error) and os.strerror(errno.ENOSPC) in str(error)):
            raise
        cause = os.strerror(error.errno or errno.ENOSPC)
        raise CannotWrite(f"cannot write temporary files into {ours()}: {cause}", hint=HINT) from error
