"""Reads files and folders of a built image, through a container that is never started."""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from unladen.engine.copied import copied_tar, read_copied
from unladen.engine.interface import Container, Engine, RunRequest
from unladen.errors import EngineFailed


def read_file(engine: Engine, image: str, path: str) -> bytes | None:
    """The bytes of the regular file at `path`, or None where there is none."""
    container = engine.create(RunRequest(image, command=("/never-started",), entrypoint=()))
    try:
        return read_copied(container, path, lambda file, size: file.read())
    finally:
        container.remove()


def read_folder(engine: Engine, image: str, path: str, target: Path, at_most: int) -> Path:
    """Copies the folder at `path` into `target`, its files and folders alone, and gives where it is. Raises
    EngineFailed where it is not there, or is larger than `at_most` bytes."""
    container = engine.create(RunRequest(image, command=("/never-started",), entrypoint=()))
    size = 0
    try:
        with copied_tar(container, path) as tar:
            for member in tar:
                size += member.size
                if size > at_most:
                    raise EngineFailed(
                        f"cannot copy {path} out of the image: it has more than {at_most >> 20} MB"
                    )
                if member.isfile() or member.isdir():
                    _extract(tar, member, target)
    except tarfile.TarError as error:
        raise EngineFailed(f"cannot copy {path} out of the image: {error}") from error
    finally:
        container.remove()
    return target / posixpath.basename(path)


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """Never outside of `target`. Debian 12's Python (3.11.2) knows no filters yet; of files and folders a name is all
    that could lead elsewhere."""
    if hasattr(tarfile, "data_filter"):
        tar.extract(member, target, filter="data")
    elif member.name.startswith("/") or ".." in member.name.split("/"):
        raise tarfile.TarError(f"{member.name} lies outside")
    else:
        tar.extract(member, target)


def first_there(engine: Engine, image: str, paths: Iterable[str]) -> str:
    """The first of the paths where the image has anything, "" for none."""
    container = engine.create(RunRequest(image, command=("/never-started",), entrypoint=()))
    try:
        return next((path for path in paths if _is_there(container, path)), "")
    finally:
        container.remove()


def _is_there(container: Container, path: str) -> bool:
    try:
        with closing(container.copy_out(path)) as chunks:
            return next(chunks, None) is not None
    except EngineFailed:
        return False
