"""A root filesystem tar of hand-picked packages' files: no maintainer scripts run, no root rights needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from unladen.bases.recipe import Pick, Picked
from unladen.bases.run import CLEAN_ENV, run
from unladen.errors import BaseMissing

MERGED = ("bin", "sbin", "lib", "lib64")
"""Top folders that are links into /usr."""

BUNDLE = "etc/ssl/certs/ca-certificates.crt"
OWNERS = {"home/nonroot": 65532}
"""Folders that belong to someone else than root (path → user and group id)."""


def pick(root: Picked, debs: tuple[Path, ...], epoch: int, tar: Path) -> None:
    """Writes the tar. `debs` are the recipe's packages, `epoch` the newest time that a file in it may have.

    Raises BaseMissing where a package cannot be unpacked or the standard library not compiled.
    """
    with tempfile.TemporaryDirectory(prefix="pick-", dir=tar.parent) as folder:
        tree = Path(folder, "root")
        for name in ("usr", "home/nonroot"):
            (tree / name).mkdir(parents=True)
        for name in MERGED:
            (tree / "usr" / name).mkdir()
            (tree / name).symlink_to(f"usr/{name}")
        by_name = {deb.name.partition("_")[0]: deb for deb in debs}
        for wanted in root.packages:
            _unpack(by_name[wanted.package], wanted, tree)
        _bundle_certificates(tree)
        _drop(tree, root.drop)
        for path, text in root.files.items():
            (tree / path).write_text(text)
        for path, target in root.links.items():
            (tree / path).symlink_to(target)
        if root.bytecode:
            compile_library(tree)
        for deb in debs:
            _register(deb, tree)
        _pack(tree, epoch, tar)


def compile_library(tree: Path) -> None:
    """Compiles the standard library with the tree's own interpreter, started through the tree's own loader.

    The bytecode is of the kind that is not checked against its source at import: the start needs no look at
    the sources, and changed file times (an image's layers may lose them) do not turn it off.
    """
    library = next((tree / "usr/lib").glob("python3.*"))
    loader = next((tree / "usr/lib64").glob("ld-*.so*"), None) or next((tree / "usr/lib").glob("ld-*.so*"))
    folders = ":".join(str(folder) for folder in (tree / "usr/lib").glob("*-linux-gnu*"))
    interpreter = [str(loader), "--library-path", folders, str(tree / "usr/bin" / library.name)]
    # Without -B the compiler's own imports leave bytecode that names this machine's temporary folder.
    compileall = ["-B", "-S", "-s", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    done = run(
        [*interpreter, *compileall, "-s", str(tree), "-p", "/", str(library)],
        env={**CLEAN_ENV, "PYTHONHOME": str(tree / "usr"), "PYTHONHASHSEED": "0"},
    )
    if done.returncode != 0:
        raise BaseMissing(
            "cannot assemble a base image: the standard library does not compile",
            detail=(done.stdout + done.stderr)[-2000:],
        )


def _unpack(deb: Path, wanted: Pick, tree: Path) -> None:
    # Patterns are of merged paths; what a package still ships in /lib is never picked by pattern.
    patterns = [f"./{pattern}" for pattern in wanted.only]
    options = ["--extract", "--keep-directory-symlink", "--no-same-owner", "--preserve-permissions"]
    unpack = ["tar", "-C", str(tree), *options, "--wildcards", "--", *patterns]
    pack = ["dpkg-deb", "--fsys-tarfile", str(deb)]
    with subprocess.Popen(
        pack, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(CLEAN_ENV)
    ) as archive:
        done = run(unpack, stdin=archive.stdout)
        _, complaint = archive.communicate()
    if done.returncode != 0 or archive.returncode != 0:
        cause = complaint.decode(errors="replace").strip() or done.stderr.strip()
        raise BaseMissing(f"cannot unpack {deb.name}: {cause}", hint="free some disk space, or remove it")


def _bundle_certificates(tree: Path) -> None:
    """What the package's own update-ca-certificates(8) writes: every authority in the order of its name."""
    authorities = sorted((tree / "usr/share/ca-certificates").rglob("*.crt"))
    if authorities:
        texts = (authority.read_text() for authority in authorities)
        (tree / BUNDLE).write_text("".join(text if text.endswith("\n") else f"{text}\n" for text in texts))


def _drop(tree: Path, patterns: tuple[str, ...]) -> None:
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            path = Path(folder, name)
            relative = path.relative_to(tree).as_posix()
            if any(fnmatchcase(relative, pattern) for pattern in patterns):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        folders[:] = [name for name in folders if Path(folder, name).is_dir()]


def _register(deb: Path, tree: Path) -> None:
    """The package's entry where distroless images have it, for scanners: its control file, and the checksums
    of those of its files that are here."""
    with tempfile.TemporaryDirectory(dir=tree.parent) as folder:
        done = run(["dpkg-deb", "--control", str(deb), folder])
        if done.returncode != 0:
            raise BaseMissing(f"cannot unpack {deb.name}: {done.stderr.strip()}")
        control = Path(folder, "control").read_text()
        sums = Path(folder, "md5sums")
        lines = sums.read_text().splitlines() if sums.exists() else []
    status = tree / "var/lib/dpkg/status.d"
    status.mkdir(parents=True, exist_ok=True)
    name = deb.name.partition("_")[0]
    (status / name).write_text(control)
    here = [line for line in lines if (tree / line.split(maxsplit=1)[1]).exists()]
    if here:
        (status / f"{name}.md5sums").write_text("\n".join(here) + "\n")


def _pack(tree: Path, epoch: int, tar: Path) -> None:
    """Sorted names, root's files, no time after `epoch`: the same packages make the same bytes."""
    with tarfile.open(tar, "w", format=tarfile.GNU_FORMAT) as archive:
        for path in _walk(tree):
            name = path.relative_to(tree).as_posix()
            member = archive.gettarinfo(path, arcname=name)
            member.uid = member.gid = OWNERS.get(name, 0)
            member.uname = member.gname = ""
            member.mtime = min(int(member.mtime), epoch)
            if member.isreg():
                with path.open("rb") as file:
                    archive.addfile(member, file)
            else:
                archive.addfile(member)


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
