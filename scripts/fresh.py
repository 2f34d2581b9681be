"""Runs the README's commands on a machine that has nothing but what the README asks for:
`fresh.py demo|test [bookworm|trixie]`.

The machine is a minimal Debian with python3 and make in a folder, entered with namespaces of its own for mounts,
processes and network: however it ends, what runs, is mounted or filters packets in it ends with it. As on a company's
machine, the host's certificate authorities, proxies and package indexes are there.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

from unladen.bases.apt import open_suite
from unladen.bases.assemble import root_of
from unladen.bases.recipe import Bootstrapped, Recipe, SuiteName
from unladen.engine.host_ca import CERTIFICATE, VARIABLES, own_bundle
from unladen.errors import UnladenError
from unladen.session import cache_folder

CODE = Path(__file__).parents[1]
CACHE = cache_folder() / "fresh"
DEFAULTS = ("demo", "bookworm")
ASKED_FOR = ("python3", "make")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"

SETTINGS = re.compile(
    r"\w+_proxy|(pip|uv|npm_config)_\w*(index|registry|host|timeout)\w*|go(proxy|sumdb|\w*private)|CI|TERM",
    re.I,
)
"""Variables that say how packages are reached from here, and how output is shown."""
INDEX_FILES = ("etc/pip.conf", ".pip/pip.conf", ".config/pip/pip.conf", "etc/uv/uv.toml", ".config/uv/uv.toml",
               "etc/npmrc", ".npmrc", ".config/go/env")  # fmt: skip

ENTER = """\
set -eu
read -r _
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount --rbind /dev dev
for folder in run tmp dev/shm; do mount -t tmpfs -o mode=1777 tmpfs $folder; done
pivot_root . mnt
cd /root/unladen
umount --lazy /mnt
[ ! -d /usr/share/ca-certificates ] || update-ca-certificates >/dev/null 2>&1
make "$2"
"""
"""A root that is no mount of its own will not do: podman remounts it. This shell begins when it is told that there is
a network, and stays as process 1 to reap."""


def main() -> int:
    command, suite = (*sys.argv[1:], *DEFAULTS[len(sys.argv) - 1 :])
    if refusal := cannot():
        print(f"fresh: skipped, because {refusal}", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    try:
        with machine(cast(SuiteName, suite)) as root:
            furnish(root, cast(SuiteName, suite))
            return entered(root, command)
    except UnladenError as error:
        print(f"fresh: {error}\n{error.hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def cannot() -> str:
    """Why no machine can be made here; nothing where one can."""
    if os.geteuid() != 0:
        return "only root can make a machine in a folder"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun for its network"
    tried = subprocess.run(["unshare", *NAMESPACES, "true"], capture_output=True, text=True, check=False)
    return tried.stderr.strip() if tried.returncode else ""


NAMESPACES = ("--mount", "--pid", "--net", "--fork", "--kill-child")
NAME_SERVER = "10.0.2.3"
LOOPBACK = "10.0.2.2"
"""Where slirp4netns(1) has the host's name servers, and services that listen on the host's loopback alone."""


@contextmanager
def machine(suite: SuiteName) -> Iterator[Path]:
    """A folder with a minimal Debian, removed at the end. One at a time: what is there before was left by one
    that was killed."""
    folder = CACHE / "machines"
    folder.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.iterdir():
            shutil.rmtree(left)
        root = Path(tempfile.mkdtemp(dir=folder))
        try:
            packages = (*ASKED_FOR, *(["ca-certificates"] if own_authorities() else []))
            recipe = Recipe("fresh", Bootstrapped(suite, packages, slim=True))
            tar = root_of(recipe, CACHE, lambda said: print(f"fresh: {said}", file=sys.stderr)).path
            subprocess.run(
                ["tar", "--extract", "--numeric-owner", f"--file={tar}", f"--directory={root}"], check=True
            )
            root.chmod(0o755)
            yield root
        finally:
            subprocess.run(["rm", "--recursive", "--force", "--one-file-system", str(root)], check=False)


def furnish(root: Path, suite: SuiteName) -> None:
    """The committed state of this repository, and what a company's machine would have been told."""
    code = root / "root/unladen"
    code.mkdir()
    archive = subprocess.run(["git", "-C", CODE, "archive", "HEAD"], stdout=subprocess.PIPE, check=True)
    subprocess.run(["tar", "--extract", f"--directory={code}"], input=archive.stdout, check=True)
    (root / "etc/resolv.conf").write_text(f"nameserver {NAME_SERVER}\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")
    for number, body in enumerate(own_authorities()):
        mine = root / f"usr/local/share/ca-certificates/host-{number}.crt"
        mine.write_text(f"-----BEGIN CERTIFICATE-----{body}-----END CERTIFICATE-----\n")
    release = open_suite(suite, CACHE)
    (root / "etc/apt/sources.list.d/debian.sources").unlink()
    (root / "etc/apt/sources.list").write_text(reached("\n".join(release.sources) + "\n"))
    fetching = [
        line
        for line in (release.folder / "apt.conf").read_text().splitlines()
        if line.startswith("Acquire::")
    ]
    (root / "etc/apt/apt.conf.d/host").write_text(reached("\n".join(fetching) + "\n"))
    for name in INDEX_FILES:
        here, there = (Path("/"), root) if name.startswith("etc/") else (Path.home(), root / "root")
        with suppress(OSError):
            text = (here / name).read_text()
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            (there / name).write_text(
                reached(re.sub(r"(?m)^(\s*(?:cert|cafile)\s*=\s*).*", rf"\g<1>{BUNDLE}", text))
            )


def reached(text: str) -> str:
    """The text with the addresses that lead from inside to what listens on the host's loopback."""
    return re.sub(r"//(?:localhost|127\.0\.0\.1)\b", f"//{LOOPBACK}", text)


def own_authorities() -> list[str]:
    """The bodies of the certificates that the host trusts, where it trusts more than the public ones."""
    bundle = own_bundle(os.environ, Path.home())
    return CERTIFICATE.findall(bundle.read_text()) if bundle else []


def entered(root: Path, command: str) -> int:
    """`make command` inside; gives its exit code."""
    environ = {name: reached(value) for name, value in os.environ.items() if SETTINGS.fullmatch(name)}
    if own_authorities():
        environ |= {name: BUNDLE for name in VARIABLES if name in os.environ}
    environ |= {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
    environ |= {"LANG": "C.UTF-8", "COLUMNS": "160"}
    enter = ["unshare", *NAMESPACES, "bash", "-c", ENTER, "fresh", str(root), command]
    with subprocess.Popen(enter, env=environ, stdin=subprocess.PIPE) as inside:
        try:
            with network(inside.pid):
                assert inside.stdin is not None
                inside.stdin.write(b"\n")
                inside.stdin.close()
                return inside.wait()
        finally:
            inside.kill()  # and with it all that runs inside


@contextmanager
def network(process: int) -> Iterator[None]:
    """A network for the namespace that the process makes itself, by slirp4netns: no rule and no address of the host
    changes, and other engines on it do not meddle."""
    own = Path("/proc/self/ns/net").readlink()
    while Path(f"/proc/{process}/ns/net").readlink() == own:
        time.sleep(0.01)
    ready, told = os.pipe()
    command = ["slirp4netns", "--configure", "--mtu=65520", f"--ready-fd={told}", str(process), "tap0"]
    quiet = subprocess.DEVNULL
    slirp = subprocess.Popen(command, pass_fds=[told], stdout=quiet, stderr=quiet)
    os.close(told)
    try:
        if os.read(ready, 1) != b"1":
            raise UnladenError(f"cannot make a network: slirp4netns ended with {slirp.wait()}")
        yield
    finally:
        os.close(ready)
        slirp.terminate()
        slirp.wait()


if __name__ == "__main__":
    sys.exit(main())
