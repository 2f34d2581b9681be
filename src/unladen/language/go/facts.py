"""What only Go knows of a project: facts by name, lists one item per line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from unladen.language.interface import Fact, Project

MAIN = "main package"
"""What `go build` is told: ".", "./cmd/api"."""
BINARY = "binary"
"""Where the baseline image has the program."""
WORKDIR = "working directory"
TREE = "project in the image"
"""Where the baseline image has the whole project; absent where it has chosen files only."""
SOURCE = "build folder"
BUILDER = "builder image"
LINKING = "linking"
"""How the rungs link: STATIC_GO (no C), STATIC_C or DYNAMIC_C."""
C_PARTS = "C parts"
TAGS = "build tags"
ALPINE_TAGS = "build tags on Alpine"
DEBIAN, DEBIAN_RUN = "Debian packages", "Debian packages at run time"
APK, APK_RUN = "Alpine packages", "Alpine packages at run time"
STAMP = "version variable"
VERSION = "version stamp"
READS = "files read at run time"
LEFT_OUT = "files left out"
WRITES = "files written at run time"
UNCLEAR = "opened at run time, path unknown"
SOURCE_PATHS = "source paths"
PORT_VARIABLE = "port variable"
LOCAL_ONLY = "listens on loopback only"
OTHER_MAINS = "other programs"

STATIC_GO = "static, without C"
STATIC_C = "static, with C"
DYNAMIC_C = "dynamic, with C"


@dataclass(frozen=True)
class Details:
    facts: Mapping[str, Fact[str]]

    def beliefs(self) -> Mapping[str, Fact[str]]:
        return self.facts


def listed(values: Iterable[str], source: str) -> Fact[str]:
    return Fact("\n".join(values), source)


def values(project: Project[Details], name: str) -> tuple[str, ...]:
    """A list's values; none where the fact is absent."""
    return tuple(value(project, name).split("\n")) if value(project, name) else ()


def value(project: Project[Details], name: str, default: str = "") -> str:
    fact = project.details.facts.get(name)
    return fact.value if fact else default
