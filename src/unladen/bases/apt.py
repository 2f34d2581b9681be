"""Which Debian packages a recipe comes to today, and their files: apt with a folder of its own.

Nothing of the host's package state is read or written. From the host come the mirror's address and the
settings that fetching needs (proxies, credentials); apt checks the signatures against Debian's keyring.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from unladen.bases.recipe import Bootstrapped, Picked, SuiteName
from unladen.bases.run import CLEAN_ENV, KEYRING, run
from unladen.errors import BaseMissing

DEFAULT_MIRROR = re.compile(r"\$mirror\s*=\s*'(\S+)/debian'")

FRESH_SECONDS = 3600
"""Package lists checked within this time are taken as they are."""


@dataclass(frozen=True)
class Suite:
    """A release with its updates, in apt's own folder. `sources` are one-line entries of sources.list(5),
    `debs` the folder of downloaded packages, shared by all suites."""

    name: SuiteName
    architecture: str
    sources: tuple[str, ...]
    folder: Path
    debs: Path

    @property
    def lists(self) -> Path:
        return self.folder / "lists"


@cache
def public() -> str:
    """Debian's public address, as mmdebstrap has it: what the images' own apt uses, and what is used here where
    the host is no Debian itself. Raises BaseMissing."""
    script = shutil.which("mmdebstrap")
    found = DEFAULT_MIRROR.search(Path(script).read_text(errors="replace")) if script else None
    if found is None:
        raise BaseMissing(
            "cannot tell Debian's public address: mmdebstrap is not there, or does not say its default mirror",
            hint="sudo apt-get install -y mmdebstrap",
        )
    return found[1]


def open_suite(name: SuiteName, cache_folder: Path) -> Suite:
    """The suite's own apt folder, made where it is not there yet."""
    main, security = _mirrors()
    origin = f"deb [signed-by={KEYRING}]"
    suite = Suite(
        name,
        _architecture(),
        (
            f"{origin} {main} {name} main",
            f"{origin} {main} {name}-updates main",
            f"{origin} {security} {name}-security main",
        ),
        folder=cache_folder / "apt" / name,
        debs=cache_folder / "debs",
    )
    for needed in (
        suite.lists / "partial",
        suite.folder / "resolved",
        suite.folder / "none",
        suite.debs / "partial",
    ):
        needed.mkdir(parents=True, exist_ok=True)
    (suite.folder / "status").touch()
    (suite.folder / "sources.list").write_text("\n".join(suite.sources) + "\n")
    (suite.folder / "apt.conf").write_text(_configuration(suite))
    return suite


def refresh(suite: Suite) -> None:
    """Brings the package lists up to date. Where the mirror does not answer, the lists stay as they are.

    Raises BaseMissing where there are no lists at all.
    """
    checked = suite.folder / "checked"
    have_lists = bool(_releases(suite))
    if have_lists and checked.exists() and time.time() - checked.stat().st_mtime < FRESH_SECONDS:
        return
    options = ["-o", "APT::Update::Error-Mode=any"]
    if have_lists:
        # A look for news: a mirror that hangs is not waited for.
        options += ["-o", "Acquire::Retries=0"]
        options += ["-o", "Acquire::http::Timeout=2", "-o", "Acquire::https::Timeout=2"]
    before = fingerprint(suite)
    done = _apt(suite, "update", *options)
    if done.returncode != 0 and not have_lists:
        raise BaseMissing(
            f"cannot read Debian's package lists of {suite.name}: {_reason(done.stderr)}",
            hint="check the network and apt's proxy settings: `apt-get update` must work on this host",
        )
    checked.touch()  # also after a failure: an unreachable mirror is not asked again at every turn
    if fingerprint(suite) != before:
        _apt(suite, "autoclean")


def fingerprint(suite: Suite) -> str:
    """Changes whenever the package lists do."""
    digest = hashlib.sha256()
    for release in _releases(suite):
        digest.update(release.read_bytes())
    return digest.hexdigest()[:16]


def resolve(suite: Suite, root: Bootstrapped | Picked) -> tuple[str, ...]:
    """The file names (name_version_architecture.deb) of every package that the recipe comes to, sorted.

    Takes a second, or nothing where the lists are the same as last time. Raises BaseMissing where a package
    is not to be had.
    """
    wanted = _selection(root)
    key = hashlib.sha256("\n".join((fingerprint(suite), *suite.sources, *wanted)).encode()).hexdigest()[:16]
    known = suite.folder / "resolved" / key
    if known.exists():
        return tuple(known.read_text().split())
    # apt leaves out what is downloaded already, so it must not see the folder of downloads.
    done = _apt(suite, *wanted, "--print-uris", "-o", f"Dir::Cache::archives={suite.folder / 'none'}")
    names = sorted(re.findall(r"^'\S+' (\S+\.deb) \d+", done.stdout, re.MULTILINE))
    if done.returncode != 0 or not names:
        raise BaseMissing(
            f"cannot choose Debian packages of {suite.name}: {_reason(done.stderr)}",
            hint="the mirror that this host's apt uses may not carry this release",
        )
    for outdated in known.parent.iterdir():
        if outdated.stat().st_mtime < time.time() - 30 * 86400:
            outdated.unlink()
    known.write_text("\n".join(names) + "\n")
    return tuple(names)


def gather(
    suite: Suite, root: Bootstrapped | Picked, names: tuple[str, ...], folder: Path
) -> tuple[Path, ...]:
    """Links the packages' files into `folder` (on the cache's disk), downloading those not there yet.

    Raises BaseMissing where one cannot be fetched.
    """
    if not all((suite.debs / name).exists() for name in names):
        command = _selection(root)
        if command[0] == "install":
            command += ("--download-only",)
        done = _apt(suite, *command, cwd=suite.debs)
        missing = [name for name in names if not (suite.debs / name).exists()]
        if missing:
            raise BaseMissing(
                f"cannot download Debian packages: {_reason(done.stderr) or ', '.join(missing)}",
                hint="check the network and the free disk space",
            )
    for name in names:
        os.link(suite.debs / name, folder / name)
    return tuple(folder / name for name in names)


def built(deb: Path) -> int:
    """When the package was built (seconds since 1970), from the header of its first ar(5) member."""
    with deb.open("rb") as file:
        header = file.read(36)
    return int(header[24:36])


@cache
def _architecture() -> str:
    return run(["dpkg", "--print-architecture"]).stdout.strip()


@cache
def _mirrors() -> tuple[str, str]:
    """The addresses of Debian and of its security updates, as this host's apt uses them."""
    done = run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages"]
    )
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        origin, label, address = line.split("|", 2)
        if origin == "Debian":
            found.setdefault(label, address.rstrip("/"))
    return found.get("Debian", f"{public()}/debian"), found.get(
        "Debian-Security", f"{public()}/debian-security"
    )


def _releases(suite: Suite) -> list[Path]:
    return sorted(suite.lists.glob("*Release"))


def _selection(root: Bootstrapped | Picked) -> tuple[str, ...]:
    if isinstance(root, Picked):
        return ("download", *(pick.package for pick in root.packages))
    return ("install", "?essential", "?priority(required)", "apt", "usr-is-merged", *root.packages)


def _apt(
    suite: Suite, command: str, *arguments: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    environment = {**CLEAN_ENV, **proxies, "APT_CONFIG": str(suite.folder / "apt.conf")}
    return run(["apt-get", "-q", "-y", command, *arguments], env=environment, cwd=cwd)


def _configuration(suite: Suite) -> str:
    """apt.conf(5): everything in the suite's folder, and how the host fetches (proxies, timeouts)."""
    own = {
        "Dir::State": suite.folder,
        "Dir::State::lists": suite.lists,
        "Dir::State::status": suite.folder / "status",
        "Dir::Cache": suite.folder,
        "Dir::Cache::archives": suite.debs,
        "Dir::Etc::sourcelist": suite.folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::Log": suite.folder,
        "APT::Architecture": suite.architecture,
        "APT::Architectures::": suite.architecture,
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
        "Acquire::Languages::": "none",
    }
    host = run(["apt-config", "dump", "Acquire"]).stdout.splitlines()
    fetching = re.compile(r"Acquire::(https?|ftp|Check-Valid-Until|Check-Date|AllowReleaseInfoChange)\b")
    lines = [f'{key} "{value}";' for key, value in own.items()]
    return "\n".join([*lines, *filter(fetching.match, host)]) + "\n"


def _reason(stderr: str) -> str:
    """apt's first error, without its mark."""
    errors = [line.removeprefix("E:").strip() for line in stderr.splitlines() if line.startswith("E:")]
    return errors[0] if errors else ""
