"""The host's CA bundle, package index settings and proxies for a build alone: text in, text out.

Each RUN gets secret mounts below /dev, which is a tmpfs in every builder, so that not even a mount point
stays in the layer; each stage with a RUN gets ARGs that name them to the tools. A layer never holds the
contents, and the history only the paths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from unladen.engine.dockerfile import Dockerfile, parse_dockerfile
from unladen.engine.hostsettings import HostSettings

ROOM = "/dev/.unladen"
CA = f"{ROOM}/ca"

CA_VARIABLES = (
    "SSL_CERT_FILE",  # OpenSSL, Go, Python, uv
    "SSL_CA_CERT_FILE",  # apk
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "PIP_CERT",
    "NODE_EXTRA_CA_CERTS",
    "NPM_CONFIG_CAFILE",
    "YARN_HTTPS_CA_FILE_PATH",
    "CARGO_HTTP_CAINFO",
    "GIT_SSL_CAINFO",
)

FILES: Mapping[str, tuple[str, str, str]] = {
    # name: (where it is mounted, variable, its value)
    "pip.conf": (f"{ROOM}/pip.conf", "PIP_CONFIG_FILE", f"{ROOM}/pip.conf"),
    # a system-wide file, not UV_CONFIG_FILE: that one switches off the project's own settings
    "uv.toml": (f"{ROOM}/xdg/uv/uv.toml", "XDG_CONFIG_DIRS", f"{ROOM}/xdg:/etc/xdg"),
    "npmrc": (f"{ROOM}/npmrc", "NPM_CONFIG_USERCONFIG", f"{ROOM}/npmrc"),
    "goenv": (f"{ROOM}/goenv", "GOENV", f"{ROOM}/goenv"),
    "apt.conf": (f"{ROOM}/apt.conf", "APT_CONFIG", f"{ROOM}/apt.conf"),
}

APART = "UNLADEN_BUILD"

OUR_MOUNT = re.compile(r"--mount=type=secret,id=unladen-\S+\s*")
OWN_CA_SECRET = re.compile(r"--mount=\S*\bid=ca\b")
RUN_WORD = re.compile(r"^(\s*RUN)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Derived:
    """A Dockerfile made from another. `secrets` maps ids to what `--secret` passes: a file or a text.
    `added` are the indices (from 0) of the lines that are not in the original."""

    dockerfile: str
    secrets: Mapping[str, Path | str]
    added: tuple[int, ...] = ()


def derive(dockerfile: str, host: HostSettings | None, apart: str = "") -> Derived:
    """The Dockerfile with the mounts and ARGs that `host` calls for; proxies, being predefined, need none.

    `apart` becomes an ARG of its own: RUN steps of builds that differ in it are never shared.
    """
    mounts = _mounts(host) if host else ()
    if not mounts and not apart:
        return Derived(dockerfile, {})
    parsed = parse_dockerfile(dockerfile)
    secrets: dict[str, Path | str] = {mount.secret: mount.contents for mount in mounts}
    if host and host.ca_bundle is not None and any(OWN_CA_SECRET.search(line) for line in parsed.lines):
        secrets["ca"] = host.ca_bundle
    return _with(parsed, mounts, secrets, apart)


def original_step(step: str) -> str:
    """A step as the user wrote it."""
    return OUR_MOUNT.sub("", step)


def original_line(number: int, added: tuple[int, ...]) -> int:
    """The original's line number (from 1) for one of the derived text."""
    return number - sum(1 for index in added if index < number - 1)


@dataclass(frozen=True)
class _Mount:
    secret: str
    target: str
    contents: Path | str
    variables: tuple[tuple[str, str], ...]

    @property
    def flag(self) -> str:
        return f"--mount=type=secret,id={self.secret},target={self.target},mode=0444"


def _mounts(host: HostSettings) -> tuple[_Mount, ...]:
    files = dict(host.files)
    found: list[_Mount] = []
    if host.ca_bundle is not None:
        found.append(_Mount("unladen-ca", CA, host.ca_bundle, tuple((name, CA) for name in CA_VARIABLES)))
        files["apt.conf"] = files.get("apt.conf", "") + f'Acquire::https::CAInfo "{CA}";\n'
    for name, (target, variable, value) in FILES.items():
        if name in files:
            found.append(_Mount(f"unladen-{name}", target, files[name], ((variable, value),)))
    return tuple(found)


def _with(
    parsed: Dockerfile, mounts: tuple[_Mount, ...], secrets: Mapping[str, Path | str], apart: str
) -> Derived:
    flags = " ".join(mount.flag for mount in mounts)
    variables = [variable for mount in mounts for variable in mount.variables]
    if apart:
        variables.append((APART, apart))
    argument = "ARG " + " ".join(f"{name}={value}" for name, value in variables)
    runs = {run.first for _, body in parsed.stages() for run in body if run.name == "RUN"}
    starts = {start.last for start, body in parsed.stages() if any(i.name == "RUN" for i in body)}
    lines: list[str] = []
    added: list[int] = []
    for index, line in enumerate(parsed.lines):
        lines.append(RUN_WORD.sub(rf"\1 {flags}".rstrip(), line, count=1) if index in runs else line)
        if index in starts:
            added.append(len(lines))
            lines.append(argument)
    return Derived("\n".join(lines) + "\n", secrets, tuple(added))
