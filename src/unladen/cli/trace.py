"""unladen trace: what an image touches while it starts and answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unladen.api.trace import trace as traced
from unladen.cli.console import emit, err, out
from unladen.cli.options import Crawl, Engine, EngineName, Quiet, output_file
from unladen.cli.watch import watching
from unladen.report import trace as report


def trace(
    image: Annotated[str, typer.Argument(help="An image of the engine, by name or id.", show_default=False)],
    output: Annotated[Path, output_file("--output", "-o", what="the trace as JSON")],
    command: Annotated[
        list[str] | None,
        typer.Option(metavar="ARGUMENTS", help="Run the image's program with these; may be repeated."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Where the program answers.", show_default="the image's EXPOSE")
    ] = None,
    health: Annotated[str | None, typer.Option(help="The path that says it is ready.")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An unladen.toml with the requests and commands.")
    ] = None,
    crawl: Crawl = True,
    engine: Engine = EngineName.auto,
    quiet: Quiet = False,
) -> None:
    """Run an image under the sensor, and write down each path that its programs touch, by whom, with which result.

    It is asked what the OpenAPI document that it serves describes, what a crawl finds, the configured requests, and the
    given commands.
    """
    with watching(err, quiet=quiet) as watch:
        result, corpus = traced(
            image,
            commands=command or (),
            port=port,
            health=health,
            config=config,
            crawl=crawl,
            engine=engine.value,
            watch=watch,
        )
    emit(report.render(result, image), output)
    if output != Path("-"):
        out.print(report.summary(result, len(corpus.cases)))
