"""Families of base images: which tag of an image has a lighter one with the same programs in it.

Tags as in the library's own lists: https://github.com/docker-library/official-images/tree/master/library.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

SUITES = r"(?:stretch|buster|bullseye|bookworm|trixie)"
"""Debian's releases that images are tagged with."""
VERSION = r"\d+(?:\.\d+)*(?:-?(?:rc|a|b|alpha|beta)\.?\d*)?"


@dataclass(frozen=True)
class Family:
    """The images of one name on Docker Hub. `lighter` gives the lighter tag of a tag, "" where there is none;
    `without` is what that lacks, in the words of the reports. `runs_only`: the lighter one cannot build."""

    name: str
    lighter: Callable[[str], str] = lambda tag: ""
    without: str = ""
    runs_only: bool = False


def slim(tag: str, versions: str = "", *, suite_first: bool = False) -> str:
    """The tag with -slim: `3.11-bookworm` → `3.11-slim-bookworm`, with `suite_first` `20-bookworm-slim`. `versions` is
    an expression for names that stand for versions ("lts"). "" for a tag of another kind."""
    known = rf"latest|{VERSION}{'|' if versions else ''}{versions}"
    match = re.fullmatch(rf"(?P<version>{known})?-?(?P<suite>(?<![^-]){SUITES})?", tag)
    if match is None or not tag:
        return ""
    version = match["version"] if match["version"] != "latest" else None
    order = (version, match["suite"], "slim") if suite_first else (version, "slim", match["suite"])
    return "-".join(part for part in order if part)
