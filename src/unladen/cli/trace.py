"""unladen trace: what an image touches while it starts and answers."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from unladen import session
from unladen.cli.console import emit, err, out
from unladen.cli.names import EngineName
from unladen.cli.watch import watching
from unladen.config import Config, load
from unladen.errors import BaseMissing
from unladen.progress import Event
from unladen.proof.corpus import combined
from unladen.proof.interface import CommandCase, Corpus, Program
from unladen.proof.sources.configured import corpus_from_config
from unladen.report import trace as report
from unladen.tracing.run import trace as traced
from unladen.trial.ground import find_corpus


def trace(
    image: Annotated[str, typer.Argument(help="An image of the engine, by name or id.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Write the trace as JSON; - is stdout.")
    ],
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
    engine: Annotated[EngineName, typer.Option(help="The container engine.")] = EngineName.auto,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Run an image under the sensor, and write down each path that its programs touch, by whom, with which result.

    Asked are the OpenAPI document that it serves, the configured requests, and the given commands.
    """
    settings = load(Path(), config) if config is not None else Config()
    commands = [
        CommandCase(f"command {number}", tuple(shlex.split(each)))
        for number, each in enumerate(command or (), 1)
    ]
    with session.engine(engine.value) as found, watching(err, quiet=quiet) as watch:
        if found.find(image) is None:
            raise BaseMissing(f"cannot trace {image}: the engine has no such image", hint="Pull or build it.")
        exposed = next(iter(found.inspect(image).ports), None)
        program = Program(
            port=None if commands and port is None else port or settings.project.port or exposed,
            health=health or settings.project.health,
            env=settings.project.env,
        )
        watch(Event(image, "finding requests"))
        if commands and program.port is None:
            corpus = corpus_from_config((), commands)
        else:
            corpus = find_corpus(found, image, program, settings.plan())
            corpus = combined(corpus, Corpus(tuple(commands)))
        watch(Event(image, "tracing", detail=f"{len(corpus.cases)} cases"))
        result = traced(found, image, program, corpus)
    emit(report.render(result, image), output)
    if output != Path("-"):
        out.print(report.summary(result, len(corpus.cases)))
