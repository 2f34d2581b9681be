"""What a build needs to know of the host: CA bundle, proxies, package index settings (values only)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOM = "/dev/.unladen"
"""Where a build finds what is mounted for it: a tmpfs in every builder, so that no mount point stays in a layer."""

CA_VARIABLES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO")
"""What names a CA bundle to OpenSSL and the runtimes that follow it, to curl and to git."""


@dataclass(frozen=True)
class HostFile:
    """A settings file for the build alone, because it may hold credentials.

    It is mounted in ROOM, at `place` (the file's name where that is ""), and `variable` names it to the tool that
    reads it, by `value` (its path where that is "").
    """

    text: str
    variable: str
    place: str = ""
    value: str = ""


@dataclass(frozen=True)
class Tools:
    """What the tools of a language read of a host: `ca_variables` name a CA bundle to them; `files` finds where
    their packages come from, given the environment, the home folder and the root of the host's files. It returns
    files by short names ("pip.conf"), with an empty text for what nobody has set."""

    ca_variables: tuple[str, ...] = ()
    files: Callable[[Mapping[str, str], Path, Path], Mapping[str, HostFile]] = lambda environ, home, root: {}


@dataclass(frozen=True)
class HostSettings:
    """Settings of the host that a build needs and an image must not keep.

    `ca_bundle` is a PEM file that holds more than the public authorities, or None where the host has none
    of its own; `ca_variables` name it to the tools. `proxies` maps HTTP_PROXY and friends to their values
    (predefined build arguments, never in history). `files` are by short name. `secrets` and `keys` are what the user
    hands to the steps of his Dockerfile, as `docker build` takes them for --secret and --ssh.
    """

    ca_bundle: Path | None = None
    proxies: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, HostFile] = field(default_factory=dict)
    ca_variables: tuple[str, ...] = CA_VARIABLES
    secrets: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """What there is, by name and without any value: fit for a report."""
        return (*(("CA bundle",) if self.ca_bundle else ()), *sorted(self.proxies), *sorted(self.files))

    def __bool__(self) -> bool:
        return bool(self.ca_bundle or self.proxies or self.files or self.secrets or self.keys)


def read_text(file: Path) -> str:
    """A settings file's text, "" where it cannot be read."""
    try:
        return file.read_text(errors="replace") if file.is_file() else ""
    except OSError:
        return ""
