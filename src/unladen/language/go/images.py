"""Names of golang images: which variants belong to one reference, and which satisfies a go.mod."""

from __future__ import annotations

import re
from dataclasses import dataclass

OLDEST = (1, 24)
"""The oldest Go that a rung is built with where nobody says otherwise: a newer toolchain keeps the language
version and the GODEBUG defaults of an older go line, and gets fixes. `unladen bases` has this one."""

DEBIAN_RUNTIME = "debian:bookworm-slim"
ALPINE_RUNTIME = "alpine:3.23"
STATIC_RUNTIME = "gcr.io/distroless/static-debian12"
GLIBC_RUNTIME = "gcr.io/distroless/base-debian12"
RUNTIME_SUITE = "bookworm"
"""The Debian release of the images above: a program that is linked to a newer glibc does not start in them."""

_REFERENCE = re.compile(
    r"^(?P<repository>(?:[^:@]*/)?golang)(?::(?P<version>\d+(?:\.\d+){0,2}(?:rc\d+)?)?-?(?P<variant>[a-z][\w.-]*)?)?"
    r"(?:@sha256:\w+)?$"
)


@dataclass(frozen=True)
class GoImage:
    """A reference taken apart: `variant` is "", "bookworm", "alpine", "alpine3.22"…"""

    repository: str
    version: str
    variant: str

    @property
    def debian(self) -> str:
        suite = "" if self.variant.startswith("alpine") else self.variant
        return self._named(suite)

    @property
    def alpine(self) -> str:
        return self._named(self.variant if self.variant.startswith("alpine") else "alpine")

    @property
    def runtime_suite(self) -> str:
        """The variant on the same Debian release as the runtime images."""
        return self._named(RUNTIME_SUITE)

    def _named(self, variant: str) -> str:
        return f"{self.repository}:{self.version}" + (f"-{variant}" if variant else "")


def go_image(reference: str) -> GoImage | None:
    """None where the reference is no golang image, or names no version ("golang:latest", "golang:alpine")."""
    match = _REFERENCE.match(reference)
    if not match or not match["version"]:
        return None
    return GoImage(match["repository"], match["version"], match["variant"] or "")


def wanted_version(go: str) -> str:
    """The version of an image that satisfies a go line: "1.25.3" → "1.25", "1.21" → "1.24"."""
    found = re.match(r"(\d+)\.(\d+)", go)
    line = (int(found[1]), int(found[2])) if found else OLDEST
    return "{}.{}".format(*max(line, OLDEST))
