"""unladen optimize: climb the ladder, prove every rung, recommend one, write its Dockerfile."""

from __future__ import annotations

import dataclasses
import shlex
import shutil
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from unladen import session
from unladen.api import write_recommended
from unladen.cli.console import emit, err, out, picture
from unladen.cli.names import Bases, EngineName, Goal, rung_names
from unladen.cli.watch import watching
from unladen.climb.interface import Options
from unladen.climb.story import optimize as story
from unladen.config import load
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Engine
from unladen.keep.keeplist import FILE_NAME
from unladen.keep.parse import read
from unladen.report import diff, json, markdown, table
from unladen.slimming.interface import SlimOptions
from unladen.write import writable


def optimize(
    path: Annotated[Path, typer.Argument(help="The project's folder.", show_default=False)],
    write_files: Annotated[
        bool, typer.Option("--write", help="Write the recommended Dockerfile and .dockerignore.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the report as JSON; - is stdout.")
    ] = None,
    markdown_file: Annotated[
        Path | None,
        typer.Option("--markdown", metavar="FILE", help="Write the table as Markdown; - is stdout."),
    ] = None,
    svg_file: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Write the report as a picture; - is stdout.")
    ] = None,
    rungs: Annotated[
        str | None, typer.Option(metavar="A,B,…", help="Climb only these rungs.", show_default="all")
    ] = None,
    goal: Annotated[Goal, typer.Option(help="What matters most.")] = Goal.balanced,
    engine: Annotated[EngineName, typer.Option(help="The container engine.")] = EngineName.auto,
    bases: Annotated[
        Bases,
        typer.Option(
            help="Base images: from the registry, assembled from Debian packages, or as can be had."
        ),
    ] = Bases.auto,
    keep_images: Annotated[bool, typer.Option("--keep-images", help="Leave the built images there.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Measure again what is remembered.")] = False,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Instead of unladen.toml.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Climb the ladder of known optimizations on a project, and prove that each rung behaves the same."""
    settings = load(path, config)
    if write_files:
        writable(path)
    options = Options(
        cache=session.cache_folder(),
        goal=goal.value,
        only=rung_names(rungs),
        bases=bases.value,
        keep_images=keep_images,
        fresh=fresh,
        slim=SlimOptions(former=read(path / FILE_NAME)),
    )
    host = session.host_settings()
    with session.engine(engine.value) as found, watching(err, quiet=quiet) as watch:
        climb = story(path, found, host, settings.overrides(), settings.plan(), options, watch)
    written = write_recommended(path, climb) if write_files else ()
    climb = dataclasses.replace(climb, written=tuple(each.path.name for each in written))
    to_stdout = [file for file in (json_file, markdown_file, svg_file) if file == Path("-")]
    if not to_stdout:
        out.print(table.render(climb))
        for each in written:
            if each.backup is not None:
                out.print(diff.render(each.path, each.backup), soft_wrap=True)
        if written:
            out.print(
                Text.assemble("\n Build it: ", (build_command(found, host, path), "bold")), soft_wrap=True
            )
    if json_file is not None:
        emit(json.render(climb), json_file)
    if markdown_file is not None:
        emit(markdown.render(climb), markdown_file)
    if svg_file is not None:
        emit(picture(table.render(climb), f"unladen optimize {path}"), svg_file)


def build_command(engine: Engine, host: HostSettings, path: Path) -> str:
    """What builds the written Dockerfile on this host, without unladen."""
    client, *rest = engine.command
    words = [engine.name if shutil.which(engine.name) == client else client, *rest, "build"]
    if host.ca_bundle is not None and engine.builder != "legacy":
        words += ["--secret", f"id=ca,src={host.ca_bundle}"]
    setting = "DOCKER_BUILDKIT=1 " if engine.builder == "buildkit" else ""
    return setting + shlex.join([*words, str(path)])
