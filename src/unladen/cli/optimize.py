"""unladen optimize: climb the ladder, prove every rung, recommend one, write its Dockerfile."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from unladen.api.optimize import build_command, write_recommended
from unladen.api.optimize import optimize as climbed
from unladen.cli.console import emit, err, out, picture, show_changes
from unladen.cli.options import (
    Bases,
    BasesFrom,
    BuildArgs,
    Config,
    Engine,
    EngineName,
    File,
    Folder,
    Goal,
    Json,
    Quiet,
    Target,
    choice,
    output_file,
    rung_names,
)
from unladen.cli.watch import watching
from unladen.report import json, markdown, table
from unladen.write import writable


def optimize(
    path: Folder,
    write_files: Annotated[
        bool, typer.Option("--write", help="Write the recommended Dockerfile and .dockerignore.")
    ] = False,
    json_file: Json = None,
    markdown_file: Annotated[
        Path | None,
        output_file("--markdown", what="the table as Markdown"),
    ] = None,
    svg_file: Annotated[Path | None, output_file("--svg", what="the report as a picture")] = None,
    rungs: Annotated[
        str | None, typer.Option(metavar="A,B,…", help="Climb only these rungs.", show_default="all")
    ] = None,
    goal: Annotated[Goal, typer.Option(help="What matters most.")] = Goal.balanced,
    engine: Engine = EngineName.auto,
    bases: Bases = BasesFrom.auto,
    keep_images: Annotated[bool, typer.Option("--keep-images", help="Leave the built images there.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what is remembered.")] = False,
    config: Config = None,
    file: File = "",
    target: Target = "",
    build_arg: BuildArgs = None,
    quiet: Quiet = False,
) -> None:
    """Climb the ladder of known optimizations on a project, and prove that each rung behaves the same."""
    if write_files:
        writable(path)
    with watching(err, quiet=quiet) as watch:
        climb = climbed(
            path,
            goal=goal.value,
            rungs=rung_names(rungs),
            engine=engine.value,
            bases=bases.value,
            keep_images=keep_images,
            fresh=fresh,
            config=config,
            dockerfile=choice(file, target, build_arg),
            watch=watch,
        )
    written = write_recommended(path, climb) if write_files else ()
    climb = dataclasses.replace(climb, written=tuple(each.path.name for each in written))
    if Path("-") not in (json_file, markdown_file, svg_file):
        out.print(table.render(climb))
        show_changes(written)
        if written:
            command = build_command(path, climb.engine)
            out.print(Text.assemble("\n Build it: ", (command, "bold")), soft_wrap=True)
    if json_file is not None:
        emit(json.render(climb), json_file)
    if markdown_file is not None:
        emit(markdown.render(climb), markdown_file)
    if svg_file is not None:
        emit(picture(table.render(climb), f"unladen optimize {path}"), svg_file)
    if climb.all_failed:
        err.print("every rung that was tried failed: nothing can be recommended", style="bold red")
        raise typer.Exit(1)
