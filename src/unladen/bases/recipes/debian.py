"""debian: the stable release as it is, and without documentation and translations."""

from __future__ import annotations

import re

from unladen.bases.family import SUITES, Family
from unladen.bases.recipe import Bootstrapped, Recipe, Settings

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SETTINGS = Settings(env={"PATH": PATH}, cmd=("bash",))

RECIPES = (
    Recipe("debian:bookworm", Bootstrapped("bookworm"), _SETTINGS, aliases=("debian:12",)),
    Recipe(
        "debian:bookworm-slim", Bootstrapped("bookworm", slim=True), _SETTINGS, aliases=("debian:12-slim",)
    ),
    Recipe("debian:trixie", Bootstrapped("trixie"), _SETTINGS, aliases=("debian:13",)),
    Recipe("debian:trixie-slim", Bootstrapped("trixie", slim=True), _SETTINGS, aliases=("debian:13-slim",)),
)


def _slim(tag: str) -> str:
    known = rf"(?:{SUITES}|stable|oldstable|testing|sid)(?:-\d{{8}})?|\d+(?:\.\d+)?"
    return f"{tag}-slim" if re.fullmatch(known, tag) else {"latest": "stable-slim"}.get(tag, "")


FAMILIES = (Family("debian", _slim, ""),)
