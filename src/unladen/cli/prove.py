"""unladen prove: does another image behave as this one? For a migration, a colleague's or a tool's rewrite."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from unladen.api.prove import prove as proved
from unladen.cli.console import emit, err, out
from unladen.cli.options import (
    Bases,
    BasesFrom,
    BuildArgs,
    Config,
    Crawl,
    Engine,
    EngineName,
    File,
    Json,
    Keys,
    Quiet,
    Secrets,
    Target,
    choice,
    output_file,
)
from unladen.cli.watch import watching
from unladen.errors import BadConfig
from unladen.proving.interface import Required
from unladen.report import junit
from unladen.report import prove as report


class Level(StrEnum):
    """How much a proof has to say."""

    fair = "fair"
    strong = "strong"


def prove(
    baseline: Annotated[
        str,
        typer.Argument(
            metavar="IMAGE|PATH",
            help="The baseline: an image, or a project's folder, whose Dockerfile is built.",
            show_default=False,
        ),
    ],
    candidates: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CANDIDATE]…", help="Images to compare with it.", show_default=False),
    ] = None,
    candidate: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DOCKERFILE", help="Build this from the folder and compare it; may be repeated."
        ),
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="The repository of the images: its tests, routes, unladen.toml."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Where the program answers.", show_default="found")
    ] = None,
    health: Annotated[
        str | None,
        typer.Option(metavar="/PATH", help="The path that says it is ready.", show_default="found"),
    ] = None,
    env: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="For the program; may be repeated.")
    ] = None,
    intend: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT", help='Meant to change: "USER", "ENV PATH", "label X", "shell"; may be repeated.'
        ),
    ] = None,
    require: Annotated[
        Level | None, typer.Option(help="Exit with 3 where the proof is weaker.", show_default="any")
    ] = None,
    learn: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Ask this, too: a HAR file, a k6 script, or commands, one a line."),
    ] = None,
    json_file: Json = None,
    markdown_file: Annotated[Path | None, output_file("--markdown", what="it as Markdown")] = None,
    junit_file: Annotated[Path | None, output_file("--junit", what="it as JUnit XML")] = None,
    engine: Engine = EngineName.auto,
    bases: Bases = BasesFrom.auto,
    config: Config = None,
    crawl: Crawl = True,
    file: File = "",
    target: Target = "",
    build_arg: BuildArgs = None,
    secret: Secrets = None,
    ssh: Keys = None,
    quiet: Quiet = False,
) -> None:
    """Compare images with a baseline: what each has, what it can, and what it does.

    Exit 0: they behave the same. 1: one differs, or does not run. 2: bad input. 3: nothing differs, but the proof is
    weaker than --require asks, or proves nothing at all.
    """
    required: Required | None = None if require is None else require.value
    with watching(err, quiet=quiet) as watch:
        proof = proved(
            baseline,
            candidates or (),
            files=candidate or (),
            project=project,
            port=port,
            health=health,
            env=_variables(env or []),
            intend=intend or (),
            learn=learn,
            config=config,
            dockerfile=choice(file, target, build_arg, secret, ssh),
            engine=engine.value,
            bases=bases.value,
            crawl=crawl,
            watch=watch,
        )
    if Path("-") not in (json_file, markdown_file, junit_file):
        out.print(report.render(proof, required))
    if json_file is not None:
        emit(report.render_json(proof, required), json_file)
    if markdown_file is not None:
        emit(report.markdown(proof), markdown_file)
    if junit_file is not None:
        emit(junit.render(proof), junit_file)
    if code := proof.exit_code(required):
        raise typer.Exit(code)


def _variables(words: list[str]) -> dict[str, str]:
    """Raises BadConfig."""
    pairs = [word.partition("=") for word in words]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise BadConfig(f"cannot set {name or '--env'}: it has no value", hint="Write --env NAME=VALUE.")
    return {name: value for name, _, value in pairs}
