"""Data that libraries look up by name, a file at a time: one that was read stands for all the others."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unladen.image.scene import Scene

TREES = (
    re.compile(r"(.*/share/zoneinfo)/.+"),
    re.compile(r"(/usr/lib/locale/[^/]+)/.+"),
    re.compile(r"(/etc/ssl/certs)/[0-9a-f]{8}\.\d+"),  # OpenSSL's names: the hash of the subject it asks for
)
"""Directories that are kept whole as soon as one of their files was read."""


def data_needs(path: str, scene: Scene, used: bool) -> Iterable[str]:
    if used:
        yield from (match[1] + "/" for tree in TREES if (match := tree.fullmatch(path)))
