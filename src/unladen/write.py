"""Leaves the project a Dockerfile and a .dockerignore: atomically, and nothing of the user's is lost."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unladen import output
from unladen.dockerfile.stages import MARK
from unladen.engine.owned import state_folder
from unladen.errors import CannotWrite
from unladen.keep.keeplist import FILE_NAME
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


def write(path: Path, text: str, state: Path | None = None) -> Written:
    """Writes `text` to `path`. A former file of other text is kept beside it (.bak, .bak2…, never overwritten), unless
    it is as unladen left it. `state` is the folder that remembers what that was.

    Raises CannotWrite.
    """
    ledger = (state or state_folder()) / "written"
    try:
        before = path.read_text(encoding="utf-8", errors="surrogateescape") if path.exists() else None
    except OSError as error:
        raise CannotWrite(f"cannot read {path}: {error.strerror}") from error
    if before == text:
        return Written(path, text, before, None)
    backup = None
    if before is not None and not (is_ours(before) and _digest(before) in _known(ledger)):
        # Dockerfile.bak is what the user had before unladen
        backup = _free_backup(path, 2 if is_ours(before) else 1)
        output.write(backup, before)
    output.write(path, text)
    if is_ours(text):
        _remember(ledger, _digest(text))
    return Written(path, text, before, backup)


def writable(folder: Path) -> None:
    """Fails early, before minutes of building, where a project's files cannot be written. Raises CannotWrite."""
    for name in ("Dockerfile", ".dockerignore", FILE_NAME):
        try:
            output.check(folder / name)
        except CannotWrite as error:
            error.hint = "Run without --write (nothing of the project is touched then), or make it writable."
            raise


def _free_backup(path: Path, number: int) -> Path:
    while os.path.lexists(backup := path.with_name(f"{path.name}.bak{'' if number == 1 else number}")):
        number += 1
    return backup


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _known(ledger: Path) -> frozenset[str]:
    """The digests of what unladen wrote: a Dockerfile of its own that the user has edited is his."""
    with suppress(OSError):
        return frozenset(ledger.read_text(encoding="utf-8").split())
    return frozenset()


def _remember(ledger: Path, digest: str) -> None:
    """Where that cannot be written, the next run keeps a copy too many."""
    with suppress(OSError):
        ledger.parent.mkdir(parents=True, exist_ok=True)
        with ledger.open("a", encoding="utf-8") as file:
            file.write(digest + "\n")
