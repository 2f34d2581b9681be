"""Running Debian's tools: nothing of our environment goes in, nothing of them outlives us."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from unladen.errors import BaseMissing

CLEAN_ENV: Mapping[str, str] = {
    # The tools are at fixed places, the administrator's among them, which a user's PATH may lack.
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": str(Path.home()),
}
"""The environment of every tool: no certificates, proxies and settings of the host may get into an image."""

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
"""Debian's keys, against which apt checks what it fetches."""


def assembler_missing() -> BaseMissing | None:
    """What this host lacks to assemble base images, with the command that brings it; None: nothing."""
    needed = {
        "mmdebstrap": "mmdebstrap",
        "apt-get": "apt",
        "dpkg-deb": "dpkg",
        "tar": "tar",
    }
    for program, package in needed.items():
        if not _installed(program):
            return _missing(f"{program} is not installed", f"apt-get install {package}")
    if not KEYRING.exists():
        return _missing(f"Debian's keyring {KEYRING} is not there", "apt-get install debian-archive-keyring")
    if os.geteuid() != 0:
        if not _installed("newuidmap"):
            return _missing("not root, and newuidmap is not installed", "apt-get install uidmap")
        if not _user_namespaces():
            return _missing(
                "not root, and this host allows no user namespaces",
                "run unladen as root, or: sysctl -w user.max_user_namespaces=10000",
            )
    return None


def alpine_missing() -> BaseMissing | None:
    """What this host lacks to unpack Alpine's packages; None: nothing."""
    if os.uname().machine != "x86_64":
        return BaseMissing("cannot assemble Alpine: its packages are had for x86-64 alone")
    return (
        None if _installed("debugfs") else _missing("debugfs is not installed", "apt-get install e2fsprogs")
    )


def run(
    argv: Sequence[str],
    *,
    env: Mapping[str, str] = CLEAN_ENV,
    cwd: Path | None = None,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end; its output is text, `stdout` redirects it to a file.

    Interrupted, it ends the program (politely: mmdebstrap unmounts and removes what it made) and waits for
    it; a signal from the terminal comes to it only that way. Raises BaseMissing where the program is not installed.
    """
    try:
        process = subprocess.Popen(
            argv,
            env=dict(env),
            cwd=cwd,
            stdin=stdin or subprocess.DEVNULL,
            stdout=stdout or subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            process_group=0,
        )
    except FileNotFoundError:
        raise _missing(f"{argv[0]} is not installed", f"apt-get install {argv[0]}") from None
    try:
        out, err = process.communicate()
    except BaseException:
        # mmdebstrap counts on its children getting the signal as well, and cleans up after them.
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise
    return subprocess.CompletedProcess(list(argv), process.returncode, out or "", err)


def _missing(cause: str, hint: str) -> BaseMissing:
    return BaseMissing(f"cannot assemble base images: {cause}", hint=hint)


def _installed(program: str) -> bool:
    return shutil.which(program, path=CLEAN_ENV["PATH"]) is not None


def _user_namespaces() -> bool:
    limits = ("/proc/sys/user/max_user_namespaces", "/proc/sys/kernel/unprivileged_userns_clone")
    return all(not Path(limit).exists() or Path(limit).read_text().strip() != "0" for limit in limits)
