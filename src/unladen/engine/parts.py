"""What an engine itself calls, and the package that brings it: a missing part is noticed only when containers start.

Sources: containers.conf(5) (helper_binaries_dir, conmon_path, cni_plugin_dir), podman's and netavark's sources for
what they print, Debian's packages for what brings a part.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

SYSTEM = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")
HELPERS = ("usr/local/libexec/podman", "usr/local/lib/podman", "usr/libexec/podman", "usr/lib/podman")
CNI_PLUGINS = ("usr/local/libexec/cni", "usr/libexec/cni", "usr/local/lib/cni", "usr/lib/cni", "opt/cni/bin")
INSTALL = "sudo apt-get install -y"


@dataclass(frozen=True)
class Part:
    """`use` says what an engine needs it for, `fix` is the command that brings it, and `complaint` matches what
    engines print where it is missing."""

    name: str
    use: str
    fix: str
    complaint: re.Pattern[str]

    @property
    def hint(self) -> str:
        return f"{self.name} is missing; {self.use}. Try: {self.fix}"


def _part(name: str, use: str, package: str, *complaints: str) -> Part:
    """The names in `name` are alternatives; a part whose `package` has a space brings itself otherwise."""
    programs = "|".join(name.split(" or "))
    told = [rf'exec: "[^"]*\b(?:{programs})": executable file not found', *complaints]
    fix = package if " " in package else f"{INSTALL} {package}"
    return Part(name, use, fix, re.compile("|".join(told), re.IGNORECASE))


RUNTIME = _part(
    "crun or runc", "it starts containers", "runc",
    r"OCI runtime \S+ not found", r"\b(?:crun|runc): (?:command )?not found", r"find (?:crun|runc) binary",
)  # fmt: skip
CONMON = _part("conmon", "it watches podman's containers", "conmon", "could not find a working conmon binary")
IPTABLES = _part(
    "iptables", "networks of containers are made with it", "iptables",
    r"netavark: (?:\S+: )?No such file or directory \(os error 2\)", "iptables not found", "failed to find iptables",
)  # fmt: skip
NFT = _part("nft", "netavark makes networks with it", "nftables", "netavark: unable to execute nft")
NETAVARK = _part(
    "netavark", "podman makes networks with it", "netavark aardvark-dns", 'could not find "netavark"'
)
AARDVARK = _part(
    "aardvark-dns", "podman's containers look names up with it", "aardvark-dns",
    "aardvark-dns binary not found", 'could not find "aardvark-dns"',
)  # fmt: skip
CNI = _part(
    "containernetworking-plugins", "podman makes networks of the CNI kind with it", "containernetworking-plugins",
    r"failed to find plugin \S+ in path", "cni plugin \\S+ not found",
)  # fmt: skip
UIDMAP = _part("newuidmap or newgidmap", "containers without root need it", "uidmap")
SUBUIDS = _part(
    "a range of user ids for you in /etc/subuid", "containers without root need it",
    "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER && podman system migrate",
    r"no sub[ug]id ranges found", "cannot find (?:UID/GID|mappings) for user",
)  # fmt: skip
SLIRP = _part(
    "slirp4netns", "containers without root have their network through it", "slirp4netns",
    "could not find slirp4netns",
)  # fmt: skip
PASTA = _part(
    "pasta", "containers without root have their network through it", "passt", "could not find pasta"
)
FUSE = _part("fuse-overlayfs", "it keeps the images of users other than root", "fuse-overlayfs")
INIT = _part(
    "catatonit", "it is process 1 of containers with --init", "catatonit", "container-init binary not found"
)
BUILDX = _part(
    "docker buildx", "docker builds with it", "docker-buildx", "buildx component is missing or broken"
)
CONTAINERD = _part("containerd", "docker's daemon starts containers through it", "containerd")

PARTS = (
    RUNTIME, CONMON, NFT, IPTABLES, NETAVARK, AARDVARK, CNI, UIDMAP, SUBUIDS, SLIRP, PASTA, FUSE, INIT, BUILDX,
    CONTAINERD,
)  # fmt: skip


def missing_part(complaint: str) -> Part | None:
    """The part that this complaint of an engine is about."""
    return next((part for part in PARTS if part.complaint.search(complaint)), None)


def podman_lacks(
    environ: Mapping[str, str], user: int, version: str, runtimes: tuple[str, ...], root: Path = Path("/")
) -> tuple[Part, ...]:
    """What a podman of this version lacks to run containers with a network, as the user with this id.

    `runtimes` are the programs of which one has to be there. A podman on another machine lacks nothing here.
    """
    if environ.get("CONTAINER_HOST") or not (root / "proc").is_dir():
        return ()
    return tuple(_podman_lacks(_Host(environ, root), user, int(version.partition(".")[0] or 0), runtimes))


@dataclass(frozen=True)
class _Host:
    environ: Mapping[str, str]
    root: Path

    def has(self, *names: str, beside: tuple[str, ...] = ()) -> bool:
        """Whether one of the programs is where podman looks: on PATH, in the system's folders, or `beside`."""
        folders = [*self.environ.get("PATH", "").split(os.pathsep), *SYSTEM, *beside]
        path = os.pathsep.join(str(self.root / folder.lstrip("/")) for folder in folders if folder)
        return any(shutil.which(name, path=path) for name in names)


def _podman_lacks(host: _Host, user: int, major: int, runtimes: tuple[str, ...]) -> Iterator[Part]:
    if not host.has(*runtimes):
        yield RUNTIME
    if not host.has("conmon", beside=HELPERS):
        yield CONMON
    if host.has("netavark", beside=HELPERS):
        if not host.has("aardvark-dns", beside=HELPERS):
            yield AARDVARK
        if not host.has("iptables", *(("nft",) if major >= 5 else ())):
            yield IPTABLES
    elif not host.has("bridge", beside=CNI_PLUGINS):
        yield NETAVARK
    if user != 0:
        yield from _rootless_lacks(host, user, major)


def _rootless_lacks(host: _Host, user: int, major: int) -> Iterator[Part]:
    if not host.has("newuidmap") or not host.has("newgidmap"):
        yield UIDMAP
    try:
        ranges = (host.root / "etc/subuid").read_text().splitlines()
    except OSError:
        ranges = []
    if not {line.partition(":")[0] for line in ranges} & {host.environ.get("USER", ""), str(user)}:
        yield SUBUIDS
    if not host.has("slirp4netns", "pasta"):
        yield PASTA if major >= 5 else SLIRP
