"""eclipse-temurin and openjdk: a program that is built needs the run time alone. maven and gradle only build."""

from __future__ import annotations

import re

from unladen.bases.family import SUITES, Family

_TOOLS = "toolchain"


def _temurin(tag: str) -> str:
    """`17-jdk-jammy` → `17-jre-jammy`: each JDK since 8 has one."""
    match = re.fullmatch(r"(\d+[\w.+]*?)(?:-jdk)?((?:-(?!jre|jdk)[a-z]+[\d.]*)*)", tag)
    return f"{match[1]}-jre{match[2]}" if match else ""


def _openjdk(tag: str) -> str:
    """Versions up to 11 have a run time of their own; later ones have only the JDK."""
    match = re.fullmatch(rf"((?:8|11)[\w.]*?)(?:-jdk)?(?:-slim)?(-{SUITES})?", tag)
    return f"{match[1]}-jre-slim{match[2] or ''}" if match else ""


FAMILIES = (
    Family("eclipse-temurin", _temurin, _TOOLS, runs_only=True),
    Family("openjdk", _openjdk, _TOOLS, runs_only=True),
    Family("maven"),
    Family("gradle"),
)
