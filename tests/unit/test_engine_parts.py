"""What an engine lacks is seen on the host before a build, and read from the engine's complaint after one."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from unladen.engine.answers import refused
from unladen.engine.buildlog import failure
from unladen.engine.find import Candidate, preferred
from unladen.engine.interface import Engine
from unladen.engine.parts import CNI_PLUGINS, IPTABLES, missing_part, podman_lacks

HERE = [
    "usr/bin/crun",
    "usr/bin/conmon",
    "usr/lib/podman/netavark",
    "usr/lib/podman/aardvark-dns",
    "usr/sbin/iptables",
]
ROOTLESS = ["usr/bin/newuidmap", "usr/bin/newgidmap", "usr/bin/slirp4netns"]


def host(root: Path, *programs: str, subuid: str = "") -> Path:
    (root / "proc").mkdir()
    for program in programs:
        (root / program).parent.mkdir(parents=True, exist_ok=True)
        (root / program).touch(mode=0o755)
    (root / "etc").mkdir()
    (root / "etc/subuid").write_text(subuid)
    return root


def lacks(root: Path, user: int = 0, version: str = "4.3.1", *runtimes: str, **environ: str) -> list[str]:
    found = podman_lacks({"USER": "ada", **environ}, user, version, runtimes or ("crun", "runc"), root)
    return [part.name for part in found]


def test_nothing_is_missing(tmp_path: Path) -> None:
    assert lacks(host(tmp_path, *HERE)) == []


@pytest.mark.parametrize(
    ("gone", "name"),
    [
        ("usr/bin/crun", "crun or runc"),
        ("usr/bin/conmon", "conmon"),
        ("usr/lib/podman/netavark", "netavark"),
        ("usr/lib/podman/aardvark-dns", "aardvark-dns"),
        ("usr/sbin/iptables", "iptables"),
    ],
)
def test_each_part_is_missed(tmp_path: Path, gone: str, name: str) -> None:
    assert lacks(host(tmp_path, *(program for program in HERE if program != gone))) == [name]


def test_older_networks_are_made_by_plugins(tmp_path: Path) -> None:
    assert lacks(host(tmp_path, "usr/bin/runc", "usr/bin/conmon", f"{CNI_PLUGINS[-1]}/bridge")) == []


def test_newer_podman_does_with_nft(tmp_path: Path) -> None:
    root = host(tmp_path, *HERE[:-1], "usr/sbin/nft")
    assert lacks(root, 0, "5.4.2") == []
    assert lacks(root) == ["iptables"]


def test_where_crun_does_not_do(tmp_path: Path) -> None:
    assert lacks(host(tmp_path, *HERE), 0, "4.3.1", "runc") == ["crun or runc"]


def test_without_root(tmp_path: Path) -> None:
    root = host(tmp_path, *HERE, *ROOTLESS, subuid="ada:100000:65536\n")
    assert lacks(root, 1000) == []
    assert lacks(root, 1001, USER="bob") == ["a range of user ids for you in /etc/subuid"]
    for program in ROOTLESS:
        (root / program).unlink()
    assert lacks(root, 1000) == ["newuidmap or newgidmap", "slirp4netns"]
    assert lacks(root, 1000, "5.4.2") == ["newuidmap or newgidmap", "pasta"]


def test_an_engine_on_another_machine_lacks_nothing_here(tmp_path: Path) -> None:
    assert lacks(host(tmp_path), CONTAINER_HOST="ssh://elsewhere/run/podman.sock") == []


@pytest.mark.parametrize(
    ("complaint", "package"),
    [
        ("Error: netavark: No such file or directory (os error 2)", "iptables"),
        ("Error: netavark: iptables: No such file or directory (os error 2)", "iptables"),
        ("Error: netavark: unable to execute nft: No such file or directory (os error 2)", "nftables"),
        ('Error: could not find "netavark" in one of [/usr/local/libexec/podman]. To resolve this error, set'
         " the helper_binaries_dir key", "netavark"),
        ("Error: aardvark-dns binary not found", "aardvark-dns"),
        ('plugin type="bridge" failed (add): failed to find plugin "bridge" in path [/usr/lib/cni]',
         "containernetworking-plugins"),
        ('Error: default OCI runtime "crun" not found: invalid argument', "runc"),
        ("sh: 1: runc: not found", "runc"),
        ('error running container: exec: "runc": executable file not found in $PATH', "runc"),
        ("Error: could not find a working conmon binary (configured options: [/usr/bin/conmon]): invalid argument",
         "conmon"),
        ('command required for rootless mode with multiple IDs: exec: "newuidmap": executable file not found in'
         " $PATH", "uidmap"),
        ('cannot find UID/GID for user ada: no subuid ranges found for user "ada" in /etc/subuid', "usermod"),
        ("could not find slirp4netns, the network namespace can't be configured", "slirp4netns"),
        ('could not find pasta, the network namespace can\'t be configured: exec: "pasta": executable file not'
         " found in $PATH", "passt"),
        ('kernel does not support overlay fs: exec: "fuse-overlayfs": executable file not found in $PATH',
         "fuse-overlayfs"),
        ("container-init binary not found on the host: stat /usr/libexec/podman/catatonit", "catatonit"),
        ("ERROR: BuildKit is enabled but the buildx component is missing or broken.", "docker-buildx"),
        ('failed to start containerd: exec: "containerd": executable file not found in $PATH', "containerd"),
        ('failed to register "bridge" driver: failed to create NAT chain DOCKER: iptables not found', "iptables"),
    ],
)  # fmt: skip
def test_a_complaint_names_the_package(complaint: str, package: str) -> None:
    assert package in refused("start container 1", complaint).hint


def test_other_complaints_name_none() -> None:
    for complaint in (
        "Error: no such container",
        "sh: gcc: not found",
        'exec: "git": executable file not found',
    ):
        assert missing_part(complaint) is None


def test_a_build_step_without_a_network_says_why() -> None:
    """As seen on a fresh machine with podman 4.3 and no iptables."""
    log = (
        "STEP 1/3: FROM python:3.11\n"
        "STEP 2/3: RUN pip install -r requirements.txt\n"
        "error running container: did not get container start message from parent: EOF\n"
        'Error: building at STEP "RUN pip install -r requirements.txt": netavark: No such file or directory'
        " (os error 2)\n"
    )
    error = failure("podman", log)
    assert (
        error.hint
        == "iptables is missing; networks of containers are made with it. Try: sudo apt-get install -y iptables"
    )


def test_what_a_step_says_itself_is_no_lack_of_the_engines() -> None:
    log = (
        "STEP 1/2: FROM alpine\nSTEP 2/2: RUN ./configure\n"
        'exec: "runc": executable file not found in $PATH\n'
        'Error: building at STEP "RUN ./configure": while running runtime: exit status 1\n'
    )
    assert failure("podman", log).hint == ""


def test_an_engine_that_lacks_a_part_is_taken_only_where_no_other_answers() -> None:
    docker, podman = cast(Engine, object()), cast(Engine, object())
    lame = Candidate("docker", docker, lacks=(IPTABLES,))
    assert preferred((lame, Candidate("podman", podman))) is podman
    assert preferred((lame, Candidate("podman", None))) is docker
    assert preferred((Candidate("docker", docker), Candidate("podman", podman))) is docker
    assert preferred((Candidate("docker", None),)) is None
