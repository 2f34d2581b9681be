"""A climb as the command line asks for it: made, written where that is wished, and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rich.text import Text

from unladen.api.optimize import build_command, would_write, write_recommended
from unladen.api.optimize import optimize as climbed
from unladen.bases.sources import BaseChoice
from unladen.cli.console import changes_in, err, out, show_changes
from unladen.cli.watch import watching
from unladen.climb.interface import ALSO, Climb, Goal
from unladen.climb.parts import Part
from unladen.engine.find import EngineChoice
from unladen.errors import NotProved
from unladen.measure.interface import Timing
from unladen.report import table
from unladen.report.diff import Change
from unladen.write import Written, names_in, place_of, repository_of


@dataclass(frozen=True)
class Asked:
    """What the options say; `plans` that what would be written is wished for, too."""

    goal: Goal
    rungs: tuple[str, ...] | None
    engine: EngineChoice
    bases: BaseChoice
    keep_images: bool
    fresh: bool
    time: Timing
    config: Path | None
    crawl: bool
    own_bases: Mapping[str, str]
    writes: bool
    plans: bool
    quiet: bool


@dataclass(frozen=True)
class Climbed:
    """`rung` is the one that is written ("": the recommended), `changes` what that means, by paths from the repository;
    `refused` says why nothing could be."""

    climb: Climb
    rung: str = ""
    written: tuple[Written, ...] = ()
    changes: tuple[Change, ...] = ()
    refused: NotProved | None = None

    @property
    def dockerfile(self) -> Path:
        return place_of(self.climb.project).dockerfile.resolve()


def climb(asked: Asked, part: Part) -> Climbed:
    """Raises what `unladen.optimize` raises."""
    with watching(err, quiet=asked.quiet) as watch:
        return Climbed(
            climbed(
                part.folder,
                goal=asked.goal,
                rungs=asked.rungs,
                engine=asked.engine,
                bases=asked.bases,
                keep_images=asked.keep_images,
                fresh=asked.fresh,
                time=asked.time,
                config=asked.config,
                crawl=asked.crawl,
                dockerfile=part.dockerfile,
                own_bases=asked.own_bases,
                composed=part.composed,
                kept_as=part.kept_as,
                watch=watch,
            )
        )


def write(asked: Asked, folder: Path, made: Climbed, *, apart: bool = False) -> Climbed:
    """Writes what `asked` says, and nothing of a rung that is not proved. `apart`: see `write_recommended`."""
    if not (asked.writes or asked.plans):
        return made
    try:
        rung = to_write(made.climb, asked.rungs or ())
        planned = would_write(folder, made.climb, rung, apart=apart)
        written = write_recommended(folder, made.climb, rung, apart=apart) if asked.writes else ()
    except NotProved as error:
        return replace(made, refused=error)
    return Climbed(
        replace(made.climb, written=names_in(folder, written)),
        rung,
        written,
        changes_in(repository_of(folder), planned),
    )


def show(folder: Path, made: Climbed) -> None:
    """The report, what was written, and how that is built."""
    out.print(table.render(made.climb))
    show_changes(folder, made.written)
    if made.written:
        command = build_command(folder, made.climb, made.rung)
        out.print(Text.assemble("\n Build it: ", (command, "bold")), soft_wrap=True)


def to_write(climb: Climb, named: tuple[str, ...]) -> str:
    """Which rung of those that --rungs names is written: the only one, or the recommended; "" where it names none.
    Raises NotProved."""
    there = {each.rung.name for each in climb.rungs}
    named = tuple(each if each in there else ALSO.get(each, each) for each in named)
    if len(named) > 1 and climb.recommended not in named:
        raise NotProved(
            f"cannot write one of {', '.join(named)}: none of them is recommended",
            hint="Name the one that is to be written: --rungs NAME --write.",
        )
    return named[0] if len(named) == 1 else ""
