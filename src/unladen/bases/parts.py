"""Parts of archives and packages, put into a root's tar behind what is there."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
import zipfile
from calendar import timegm
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from unladen.bases.recipe import Archive, Part
from unladen.bases.run import CLEAN_ENV
from unladen.errors import BaseMissing


@dataclass(frozen=True)
class _File:
    """A file or link of a source; `when` in seconds since 1970."""

    path: str
    content: bytes
    mode: int
    when: int
    link: str = ""


def put(tar: Path, parts: Iterable[Part], file_of: Callable[[Archive | str], Path]) -> None:
    """Appends them, root's; a folder on the way is made where it is not there. `file_of` gives a source's wheel, zip or
    Debian package. Raises BaseMissing."""
    with tarfile.open(tar, "a", format=tarfile.GNU_FORMAT) as root:
        there = {member.name.removeprefix("./").rstrip("/") for member in root.getmembers()}
        for part in parts:
            files = _files(part, file_of(part.source))
            for file in sorted(files, key=lambda file: file.path):
                name = _name(part, file.path)
                if name and not (part.without and re.fullmatch(part.without, name)):
                    _folders(root, name, there, file.when)
                    _add(root, part, name, file)


def _files(part: Part, source: Path) -> Iterator[_File]:
    if isinstance(part.source, str):
        yield from _of_package(source)
        return
    with zipfile.ZipFile(source) as archive:
        if part.inner:
            with archive.open(part.inner) as packed, tarfile.open(fileobj=io.BytesIO(packed.read())) as inner:
                yield from _of_tar(inner)
            return
        for info in archive.infolist():
            if not info.is_dir() and _name(part, info.filename):
                when = timegm((*info.date_time, 0, 0, 0))
                mode = 0o755 if info.external_attr >> 16 & 0o111 else 0o644
                yield _File(info.filename, archive.read(info), mode, when)


def _of_package(deb: Path) -> Iterator[_File]:
    done = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(deb)], capture_output=True, env=dict(CLEAN_ENV))
    if done.returncode != 0:
        raise BaseMissing(f"cannot unpack {deb.name}: {done.stderr.decode(errors='replace').strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as inner:
        yield from _of_tar(inner)


def _of_tar(inner: tarfile.TarFile) -> Iterator[_File]:
    for member in inner:
        path = member.name.removeprefix("./")
        if member.issym():
            yield _File(path, b"", 0o777, int(member.mtime), member.linkname)
        elif member.isreg() and (file := inner.extractfile(member)) is not None:
            yield _File(path, file.read(), member.mode & 0o777, int(member.mtime))


def _name(part: Part, path: str) -> str:
    """Where a path of the source is in the root; "" for one that is left out."""
    for beginning, target in part.moves.items():
        if path == beginning:
            return target.strip("/")
        if path.startswith(beginning):
            return f"{target.strip('/')}/{path.removeprefix(beginning)}"
    return ""


def _folders(root: tarfile.TarFile, name: str, there: set[str], when: int) -> None:
    parents = [parent.as_posix() for parent in Path(name).parents if parent.as_posix() != "."]
    for parent in reversed(parents):
        if parent not in there:
            there.add(parent)
            member = tarfile.TarInfo(parent)
            member.type, member.mode, member.mtime = tarfile.DIRTYPE, 0o755, when
            root.addfile(member)


def _add(root: tarfile.TarFile, part: Part, name: str, file: _File) -> None:
    member, content = tarfile.TarInfo(name), file.content
    if part.prefix and content.startswith(b"#!"):
        content = content.replace(part.prefix.encode(), b"/usr/local")
    member.size, member.mtime, member.mode = len(content), file.when, file.mode
    if any(fnmatchcase(name, pattern) for pattern in part.programs):
        member.mode |= 0o111
    if file.link:
        member.type, member.linkname = tarfile.SYMTYPE, file.link
    root.addfile(member, io.BytesIO(content))
