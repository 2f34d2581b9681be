"""What of this host a build needs: its CA bundle, proxies, package indexes. Read once, at the edge."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from unladen.engine.host_ca import own_bundle
from unladen.engine.host_indexes import index_files
from unladen.engine.hostsettings import HostSettings
from unladen.engine.local_url import is_local

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY")
"""Predefined build arguments (Dockerfile reference, ARG), each in upper and lower case."""


def detect_host_settings(environ: Mapping[str, str], home: Path, root: Path = Path("/")) -> HostSettings:
    """`home` and `root` are where the user's and the system's settings are looked for.

    What is on this host alone is left out, a container cannot use it: paths, and services on localhost. So
    are public defaults.
    """
    return HostSettings(
        ca_bundle=own_bundle(environ, home, root),
        proxies=proxies(environ),
        files=index_files(environ, home, root),
    )


def proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """The proxy variables that are set and lead somewhere from inside a container."""
    found: dict[str, str] = {}
    for name in (*PROXIES, *(name.lower() for name in PROXIES)):
        value = environ.get(name, "")
        if value and (name.upper() == "NO_PROXY" or not is_local(value)):
            found[name] = value
    return {} if all(name.upper() == "NO_PROXY" for name in found) else found
