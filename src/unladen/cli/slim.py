"""unladen slim: keep what the program uses, write down what and why, prove that nothing broke."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Annotated

import typer

from unladen.api.optimize import detect
from unladen.api.slim import project_folder, write_slimmed, writes_into
from unladen.api.slim import slim as slimmed
from unladen.cli.console import emit, err, out, show_changes
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
    Policy,
    Quiet,
    Secrets,
    Target,
    choice,
    rung_names,
)
from unladen.cli.watch import watching
from unladen.errors import BadConfig
from unladen.keep.keeplist import FILE_NAME
from unladen.report import slim as report
from unladen.slimming.interface import SlimOptions
from unladen.write import place_in, place_of, writable

NOT_WRITTEN = (
    f"not written: {report.THIN}. Name requests or commands under [verify] in unladen.toml, or write it all the "
    "same with --accept-thin."
)


@contextmanager
def made(folder: Path) -> Iterator[None]:
    """A folder that is there while the block runs; one that was not there before goes again if nothing is in it."""
    new = next((each for each in (*reversed(folder.parents), folder) if not each.exists()), None)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if new is not None:
            for each in (folder, *folder.parents):
                with suppress(OSError):  # something is in it
                    each.rmdir()
                if each == new:
                    break


def slim(
    subject: Annotated[
        str, typer.Argument(metavar="PATH|IMAGE", help="A project's folder, or an image.", show_default=False)
    ],
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
    learn: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep what these need, too: a HAR file, a k6 script, or commands, one a line.",
        ),
    ] = None,
    execs: Annotated[
        list[str] | None,
        typer.Option(
            "--exec",
            metavar="COMMAND",
            help="Keep what this does inside the container: a program of the image's.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help=f"Is {FILE_NAME} stale, and what would a fresh trace change? For CI."),
    ] = False,
    write_files: Annotated[
        bool, typer.Option("--write", help=f"Write {FILE_NAME}, the Dockerfile and .dockerignore.")
    ] = False,
    accept_thin: Annotated[
        bool, typer.Option("--accept-thin", help="Write even if little more than the start was proved.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Of an image: write into this folder."),
    ] = None,
    removed: Annotated[bool, typer.Option("--removed", help="List what was removed, and why.")] = False,
    rounds: Annotated[int, typer.Option(min=0, help="The most rounds of repair.")] = SlimOptions.rounds,
    rungs: Annotated[
        str | None,
        typer.Option(metavar="A,B,…", help="Slim the leanest of these rungs.", show_default="the leanest"),
    ] = None,
    json_file: Json = None,
    engine: Engine = EngineName.auto,
    bases: Bases = BasesFrom.auto,
    fresh: Annotated[
        bool, typer.Option("--fresh", help=f"Trace again even if there is an {FILE_NAME}.")
    ] = False,
    config: Config = None,
    crawl: Crawl = True,
    file: File = "",
    target: Target = "",
    build_arg: BuildArgs = None,
    secret: Secrets = None,
    ssh: Keys = None,
    quiet: Quiet = False,
) -> None:
    """Keep only what the program uses, as a list to review; prove it, and repair what is missing.

    Where the project has an unladen.keep, that list is proved and repaired; --fresh makes a new one. An image is
    slimmed without its source: the Dockerfile that is written starts FROM it.
    """
    if check and write_files:
        raise BadConfig(
            "cannot check and write at once", hint="--check writes nothing: leave one of them out."
        )
    folder = writes_into(subject, output)
    writes = write_files or (output is not None and not check)
    with made(folder) if writes else nullcontext():
        if writes:
            own = project_folder(subject) is not None
            writable(
                place_of(detect(folder, config, choice(file, target, build_arg))) if own else place_in(folder)
            )
        with watching(err, quiet=quiet) as watch:
            done = slimmed(
                subject,
                policy=policy.value if policy else None,
                include=include or (),
                exclude=exclude or (),
                learn=learn,
                execs=execs or (),
                check=check,
                rounds=rounds,
                rungs=rung_names(rungs),
                output=output,
                engine=engine.value,
                bases=bases.value,
                fresh=fresh,
                config=config,
                crawl=crawl,
                dockerfile=choice(file, target, build_arg, secret, ssh),
                watch=watch,
            )
        shown = json_file != Path("-")
        if shown:
            out.print(report.render(done, ledger=removed))
        if json_file is not None:
            emit(report.render_json(done), json_file)
        if not done.slimmed.holds or done.slimmed.change:
            raise typer.Exit(1)
        if writes and done.slimmed.is_thin and not accept_thin:
            err.print(NOT_WRITTEN, soft_wrap=True, markup=False)
            raise typer.Exit(3)
        written = write_slimmed(folder, done, accept_thin=accept_thin) if writes else ()
        if written and shown:
            show_changes(folder, written)
            names = ", ".join(os.path.relpath(each.path, folder) for each in written)
            out.print(f"written into {folder}: {names}", soft_wrap=True, markup=False)
