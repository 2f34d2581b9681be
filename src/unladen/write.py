"""Leaves the project a Dockerfile and a .dockerignore: atomically, and nothing of the user's is lost."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unladen import output
from unladen.dockerfile.choose import standing
from unladen.dockerfile.edit import Reason, reasons
from unladen.dockerfile.parse import read_text
from unladen.dockerfile.stages import MARK, is_ours, top_of
from unladen.engine.owned import state_folder
from unladen.errors import CannotWrite
from unladen.keep.keeplist import FILE_NAME
from unladen.language.interface import Details, Project, Proposal
from unladen.proof.interface import Verdict
from unladen.proof.level import level


@dataclass(frozen=True)
class Place:
    """Where a project's files are: its folder, and what builds of it read."""

    folder: Path
    dockerfile: Path
    ignore_file: Path

    def moved(self, folder: Path) -> Place:
        """The same of a copy of the project in another folder."""
        here = (os.path.relpath(path, self.folder) for path in (self.dockerfile, self.ignore_file))
        return Place(folder, *(folder / path for path in here))


def place_in(folder: Path) -> Place:
    """Of a folder that has neither."""
    return Place(folder, folder / "Dockerfile", folder / ".dockerignore")


def place_of(project: Project[Details]) -> Place:
    users = project.users.path if project.users else None
    return Place(project.root, standing(project.root, users), project.ignore_file)


@dataclass(frozen=True)
class Planned:
    """A file to write, and why lines of its text are as they are, as far as that is known."""

    path: Path
    text: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Written:
    """A file that was written. `before` is its former text (kept as `backup`, unless unladen wrote it), or None where
    there was none."""

    path: Path
    text: str
    before: str | None
    backup: Path | None
    reasons: tuple[Reason, ...] = ()

    @property
    def changed(self) -> bool:
        return self.before != self.text


def header(rung: str, baseline_bytes: int, size_bytes: int, verdict: Verdict) -> str:
    """The comment on top of a written Dockerfile: what it is, what was measured, and how much the proof says."""
    cases = verdict.same + verdict.volatile
    return (
        f"{MARK} (rung {rung}): {size_bytes / 1e6:.1f} MB instead of {baseline_bytes / 1e6:.1f} MB,\n"
        f"# proved ({level(verdict)}) by {cases} cases with the same answers. It is yours now: edit it as you like.\n"
    )


def headed(top: str, dockerfile: str) -> str:
    """The text under a header; directives of the parser stay the first lines."""
    at = top_of(dockerfile)
    newline = "\r\n" if dockerfile.partition("\n")[0].endswith("\r") else "\n"
    return dockerfile[:at] + top.replace("\n", newline) + dockerfile[at:]


def planned(place: Place, rung: Proposal, top: str, ignore: str, users: str = "") -> tuple[Planned, ...]:
    """What a rung needs in the project: its files, its Dockerfile under the header `top`, and the ignore file that it
    was built with: its own, or else `ignore`. `users` is the text of the Dockerfile that its edits are made in."""
    lines = top.count("\n")
    above = rung.dockerfile.count("\n", 0, top_of(rung.dockerfile))
    why = (each.below(lines if each.first >= above else 0) for each in reasons(users, rung.changes))
    return (
        *(Planned(place.folder / name, text) for name, text in rung.files.items()),
        Planned(place.dockerfile, headed(top, rung.dockerfile), tuple(why)),
        Planned(place.ignore_file, rung.dockerignore or ignore),
    )


def names_in(folder: Path, written: Iterable[Written]) -> tuple[str, ...]:
    """What was written, from a folder; all of it where nothing is new."""
    found = tuple(written)
    changed = [each for each in found if each.changed] or found
    return tuple(os.path.relpath(each.path, folder) for each in changed)


def repository_of(folder: Path) -> Path:
    """The root of the git repository that a folder is in: `git apply` takes paths from there, wherever it is run. The
    folder itself where there is none."""
    absolute = folder.resolve()
    return next((each for each in (absolute, *absolute.parents) if (each / ".git").exists()), absolute)


def as_it_would_be(plan: Planned) -> Written:
    """What writing it would change; nothing is written. Raises CannotWrite."""
    return Written(plan.path, plan.text, _text_of(plan.path), None, plan.reasons)


def write(plan: Planned, state: Path | None = None) -> Written:
    """Writes a file. A former one of other text is kept beside it (.bak, .bak2…, never overwritten), unless it is as
    unladen left it. `state` is the folder that remembers what that was.

    Raises CannotWrite.
    """
    ledger = (state or state_folder()) / "written"
    path, text, before = plan.path, plan.text, _text_of(plan.path)
    if before == text:
        return as_it_would_be(plan)
    backup = None
    if before is not None and not (is_ours(before) and _digest(before) in _known(ledger)):
        # Dockerfile.bak is what the user had before unladen
        backup = _free_backup(path, 2 if is_ours(before) else 1)
        output.write(backup, before)
    output.write(path, text)
    if is_ours(text):
        _remember(ledger, _digest(text))
    return Written(path, text, before, backup, plan.reasons)


def _text_of(path: Path) -> str | None:
    """To the byte: line ends are the user's. Raises CannotWrite."""
    try:
        return read_text(path) if path.exists() else None
    except OSError as error:
        raise CannotWrite(f"cannot read {path}: {error.strerror}") from error


def writable(place: Place) -> None:
    """Fails early, before minutes of building, where a project's files cannot be written. Raises CannotWrite."""
    for path in (place.dockerfile, place.ignore_file, place.folder / FILE_NAME):
        try:
            output.check(path)
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
