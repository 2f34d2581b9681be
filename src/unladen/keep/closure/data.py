"""Data that libraries look up by name, a file at a time: one that was read stands for all the others."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unladen.keep.scene import Scene

TREES = (
    re.compile(r"(.*/(?:share|pytz|tzdata)/zoneinfo)/.+"),
    re.compile(r"(/usr/lib/locale/[^/]+)/.+"),
    re.compile(r"(/etc/ssl/certs)/[0-9a-f]{8}\.\d+"),  # OpenSSL's names: the hash of whom it asks for
    re.compile(r"(.*/nltk_data/[^/]+/[^/]+)/.+"),
    re.compile(r"(.*/babel/locale-data)/.+"),
)
"""Directories that are kept whole as soon as one of their files was read."""

BESIDE = {"certifi": ("cacert.pem",), "pytz": ("zoneinfo/",), "tzdata": ("zoneinfo/", "zones")}
"""Python package → what it is there to hand out, however late it is asked for."""

_JAVA = re.compile(r"(.*)/lib/modules")
OF_JAVA = ("lib/tzdb.dat", "lib/security/", "conf/")
"""Below Java's home, whose class library is one file: what that opens by name, time zones, certificates, settings."""

_PACKAGE = re.compile(r"(.*/(?:site|dist)-packages/([^/]+))/.+")


def data_needs(path: str, scene: Scene, used: bool) -> Iterable[str]:
    if not used:
        return
    for tree in TREES:
        if match := tree.fullmatch(path):
            yield match[1] + "/"
    if match := _JAVA.fullmatch(path):
        yield from (f"{match[1]}/{name}" for name in OF_JAVA)
    match = _PACKAGE.fullmatch(path)
    if match and match[2] in BESIDE:
        yield from (f"{match[1]}/{name}" for name in BESIDE[match[2]])
