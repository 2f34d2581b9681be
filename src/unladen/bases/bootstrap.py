"""A whole Debian system as a root filesystem tar, made by mmdebstrap."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from unladen import temporary
from unladen.bases.apt import Suite, public
from unladen.bases.recipe import FINISH, Bootstrapped
from unladen.bases.run import CLEAN_ENV, run
from unladen.errors import BaseMissing

# What Docker Hub's -slim images leave out (github.com/debuerreotype/debuerreotype, .slimify-excludes).
SLIM = (
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
    "path-exclude=/usr/share/groff/*",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/linda/*",
    "path-exclude=/usr/share/lintian/*",
    "path-exclude=/usr/share/locale/*",
    "path-include=/usr/share/locale/locale.alias",
    "path-exclude=/usr/share/man/*",
)


def bootstrap(root: Bootstrapped, suite: Suite, debs: Path, epoch: int, tar: Path) -> None:
    """Writes the tar. `debs` is a folder of all the packages it takes, `epoch` the newest time that a file in
    the tar may have (seconds since 1970).

    Raises BaseMissing where mmdebstrap is missing, may not work on this host, or fails.
    """
    script = root.finish + _public_sources(suite) + FINISH.read_text()
    options = [
        "--quiet",
        "--variant=minbase",
        "--format=tar",
        f"--architectures={suite.architecture}",
        *(f"--include={package}" for package in root.packages),
        *(f"--dpkgopt={option}" for option in ("force-unsafe-io", *(SLIM if root.slim else ()))),
        # Without it apt would choose usrmerge, which brings the whole of Perl.
        "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
        # The lists were fetched and their signatures checked once for all recipes; so were the packages.
        '--setup-hook=mkdir -p "$1/var/lib/apt/lists" "$1/var/cache/apt/archives"',
        f"--setup-hook=sync-in {shlex.quote(str(suite.lists))} /var/lib/apt/lists",
        _hand_over(debs),
        "--skip=update",
        f'--customize-hook=chroot "$1" /bin/sh -eu <<"UNLADEN"\n{script}UNLADEN',
    ]
    environment = {
        **CLEAN_ENV,
        "HOME": "/root",  # the maintainer scripts', inside
        "TMPDIR": str(temporary.base()),  # mmdebstrap's, not theirs
        "SOURCE_DATE_EPOCH": str(epoch),
    }
    with tar.open("wb") as out:
        done = run(["mmdebstrap", *options, suite.name, "-", *suite.sources], env=environment, stdout=out)
    if done.returncode != 0:
        raise _explained(done.stderr)


def _hand_over(debs: Path) -> str:
    """Puts the packages into the new system: by links as root, else by the copy that crosses user namespaces."""
    folder, inside = shlex.quote(str(debs)), "var/cache/apt/archives/"
    if os.geteuid() == 0:
        return f'--setup-hook=cp -l {folder}/* "$1/{inside}" || cp {folder}/* "$1/{inside}"'
    return f"--setup-hook=sync-in {folder} /{inside}"


def _public_sources(suite: Suite) -> str:
    """Shell text that writes Debian's public sources of the suite, whichever mirror they came from."""
    stanza = "Types: deb\nURIs: {}\nSuites: {}\nComponents: main\nSigned-By: {}\n"
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    main = stanza.format(f"{public()}/debian", f"{suite.name} {suite.name}-updates", keyring)
    security = stanza.format(f"{public()}/debian-security", f"{suite.name}-security", keyring)
    return f"cat > /etc/apt/sources.list.d/debian.sources <<'FILE'\n{main}\n{security}FILE\n"


def _explained(stderr: str) -> BaseMissing:
    lines = [line for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("E:").strip() for line in lines if line.startswith("E:")]
    cause = errors[0] if errors else (lines[-1] if lines else "no message")
    hint = ""
    if any(word in stderr for word in ("unshare", "newuidmap", "subuid", "must be root", "choose mode")):
        hint = "run unladen as root, or allow user namespaces and install uidmap (apt-get install uidmap)"
    elif "No space left" in stderr:
        hint = "free some disk space in /tmp and in the cache directory"
    return BaseMissing(
        f"cannot assemble a base image: mmdebstrap: {cause}", hint=hint, detail="\n".join(lines[-15:])
    )
