"""What a build needs to know of the host: CA bundle, proxies, package index settings (values only)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class HostSettings:
    """Settings of the host that a build needs and an image must not keep.

    `ca_bundle` is a PEM file that holds more than the public authorities, or None where the host has none
    of its own. `proxies` maps HTTP_PROXY and friends to their values (predefined build arguments, never in
    history). `files` maps a short name (pip.conf, npmrc, goenv, cargo.toml, apt.conf) to its text;
    it is mounted for the build alone because it may hold credentials.
    """

    ca_bundle: Path | None = None
    proxies: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """What there is, by name and without any value: fit for a report."""
        return (*(("CA bundle",) if self.ca_bundle else ()), *sorted(self.proxies), *sorted(self.files))

    def __bool__(self) -> bool:
        return bool(self.ca_bundle or self.proxies or self.files)
