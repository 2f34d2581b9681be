"""Which versions of Python a project says that it accepts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from unladen.language.ecosystem import Content
from unladen.language.python import dependencies


def asked(pyproject: Mapping[str, Any]) -> str:
    """What requires-python, or poetry's own line, says; "" for nothing."""
    poetry = pyproject.get("tool", {}).get("poetry", {}).get("dependencies", {}).get("python", "")
    return str(pyproject.get("project", {}).get("requires-python") or poetry)


def accepts(text: str, version: str) -> bool:
    """Whether a range admits a version such as "3.11", in one of its releases. Raises InvalidSpecifier."""
    allowed = SpecifierSet(_without_carets(text))
    return f"{version}.99" in allowed or f"{version}.0" in allowed


def content(repository: str, version: str, root: Path) -> Content | None:
    """Whether the project is content with an image of python, and what of it says so."""
    if repository != "python":
        return None
    text = asked(dependencies.toml(root, "pyproject.toml"))
    try:
        if text:
            return Content(accepts(text, version), f"pyproject.toml asks for Python {text}")
    except InvalidSpecifier:
        pass
    return Content(True, "no file of the project asks for a version of Python")


def _without_carets(text: str) -> str:
    """Poetry's ^3.10 and ~3.10 as PEP 440 writes them."""
    text = re.sub(r"\^(\d+)((?:\.\d+)*)", lambda m: f">={m[1]}{m[2]},<{int(m[1]) + 1}", text)
    return re.sub(r"~(\d+\.\d+)(?=[,\s]|$)", r"~=\1.0", text)
