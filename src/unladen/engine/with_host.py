"""The host's CA bundle, package index settings and proxies for a build alone: text in, text out.

Each RUN gets secret mounts below /dev, which is a tmpfs in every builder, so that not even a mount point
stays in the layer; each stage with a RUN gets ARGs that name them to the tools. A layer never holds the
contents, and the history only the paths.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from unladen.dockerfile import edit
from unladen.dockerfile.parse import Dockerfile, parse
from unladen.engine.hostsettings import ROOM, HostFile, HostSettings

CA = f"{ROOM}/ca"
APK = f"{ROOM}/apk"
"""Where the packages of an assembled Alpine are mounted."""
APART = "UNLADEN_BUILD"

OUR_MOUNT = re.compile(rf"--mount=type=(?:secret,id=unladen-\S+|bind,\S+target={re.escape(APK)})\s*")
OWN_CA_SECRET = re.compile(r"--mount=\S*\bid=ca\b")


@dataclass(frozen=True)
class Derived:
    """A Dockerfile made from another. `secrets` maps ids to what `--secret` passes: a file or a text.
    `added` are the indices (from 0) of the lines that are not in the original."""

    dockerfile: str
    secrets: Mapping[str, Path | str]
    added: tuple[int, ...] = ()


def derive(dockerfile: str, host: HostSettings | None, apart: str = "", apk: str = "") -> Derived:
    """The Dockerfile with the mounts and ARGs that `host` calls for; proxies, being predefined, need none.

    `apart` becomes an ARG of its own: RUN steps of builds that differ in it are never shared. `apk` is the image with
    the packages that assembled bases add from.
    """
    mounts = _mounts(host) if host else ()
    if not mounts and not apart and not apk:
        return Derived(dockerfile, {})
    parsed = parse(dockerfile)
    secrets: dict[str, Path | str] = {mount.secret: mount.contents for mount in mounts}
    if (
        host
        and host.ca_bundle is not None
        and any(OWN_CA_SECRET.search(each.logical) for each in parsed.instructions)
    ):
        secrets["ca"] = host.ca_bundle
    return _with(parsed, mounts, secrets, apart, apk)


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
        variables = tuple((name, CA) for name in host.ca_variables)
        found.append(_Mount("unladen-ca", CA, host.ca_bundle, variables))
        apt = files.get("apt.conf", HostFile("", "APT_CONFIG"))
        files["apt.conf"] = replace(apt, text=f'{apt.text}Acquire::https::CAInfo "{CA}";\n')
    for name, file in files.items():
        target = f"{ROOM}/{file.place or name}"
        variable = (file.variable, file.value or target)
        found.append(_Mount(f"unladen-{name}", target, file.text, (variable,)))
    return tuple(found)


def _with(
    parsed: Dockerfile, mounts: tuple[_Mount, ...], secrets: Mapping[str, Path | str], apart: str, apk: str
) -> Derived:
    flags = " ".join(mount.flag for mount in mounts)
    if apk:
        flags = f"{flags} --mount=type=bind,from={apk},source=/apk,target={APK}".lstrip()
    variables = [variable for mount in mounts for variable in mount.variables]
    if apart:
        variables.append((APART, apart))
    argument = "ARG " + " ".join(f"{name}={value}" for name, value in variables)
    edits: list[edit.Edit] = []
    added: list[int] = []
    for start, body in parsed.stages():
        runs = [each for each in body if each.keyword == "RUN"]
        if runs and variables:
            edits.append(edit.after(parsed, start, argument))
            added.append(start.last_line + len(added))
        edits += [edit.insert(run.after_keyword, f" {flags}") for run in runs if flags]
    return Derived(edit.apply(parsed, edits), secrets, tuple(added))
