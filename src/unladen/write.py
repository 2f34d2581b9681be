"""Leaves the project a Dockerfile and a .dockerignore: atomically, and nothing of the user's is lost."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from unladen.dockerfile.stages import MARK
from unladen.errors import CannotWrite
from unladen.language.interface import Proposal


@dataclass(frozen=True)
class Written:
    """A file that was written. `before` is its former text (kept as `backup`), or None where there was none."""

    path: Path
    text: str
    before: str | None
    backup: Path | None


def header(rung: str, baseline_bytes: int, size_bytes: int, cases: int) -> str:
    """The comment on top of a written Dockerfile: what it is and what was measured."""
    return (
        f"{MARK} (rung {rung}): {size_bytes / 1e6:.1f} MB instead of {baseline_bytes / 1e6:.1f} MB,\n"
        f"# proved by {cases} cases with the same answers. It is yours now: edit it as you like.\n"
    )


def is_ours(dockerfile: str) -> bool:
    """Whether unladen wrote this text."""
    return dockerfile.startswith(MARK)


def write_rung(
    folder: Path, rung: Proposal, top: str, ignore: str, dockerfile: str = "Dockerfile"
) -> tuple[Written, ...]:
    """A rung's Dockerfile under the header `top`, the files that it needs, and the .dockerignore that it was built
    with: its own, or else `ignore`. Raises CannotWrite."""
    return (
        *(write(folder / name, text) for name, text in rung.files.items()),
        write(folder / dockerfile, top + rung.dockerfile),
        write(folder / ".dockerignore", rung.dockerignore or ignore),
    )


def write(path: Path, text: str) -> Written:
    """Writes `text` to `path`; a former file of other text is kept beside it as .bak (.bak2…, never overwritten).

    Raises CannotWrite.
    """
    try:
        before = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else None
        if before == text:
            return Written(path, text, before, None)
        backup = None
        if before is not None and not is_ours(before):
            backup = _free_backup(path)
            _replace(backup, before)
        _replace(path, text)
    except OSError as error:
        raise CannotWrite(
            f"cannot write {path.name}: {error.strerror}",
            hint="Run without --write and take the Dockerfile from --json, or make the folder writable.",
        ) from error
    return Written(path, text, before, backup)


def writable(folder: Path) -> None:
    """Fails early, before minutes of building, where `folder` cannot be written. Raises CannotWrite."""
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".unladen-"):
            pass
    except OSError as error:
        raise CannotWrite(
            f"cannot write into {folder}: {error.strerror}",
            hint="Run without --write (nothing of the project is touched then), or make the folder writable.",
        ) from error


def _free_backup(path: Path) -> Path:
    number = 1
    while (backup := path.with_name(f"{path.name}.bak{'' if number == 1 else number}")).exists():
        number += 1
    return backup


def _replace(path: Path, text: str) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".unladen-")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
            os.fchmod(file.fileno(), mode)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
