"""What of this host a build needs: its CA bundle, proxies, package indexes. Read once, at the edge."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from unladen.engine.host_ca import own_bundle
from unladen.engine.hostsettings import CA_VARIABLES, HostFile, HostSettings, Tools, read_text
from unladen.engine.local_url import is_local

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY")
"""Predefined build arguments (Dockerfile reference, ARG), each in upper and lower case."""

APT_PROXY = re.compile(r'^\s*(Acquire::https?::Proxy(?:::[\w.-]+)?)\s+"([^"]+)"\s*;', re.MULTILINE | re.I)


def detect_host_settings(
    environ: Mapping[str, str], home: Path, root: Path = Path("/"), tools: Iterable[Tools] = ()
) -> HostSettings:
    """`home` and `root` are where the user's and the system's settings are looked for, `tools` what reads them
    beside the system's own.

    What is on this host alone is left out, a container cannot use it: paths, and services on localhost. So
    are public defaults.
    """
    known = tuple(tools)
    variables = (*CA_VARIABLES, *(name for each in known for name in each.ca_variables))
    files = {"apt.conf": _apt(root)}
    for each in known:
        files |= each.files(environ, home, root)
    return HostSettings(
        ca_bundle=own_bundle(environ, home, root, variables),
        proxies=proxies(environ),
        files={name: file for name, file in files.items() if file.text},
        ca_variables=variables,
    )


def _apt(root: Path) -> HostFile:
    """apt.conf(5)"""
    files = (root / "etc/apt/apt.conf", *sorted((root / "etc/apt/apt.conf.d").glob("*")))
    found = {name: url for file in files for name, url in APT_PROXY.findall(read_text(file))}
    kept = {name: url for name, url in found.items() if url == "DIRECT" or not is_local(url)}
    return HostFile("".join(f'{name} "{url}";\n' for name, url in kept.items()), "APT_CONFIG")


def proxies(environ: Mapping[str, str]) -> dict[str, str]:
    """The proxy variables that are set and lead somewhere from inside a container."""
    found: dict[str, str] = {}
    for name in (*PROXIES, *(name.lower() for name in PROXIES)):
        value = environ.get(name, "")
        if value and (name.upper() == "NO_PROXY" or not is_local(value)):
            found[name] = value
    return {} if all(name.upper() == "NO_PROXY" for name in found) else found
