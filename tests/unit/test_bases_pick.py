"""Hand-picked files: real packages, built here, become a root filesystem."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from unladen.bases.apt import built
from unladen.bases.pick import pick
from unladen.bases.recipe import Pick, Picked
from unladen.errors import BaseMissing

EPOCH = 1_700_000_000


@pytest.fixture
def debs(tmp_path: Path) -> tuple[Path, ...]:
    library = {
        "lib/x86_64-linux-gnu/libfoo.so.1": "code",
        "usr/share/doc/libfoo1/copyright": "free",
        "usr/share/doc/libfoo1/changelog.gz": "long",
        "usr/share/doc/libfoo1/README": "words",
    }
    tools = {"etc/foo/foo.conf": "settings", "usr/bin/foo": "program"}
    certificates = {
        "usr/share/ca-certificates/mozilla/B.crt": "-B-",
        "usr/share/ca-certificates/mozilla/A.crt": "-A-\n",
        "etc/ssl/certs/README": "",
    }
    return (
        package(tmp_path, "libfoo1", library),
        package(tmp_path, "foo-tools", tools),
        package(tmp_path, "ca-certificates", certificates),
    )


def package(folder: Path, name: str, files: dict[str, str]) -> Path:
    tree = folder / name
    for path, text in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    control = (
        f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: us <us@example.org>\nDescription: x\n"
    )
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN/control").write_text(control)
    (tree / "DEBIAN/md5sums").write_text("".join(f"{'0' * 32}  {path}\n" for path in files))
    deb = folder / f"{name}_1_all.deb"
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}
    command = ["dpkg-deb", "--build", "--root-owner-group", "-Zgzip", tree, deb]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return deb


RECIPE = Picked(
    "bookworm",
    (Pick("libfoo1"), Pick("foo-tools", only=("etc/foo/*",)), Pick("ca-certificates")),
    drop=("usr/share/doc/*/[!c]*", "usr/share/doc/*/c[!o]*", "usr/share/ca-certificates*"),
    links={"usr/lib/foo.so": "x86_64-linux-gnu/libfoo.so.1"},
    files={"etc/passwd": "root:x:0:0:root:/root:/sbin/nologin\n"},
)


def test_only_what_the_recipe_names_is_in_the_tar(debs: tuple[Path, ...], tmp_path: Path) -> None:
    pick(RECIPE, debs, EPOCH, tmp_path / "root.tar")
    with tarfile.open(tmp_path / "root.tar") as tar:
        members = {member.name: member for member in tar}
        text = {name: tar.extractfile(name).read().decode() for name in members if members[name].isfile()}  # type: ignore[union-attr]

    status = "var/lib/dpkg/status.d"
    assert set(text) == {
        "etc/foo/foo.conf",
        "etc/passwd",
        "etc/ssl/certs/README",
        "etc/ssl/certs/ca-certificates.crt",
        "usr/lib/x86_64-linux-gnu/libfoo.so.1",
        "usr/share/doc/libfoo1/copyright",
        *(f"{status}/{name}" for name in ("libfoo1", "foo-tools", "ca-certificates")),
        *(f"{status}/{name}.md5sums" for name in ("libfoo1", "foo-tools", "ca-certificates")),
    }
    assert members["lib"].linkname == "usr/lib"
    assert members["usr/lib/foo.so"].linkname == "x86_64-linux-gnu/libfoo.so.1"
    assert text["etc/ssl/certs/ca-certificates.crt"] == "-A-\n-B-\n"
    assert text[f"{status}/libfoo1"].startswith("Package: libfoo1\nVersion: 1\n")
    # What was dropped is not declared either.
    assert text[f"{status}/foo-tools.md5sums"].split() == ["0" * 32, "etc/foo/foo.conf"]


def test_files_are_root_s_and_no_newer_than_the_packages(debs: tuple[Path, ...], tmp_path: Path) -> None:
    pick(RECIPE, debs, EPOCH, tmp_path / "root.tar")
    with tarfile.open(tmp_path / "root.tar") as tar:
        members = {member.name: member for member in tar}
    owners = {name: member.uid for name, member in members.items() if member.uid or member.gid}
    assert owners == {"home/nonroot": 65532}
    assert max(member.mtime for member in members.values()) == EPOCH


def test_the_same_packages_make_the_same_bytes(debs: tuple[Path, ...], tmp_path: Path) -> None:
    pick(RECIPE, debs, EPOCH, tmp_path / "one.tar")
    pick(RECIPE, tuple(reversed(debs)), EPOCH, tmp_path / "two.tar")
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_a_broken_package_is_named(debs: tuple[Path, ...], tmp_path: Path) -> None:
    debs[0].write_bytes(debs[0].read_bytes()[:400])
    with pytest.raises(BaseMissing, match=r"cannot unpack libfoo1_1_all\.deb: \w"):
        pick(RECIPE, debs, EPOCH, tmp_path / "root.tar")


def test_a_package_tells_when_it_was_built(debs: tuple[Path, ...]) -> None:
    assert {built(deb) for deb in debs} == {EPOCH}
