"""Which versions of Go a project says that it accepts."""

from __future__ import annotations

from pathlib import Path

from unladen.language.ecosystem import Content
from unladen.language.go.modfile import read_mod


def content(repository: str, version: str, root: Path) -> Content | None:
    """Whether the project is content with an image of golang, and what of it says so: a toolchain builds what an
    older one does, and where it is too old, refuses (GOTOOLCHAIN=local)."""
    path = root / "go.mod"
    if repository != "golang" or not path.is_file():
        return None
    go = read_mod(path).go
    said = f"go.mod asks for go {go}" if go else "go.mod asks for no version"
    return Content(_numbers(version) >= _numbers(go)[:2], said)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
