"""Alpine Linux as a root filesystem tar: packages of a virtual machine's disk, without what only a machine needs.

Nothing is run but its own busybox, which lists its applets: files, owners and modes are those of apk's data base
(https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2), and of that, what is left out is taken out.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from unladen.bases.qcow2 import unpack
from unladen.bases.recipe import Alpine, Archive
from unladen.bases.run import run
from unladen.engine.with_host import APK
from unladen.errors import BaseMissing

DATABASE = "lib/apk/db"
INDEX, KEY = "Packages.adb", "unladen.rsa.pub"
"""Of the repository that bases take packages from."""
LOADER = "lib/ld-musl-x86_64.so.1"
BUSYBOX = "bin/busybox"
CERTIFICATES = "ca-certificates"
_OF_APK = ("etc/apk/arch", f"{DATABASE}/lock")
_MACHINES_USERS = ("dhcpcd", "quicksand")
"""Accounts of the machine's own services."""
_OWN_TEXT = {
    "etc/modules": "af_packet\nipv6\n",
    "etc/hostname": "localhost\n",
    "etc/hosts": "127.0.0.1\tlocalhost localhost.localdomain\n::1\t\tlocalhost localhost.localdomain\n",
}
"""What the machine has changed, as the package alpine-baselayout-data has it."""


@dataclass(frozen=True)
class _File:
    """A path of the data base: without a `mode`, as it is on the disk."""

    path: str
    mode: int | None = None
    uid: int = 0
    gid: int = 0


def draw(root: Alpine, disk: Path, tar: Path, folder: Path) -> None:
    """Writes the tar of what the archive `disk` holds; `folder` is room to work in. Raises BaseMissing."""
    tree = unpacked(root.disk, root.image, disk, folder)
    database = (tree / DATABASE / "installed").read_text(encoding="utf-8")
    packages = {name: each for each in database.split("\n\n") if (name := value(each, "P"))}
    if absent := [name for name in root.packages if name not in packages]:
        raise BaseMissing(f"cannot assemble a base image: {root.disk} has no {', '.join(absent)}")
    kept = {name: packages[name] for name in packages if name in root.packages}
    files = {file.path: file for each in kept.values() for file in files_of(each)}
    files |= {path: _File(path) for path in _OF_APK}
    if CERTIFICATES in kept:
        files |= {path: _File(path) for path in _by_hash(tree)}
    texts = {path: text.encode() for path, text in _OWN_TEXT.items()}
    texts |= {f"etc/{name}": _accounts(tree / "etc" / name, root) for name in ("passwd", "group", "shadow")}
    texts |= {path: text.encode() for path, text in root.scripts.items()}
    files |= {path: _File(path, 0o755) for path in root.scripts}
    files |= {
        f"home/{name}": _File(f"home/{name}", 0o2755, number, number) for name, number in root.users.items()
    }
    texts |= _database(tree, kept)
    texts["etc/apk/repositories"] = f"{APK}/{INDEX}\n".encode()
    texts["etc/apk/world"] = "".join(f"{name}\n" for name in sorted(root.world)).encode()
    links = {path: f"/{BUSYBOX}" for path in _applets(tree) if path not in files}
    links |= {f"etc/apk/keys/{KEY}": f"{APK}/{KEY}", **root.links}
    folders = {**root.folders, **{f"home/{name}": 0o2755 for name in root.users}}
    with tarfile.open(tar, "w", format=tarfile.GNU_FORMAT) as out:
        newest = int((tree / DATABASE / "installed").stat().st_mtime)
        for path in sorted({*files, *texts, *links, *folders, *_parents(*files, *texts, *links, *folders)}):
            file = files.get(path, _File(path))
            _add(out, tree, file, texts.get(path), links.get(path), folders.get(path), newest)


def unpacked(archive: Archive, image: str, disk: Path, folder: Path) -> Path:
    """What is on the disk `image` in the file `disk` of an archive, as a folder in `folder`. Raises BaseMissing."""
    raw, tree = folder / "disk.raw", folder / "root"
    with zipfile.ZipFile(disk) as packed, raw.open("w+b") as out:
        unpack(io.BytesIO(packed.read(image)), out)
    tree.mkdir()
    done = run(["debugfs", "-R", f'rdump / "{tree}"', str(raw)])
    raw.unlink()
    if done.returncode != 0 or not (tree / DATABASE / "installed").is_file():
        raise BaseMissing(
            f"cannot assemble a base image: {archive} holds no Alpine", detail=done.stderr[-2000:]
        )
    return tree


def value(package: str, letter: str) -> str:
    return next((line[2:] for line in package.splitlines() if line.startswith(f"{letter}:")), "")


def files_of(package: str) -> Iterator[_File]:
    """A folder's or file's mode and owner are said in the line behind it where they are not 755 or 644 and root."""
    folder = name = ""
    for line in package.splitlines():
        kind, _, said = line.partition(":")
        if kind == "F":
            folder, name = said, ""
            yield _File(folder, 0o755)
        elif kind == "R":
            name = said
            yield _File(f"{folder}/{name}".lstrip("/"), 0o644)
        elif kind in ("M", "a"):
            uid, gid, mode = said.split(":")[:3]
            yield _File(f"{folder}/{name}".strip("/"), int(mode, 8), int(uid), int(gid))


_ACCOUNT = {
    "passwd": "{name}:x:{number}:{number}::/home/{name}:/bin/sh\n",
    "group": "{name}:x:{number}:\n",
    "shadow": "{name}:!::0:::::\n",
}
"""Lines of an account, as adduser(8) writes them."""


def _accounts(file: Path, root: Alpine) -> bytes:
    """passwd, group or shadow without the machine's users, as accounts and as members, and with the recipe's."""
    lines = (line for line in file.read_text().splitlines() if line.partition(":")[0] not in _MACHINES_USERS)
    members = "|".join(_MACHINES_USERS)
    kept = [re.sub(rf"(?<=[:,])(?:{members})(?:,|$)", "", line).rstrip(",") + "\n" for line in lines]
    own = [_ACCOUNT[file.name].format(name=name, number=number) for name, number in root.users.items()]
    return "".join((*kept, *own)).encode()


def _database(tree: Path, kept: dict[str, str]) -> dict[str, bytes]:
    """apk's data base of what is kept: the packages, their scripts, and what triggers these."""
    versions = tuple(f"{name}-{value(each, 'V')}." for name, each in kept.items())
    sums = {value(each, "C") for each in kept.values()}
    triggers = (tree / DATABASE / "triggers").read_text().splitlines(keepends=True)
    packed = io.BytesIO()
    with (
        tarfile.open(tree / DATABASE / "scripts.tar.gz") as scripts,
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as out,
    ):
        for member in scripts:
            if member.name.startswith(versions):
                out.addfile(member, scripts.extractfile(member))
    return {
        f"{DATABASE}/installed": "".join(f"{each.strip()}\n\n" for each in kept.values()).encode(),
        f"{DATABASE}/triggers": "".join(line for line in triggers if line.split()[0] in sums).encode(),
        f"{DATABASE}/scripts.tar.gz": packed.getvalue(),
    }


def _applets(tree: Path) -> tuple[str, ...]:
    """Where busybox's applets are: its package makes these links when it is installed."""
    done = run([str(tree / LOADER), str(tree / BUSYBOX), "--list-full"])
    if done.returncode != 0:
        raise BaseMissing(
            "cannot assemble a base image: Alpine's busybox does not run here", detail=done.stderr
        )
    return tuple(done.stdout.split())


def _by_hash(tree: Path) -> Iterator[str]:
    """The links to certificates that update-ca-certificates(8) makes, which no package lists."""
    return (
        each.relative_to(tree).as_posix() for each in (tree / "etc/ssl/certs").iterdir() if each.is_symlink()
    )


def _parents(*paths: str) -> set[str]:
    return {parent.as_posix() for path in paths for parent in Path(path).parents if parent.as_posix() != "."}


def _add(
    out: tarfile.TarFile,
    tree: Path,
    file: _File,
    text: bytes | None,
    link: str | None,
    folder: int | None,
    newest: int,
) -> None:
    """One member: of the disk, of a text or a link of ours, or an empty folder."""
    member, path = tarfile.TarInfo(file.path), tree / file.path
    member.uid, member.gid, member.mtime = file.uid, file.gid, newest
    if link is not None:
        member.type, member.mode, member.linkname = tarfile.SYMTYPE, 0o777, link
        out.addfile(member)
    elif folder is not None or (
        text is None and not path.is_symlink() and (path.is_dir() or not path.exists())
    ):
        member.type, member.mode = tarfile.DIRTYPE, folder or file.mode or 0o755
        out.addfile(member)
    elif path.is_symlink():
        member.type, member.mode, member.linkname = tarfile.SYMTYPE, 0o777, str(path.readlink())
        out.addfile(member)
    else:
        content = path.read_bytes() if text is None else text
        there = path.lstat() if path.exists() else None
        member.size, member.mode = len(content), 0o644 if there is None else there.st_mode & 0o777
        if file.mode is not None:
            member.mode = file.mode
        if text is None and there is not None:
            member.mtime = int(there.st_mtime)
        out.addfile(member, io.BytesIO(content))
