"""Several projects of one place, one after another: each with its report, and a table at the end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import typer
from rich.text import Text

from unladen.api.optimize import detect
from unladen.cli import climbing
from unladen.cli.climbing import Asked, Climbed
from unladen.cli.console import emit, err, out, show_error
from unladen.climb.parts import Done, Part, Parts
from unladen.errors import BadProject, CannotWrite, DiskFull, EngineMissing, Interrupted, UnladenError
from unladen.report import several as report
from unladen.report.diff import Change, patch
from unladen.write import place_of, writable


def optimize_all(
    parts: Parts, asked: Asked, json_file: Path | None, markdown_file: Path | None, patch_file: Path | None
) -> None:
    """Exits 1 where one failed. Raises what concerns all: EngineMissing, DiskFull, CannotWrite, Interrupted."""
    shown = Path("-") not in (json_file, markdown_file, patch_file)
    if asked.writes:
        _check_writable(parts, asked)
    done: list[Done] = []
    changes: dict[str, Change] = {}
    writers: dict[Path, str] = {}
    folders = Counter(part.folder.resolve() for part in parts.each)
    for part in parts.each:
        if shown:
            out.print(Text(f"── {part.name} ({part.folder})", style="bold"), soft_wrap=True)
        made, error = _climbed(part, asked)
        note = ""
        if made is not None and (writer := writers.get(made.dockerfile)) is None:
            made = climbing.write(asked, part.folder, made, apart=folders[part.folder.resolve()] > 1)
            writers |= {made.dockerfile: part.name} if made.changes else {}
            changes |= {each.name: each for each in made.changes}
            error = made.refused
        elif made is not None and (asked.writes or asked.plans):
            note = f"Not written: {made.dockerfile.name} has the changes of {writer} already."
        done.append(Done(part, made.climb if made else None, error))
        if shown:
            _show(part, made, note)
        if error is not None:
            show_error(error)
    if shown:
        out.print(report.table(done, parts))
    if json_file is not None:
        emit(report.render_json(done, parts), json_file)
    if markdown_file is not None:
        emit(report.render_markdown(done, parts), markdown_file)
    if patch_file is not None and changes:
        emit(patch(changes.values()), patch_file)
    if failed := [each.part.name for each in done if each.failed]:
        err.print(f"failed: {', '.join(failed)}", style="bold red", markup=False)
        raise typer.Exit(1)


def _climbed(part: Part, asked: Asked) -> tuple[Climbed | None, UnladenError | None]:
    """What goes wrong with one part is how that part ended."""
    try:
        if part.refused:
            raise BadProject(f"cannot optimize {part.name}: {part.refused}")
        return climbing.climb(asked, part), None
    except (EngineMissing, DiskFull, Interrupted, CannotWrite):
        raise
    except UnladenError as error:
        return None, error


def _show(part: Part, made: Climbed | None, note: str) -> None:
    if made is not None:
        climbing.show(part.folder, made)
    if note:
        out.print(f"\n {note}", markup=False)
    out.print()


def _check_writable(parts: Parts, asked: Asked) -> None:
    """Before minutes of building. Raises CannotWrite."""
    for part in parts.each:
        try:
            writable(place_of(detect(part.folder, asked.config, part.dockerfile)))
        except CannotWrite:
            raise
        except UnladenError:
            continue  # it is told when it is this part's turn
