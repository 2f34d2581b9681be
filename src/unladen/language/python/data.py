"""What Python packages hand out by name, a file at a time: one that was read stands for all the others."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unladen.image.scene import Scene

_TREES = tuple(
    re.compile(tree)
    for tree in (
        r"(.*/(?:pytz|tzdata)/zoneinfo)/.+",
        r"(.*/nltk_data/[^/]+/[^/]+)/.+",
        r"(.*/babel/locale-data)/.+",
    )
)
_BESIDE = {"certifi": ("cacert.pem",), "pytz": ("zoneinfo/",), "tzdata": ("zoneinfo/", "zones")}
"""Package → what it is there to hand out, however late it is asked for."""
_PACKAGE = re.compile(r"(.*/(?:site|dist)-packages/([^/]+))/.+")


def data_needs(path: str, scene: Scene, used: bool) -> Iterable[str]:
    if not used:
        return
    yield from (match[1] + "/" for tree in _TREES if (match := tree.fullmatch(path)))
    match = _PACKAGE.fullmatch(path)
    if match and match[2] in _BESIDE:
        yield from (f"{match[1]}/{name}" for name in _BESIDE[match[2]])
