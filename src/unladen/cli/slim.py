"""unladen slim: keep what the program uses, write down what and why, prove that nothing broke."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from unladen import session
from unladen._mend import SlimOptions
from unladen._optimize import Options
from unladen._slim_project import ProjectSlimmed, slim_project
from unladen._write import header, writable, write
from unladen.cli.console import emit, err, out
from unladen.cli.names import Bases, EngineName, rung_names
from unladen.cli.watch import watching
from unladen.config import load
from unladen.errors import BadConfig
from unladen.keep.keeplist import FILE_NAME, KeepList
from unladen.keep.keeplist import render as keep_text
from unladen.keep.parse import parse
from unladen.outcome import Climbed
from unladen.report import diff
from unladen.report import slim as report


class Policy(StrEnum):
    """What stays of a package of which something is used."""

    package = "package"
    file = "file"


def slim(
    path: Annotated[Path, typer.Argument(help="The project's folder.", show_default=False)],
    policy: Annotated[
        Policy | None,
        typer.Option(
            help="A used package stays whole (safer), or only its used files.", show_default="package"
        ),
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="Keep this as well: a path, or pkg:NAME.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="Leave this out, if the proof allows it.")
    ] = None,
    write_files: Annotated[
        bool, typer.Option("--write", help=f"Write {FILE_NAME}, the Dockerfile and .dockerignore.")
    ] = False,
    removed: Annotated[bool, typer.Option("--removed", help="List what was removed, and why.")] = False,
    rounds: Annotated[int, typer.Option(min=0, help="The most rounds of repair.")] = SlimOptions.rounds,
    rungs: Annotated[
        str | None,
        typer.Option(metavar="A,B,…", help="Slim the leanest of these rungs.", show_default="the leanest"),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the report as JSON; - is stdout.")
    ] = None,
    engine: Annotated[EngineName, typer.Option(help="The container engine.")] = EngineName.auto,
    bases: Annotated[Bases, typer.Option(help="Where base images come from.")] = Bases.auto,
    fresh: Annotated[
        bool, typer.Option("--fresh", help=f"Trace again, also where there is an {FILE_NAME}.")
    ] = False,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Instead of unladen.toml.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Keep only what the program uses, as a list to review; prove it, and repair what is missing.

    Where the project has an unladen.keep, that list is proved and repaired; --fresh makes a new one.
    """
    settings = load(path, config)
    if write_files:
        writable(path)
    former = None if fresh else _former(path / FILE_NAME)
    if former is not None and (policy or include or exclude):
        raise BadConfig(
            f"cannot apply --policy, --include and --exclude to the {FILE_NAME} that is there",
            hint="Write the line into it, or make a new list with --fresh.",
        )
    options = Options(
        cache=session.cache_folder(),
        only=rung_names(rungs),
        bases=bases.value,
    )
    wanted = SlimOptions(
        policy=(policy or Policy.package).value,
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        former=former,
        rounds=rounds,
    )
    with session.engine(engine.value) as found, watching(err, quiet=quiet) as watch:
        done = slim_project(
            path,
            found,
            session.host_settings(),
            settings.overrides(),
            settings.plan(),
            options,
            wanted,
            watch,
        )
    if json_file != Path("-"):
        out.print(report.render(done, ledger=removed))
    if json_file is not None:
        emit(report.render_json(done), json_file)
    if not done.slimmed.holds:
        raise typer.Exit(1)
    if write_files:
        _write(path, done, quiet=json_file == Path("-"))


def _former(file: Path) -> KeepList | None:
    """The list that is there. Raises BadKeepList, BadConfig."""
    if not file.is_file():
        return None
    try:
        return parse(file.read_text(encoding="utf-8"), file.name)
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"cannot read {file.name}: {error}", hint="--fresh makes a new one.") from error


def _write(path: Path, done: ProjectSlimmed, *, quiet: bool) -> None:
    slimmed, baseline = done.slimmed, done.climb.baseline
    assert isinstance(baseline, Climbed) and slimmed.verdict is not None
    top = header(
        f"{slimmed.full.name}, slim",
        baseline.weight.size_bytes,
        slimmed.weight.size_bytes,
        slimmed.verdict.cases,
    )
    dockerfile = done.climb.project.dockerfile or path / "Dockerfile"
    written = (
        write(path / FILE_NAME, keep_text(slimmed.keep)),
        write(dockerfile, top + slimmed.dockerfile),
        write(path / ".dockerignore", slimmed.dockerignore),
    )
    for each in written:
        if each.backup is not None and not quiet:
            out.print(diff.render(each.path, each.backup))
