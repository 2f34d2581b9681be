"""unladen optimize: climb the ladder, prove every rung, recommend one, write its Dockerfile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unladen.api.optimize import detect, parts
from unladen.cli.climbing import Asked, climb, show, write
from unladen.cli.console import emit, err, picture
from unladen.cli.options import (
    Base,
    Bases,
    BasesFrom,
    BuildArgs,
    Config,
    Crawl,
    Engine,
    EngineName,
    File,
    Goal,
    Json,
    Keys,
    Quiet,
    Secrets,
    Target,
    Time,
    choice,
    output_file,
    rung_names,
)
from unladen.cli.several import optimize_all
from unladen.climb.parts import Part, listed
from unladen.dockerfile.choose import Choice, given_bases
from unladen.errors import BadConfig, BadDockerfile, BadProject
from unladen.report import json, markdown, table
from unladen.report.diff import patch
from unladen.write import place_of, writable


def optimize(
    path: Annotated[
        Path,
        typer.Argument(metavar="PATH", help="The project's folder, or a compose file.", show_default=False),
    ],
    every: Annotated[
        bool, typer.Option("--all", help="Every project in the folder, not the folder.")
    ] = False,
    service: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Of a compose file: this service alone; may be repeated."),
    ] = None,
    write_files: Annotated[
        bool,
        typer.Option("--write", help="Write the recommended Dockerfile, or that of the one rung of --rungs."),
    ] = False,
    patch_file: Annotated[
        Path | None, output_file("--patch", what="what --write would change, for `git apply`")
    ] = None,
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
    time: Annotated[
        Time,
        typer.Option(
            help="Builds that are timed: the recommended rung's without cache, all (also rebuilds), none (nor starts)."
        ),
    ] = Time.recommended,
    config: Config = None,
    crawl: Crawl = True,
    file: File = "",
    target: Target = "",
    build_arg: BuildArgs = None,
    secret: Secrets = None,
    ssh: Keys = None,
    base: Base = None,
    quiet: Quiet = False,
) -> None:
    """Climb the ladder of known optimizations on a project, and prove that each rung behaves the same.

    Of a compose file, on every service that it builds; with --all, on every project in a folder.
    """
    asked = Asked(
        goal=goal.value,
        rungs=rung_names(rungs),
        engine=engine.value,
        bases=bases.value,
        keep_images=keep_images,
        fresh=fresh,
        time=time.value,
        config=config,
        crawl=crawl,
        own_bases=given_bases(base or []),
        writes=write_files,
        plans=patch_file is not None,
        quiet=quiet,
    )
    if service and not path.is_file():
        raise BadConfig(
            "cannot use --service: it names services of a compose file", hint="Name the compose file as PATH."
        )
    chosen = choice(file, target, build_arg, secret, ssh)
    if (path.suffix in (".yaml", ".yml") and path.is_file()) or every:
        if chosen != Choice() or svg_file is not None:
            raise BadConfig(
                "cannot use --file, --target, --build-arg, --secret, --ssh and --svg for several projects",
                hint="Name one project's folder.",
            )
        optimize_all(parts(path, service or ()), asked, json_file, markdown_file, patch_file)
        return
    part = Part(path.name, path, "", chosen)
    try:
        if write_files:
            writable(place_of(detect(path, config, chosen)))
        made = climb(asked, part)
    except (BadProject, BadDockerfile) as error:
        raise listed(path, error) from error
    made = write(asked, path, made)
    if patch_file is not None and made.changes:
        emit(patch(made.changes), patch_file)
    if Path("-") not in (json_file, markdown_file, svg_file, patch_file):
        show(path, made)
    if json_file is not None:
        emit(json.render(made.climb), json_file)
    if markdown_file is not None:
        emit(markdown.render(made.climb), markdown_file)
    if svg_file is not None:
        emit(picture(table.render(made.climb), f"unladen optimize {path}"), svg_file)
    if made.refused is not None:
        raise made.refused
    if made.climb.all_failed:
        err.print("every rung that was tried failed: nothing can be recommended", style="bold red")
        raise typer.Exit(1)
