"""Writes a result to the file that the user named, and to no other: the one place that replaces a user's file."""

from __future__ import annotations

import errno
import os
import socket
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from unladen.errors import CannotWrite

STDOUT = Path("-")

_umask = os.umask(0o022)
os.umask(_umask)
NEW = 0o666 & ~_umask
"""The mode of a new file, as any other program of the user's would give it."""


def check(path: Path) -> None:
    """Fails early, before minutes of work, where `write` could not write to `path`. Raises CannotWrite."""
    kind = _kind(path)
    try:
        if kind is not None and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if kind is None or stat.S_ISREG(kind):
            with tempfile.TemporaryFile(dir=_target(path).parent):
                pass
    except OSError as error:
        raise _cannot(path, error) from error


def write(path: Path, text: str) -> None:
    """A regular file is replaced in one step, mode and owner kept; a link is followed and stays; a device, a FIFO
    or a socket is written through. Raises CannotWrite."""
    data = text.encode("utf-8", "surrogateescape")
    kind = _kind(path)
    try:
        if kind is not None and stat.S_ISSOCK(kind):
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(str(path))
                peer.sendall(data)
        elif kind is not None and not stat.S_ISREG(kind):
            _through(path, data, os.O_APPEND)
        else:
            _replace(_target(path), data)
    except OSError as error:
        raise _cannot(path, error) from error


def _kind(path: Path) -> int | None:
    """The mode of what is there, links followed; None where there is nothing. A path below /proc (/dev/stdout,
    /dev/fd/3) is an open file of somebody's: it counts as a pipe. Raises CannotWrite for what is never written."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise CannotWrite(
                f"cannot write {path}: it is a link to {path.readlink()}, which does not exist",
                hint="Create that file first, or remove the link.",
            ) from None
        return None
    except OSError as error:
        raise _cannot(path, error) from error
    if stat.S_ISDIR(mode):
        raise CannotWrite(f"cannot write {path}: it is a folder", hint="Name a file in it.")
    if stat.S_ISBLK(mode):
        raise CannotWrite(f"cannot write {path}: it is a disk", hint="Name a file.")
    folders = (path.parent, *((path.parent / path.readlink().parent,) if path.is_symlink() else ()))
    return stat.S_IFIFO if any(os.path.realpath(each).startswith("/proc/") for each in folders) else mode


def _target(path: Path) -> Path:
    """The file itself, where the path is a link to it."""
    return Path(os.path.realpath(path))


def _replace(path: Path, data: bytes) -> None:
    found = path.stat() if path.exists() else None
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".unladen-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if found is not None:
                with suppress(OSError):  # the owner is root's to set
                    os.fchown(file.fileno(), found.st_uid, found.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(found.st_mode) if found else NEW)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        if error.errno != errno.EBUSY:  # a file that is mounted by itself, as into a container
            raise
        _through(path, data, os.O_TRUNC)
    finally:
        temporary.unlink(missing_ok=True)


def _through(path: Path, data: bytes, flags: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | flags), "wb") as file:
        file.write(data)


def _cannot(path: Path, error: OSError) -> CannotWrite:
    parent = _target(path).parent
    if isinstance(error, FileNotFoundError) and not parent.is_dir():
        return CannotWrite(
            f"cannot write {path}: there is no folder {parent}", hint="Create the folder first."
        )
    return CannotWrite(f"cannot write {path}: {error.strerror}", hint="Choose another file, or - for stdout.")
