"""A repository that `apk add` takes packages from where Alpine's own do not answer.

Made by apk's own tools out of what is at hand: packages that a virtual machine's disk has installed, with their
scripts and dependencies, and some whose files are Debian's or a wheel's. It is signed with a key that is made for it,
and bases take packages from where a build mounts it (`engine.with_host`), and from nowhere else.
"""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from unladen.bases.alpine import DATABASE, INDEX, KEY, LOADER, files_of, unpacked, value
from unladen.bases.parts import put
from unladen.bases.recipe import Archive, Own, Repository
from unladen.bases.run import run
from unladen.errors import BaseMissing

_FIELDS = {
    "P": "name",
    "V": "version",
    "A": "arch",
    "T": "description",
    "U": "url",
    "L": "license",
    "o": "origin",
    "m": "maintainer",
    "D": "depends",
    "p": "provides",
    "r": "replaces",
    "i": "install-if",
    "k": "provider-priority",
}
"""Letters of the installed data base (https://wiki.alpinelinux.org/wiki/Apk_spec) → what `apk mkpkg` calls them."""


def repository(
    root: Repository, disk: Path, sources: Callable[[Archive | str], Path], tar: Path, work: Path
) -> None:
    """Writes a tar of packages, index and key, in the folder `apk`. `disk` is the archive with the disk, `sources`
    gives those of our own packages, `work` is room to work in. apk takes owners from the file system: only root can
    make them. Raises BaseMissing."""
    if os.geteuid() != 0:
        raise BaseMissing("cannot make packages for Alpine: only root can", hint="run unladen as root")
    tree, out, key = unpacked(root.disk, root.image, disk, work), work / "apk", work / "unladen.rsa"
    out.mkdir()
    _run("openssl", "genrsa", "-out", str(key), "2048")
    _run("openssl", "rsa", "-in", str(key), "-pubout", "-out", str(out / KEY))
    database = (tree / DATABASE / "installed").read_text(encoding="utf-8").split("\n\n")
    packages = {name: each for each in database if (name := value(each, "P"))}
    shop = _Shop(tree, key, out, work)
    made = [shop.repacked(packages[name]) for name in root.packages]
    made += [shop.own(each, sources) for each in root.own]
    keys = ("--keys-dir", str(out), "--sign-key", str(key))
    shop.apk("mkndx", "--allow-untrusted", *keys, "--output", str(out / INDEX), *map(str, made))
    with tarfile.open(tar, "w", format=tarfile.GNU_FORMAT) as packed:
        packed.add(out, "apk", filter=_roots)


def _roots(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() else 0o644
    return member


@dataclass(frozen=True)
class _Shop:
    """Where packages are made: by apk of the disk's `tree`, signed with `key`, into `out`."""

    tree: Path
    key: Path
    out: Path
    work: Path

    def repacked(self, package: str) -> Path:
        """One that is installed, with the modes that apk gave it."""
        name, version = value(package, "P"), value(package, "V")
        root = self.work / name
        root.mkdir()
        for file in {each.path: each for each in files_of(package)}.values():
            source, target = self.tree / file.path, root / file.path
            if source.is_symlink():
                target.symlink_to(source.readlink())
            elif source.is_dir():
                target.mkdir(exist_ok=True)
                target.chmod(file.mode or 0o755)
            elif source.exists():
                shutil.copy2(source, target)
                target.chmod(file.mode or source.stat().st_mode & 0o777)
        told = {called: " ".join(value(package, letter).split()) for letter, called in _FIELDS.items()}
        return self._packed(root, f"{name}-{version}", told, *self._scripts(package))

    def own(self, own: Own, sources: Callable[[Archive | str], Path]) -> Path:
        """One of ours, of files that are another's."""
        root, tar, first = self.work / own.name, self.work / f"{own.name}.tar", own.parts[0].source
        tarfile.open(tar, "w").close()
        put(tar, own.parts, sources)
        root.mkdir()
        _run("tar", "-C", str(root), "-xf", str(tar))
        said = first.version if isinstance(first, Archive) else sources(first).name.split("_")[1]
        found = re.match(r"\d+(?:\.\d+)*[a-z]?", said)
        version = f"{found[0] if found else 0}-r0"
        told = {"name": own.name, "version": version, "arch": "x86_64", "description": own.description}
        return self._packed(root, f"{own.name}-{version}", told)

    def apk(self, *arguments: str) -> None:
        libraries = f"{self.tree}/lib:{self.tree}/usr/lib"
        loader, apk = str(self.tree / LOADER), str(self.tree / "sbin/apk")
        _run(loader, "--library-path", libraries, apk, *arguments)

    def _packed(self, root: Path, name: str, told: Mapping[str, str], *scripts: str) -> Path:
        package = self.out / f"{name}.apk"
        info = (word for field, said in told.items() if said for word in ("--info", f"{field}:{said}"))
        signed = ("--sign-key", str(self.key))
        self.apk("mkpkg", "--files", str(root), *signed, *info, *scripts, "--output", str(package))
        shutil.rmtree(root)
        return package

    def _scripts(self, package: str) -> Iterator[str]:
        beginning = f"{value(package, 'P')}-{value(package, 'V')}."
        with tarfile.open(self.tree / DATABASE / "scripts.tar.gz") as scripts:
            for member in scripts:
                if member.name.startswith(beginning) and (script := scripts.extractfile(member)) is not None:
                    kind, path = member.name.rpartition(".")[2], self.work / member.name
                    path.write_bytes(script.read())
                    yield from ("--script", f"{kind}:{path}")
        for line in (self.tree / DATABASE / "triggers").read_text().splitlines():
            checksum, *paths = line.split()
            if checksum == value(package, "C"):
                yield from (word for path in paths for word in ("--trigger", path))


def _run(*argv: str) -> None:
    done = run(argv)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise BaseMissing(
            f"cannot make packages for Alpine: {said.partition(chr(10))[0]}", detail=said[-2000:]
        )
