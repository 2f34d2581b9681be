"""unladen bases: base images assembled from Debian packages, under their usual names."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from unladen import session
from unladen.bases.assemble import assemble
from unladen.bases.catalogue import CATALOGUE, find
from unladen.bases.shelf import list_bases, remove_bases
from unladen.cli.console import emit, err, out
from unladen.cli.names import EngineName
from unladen.cli.watch import watching
from unladen.errors import BaseMissing

app = typer.Typer(
    name="bases", help="Base images assembled from Debian packages, for machines without a registry.",
    no_args_is_help=True,
)  # fmt: skip

Engine = Annotated[EngineName, typer.Option(help="The container engine.")]
Names = Annotated[
    list[str] | None, typer.Argument(help="Their names, such as python:3.11.", show_default="all")
]


@app.command()
def build(names: Names = None, engine: Engine = EngineName.auto) -> None:
    """Assemble bases into the engine; what was assembled before is taken from the cache."""
    wanted = names or list(CATALOGUE)
    for name in wanted:
        if find(name) is None:
            raise BaseMissing(
                f"cannot assemble {name}: there is no Debian stand-in for it",
                hint="unladen bases list shows what there is.",
            )
    cache = session.cache_folder() / "bases"
    with session.engine(engine.value) as found, watching(err) as watch:
        made = [assemble(found, name, cache=cache, watcher=watch) for name in wanted]
    for base in made:
        source = "from the cache" if base.from_cache else "assembled"
        out.print(f"{base.reference}: {base.size_bytes / 1e6:.0f} MB, {source} in {base.seconds:.0f} s")


@app.command("list")
def list_(
    engine: Engine = EngineName.auto,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write it as JSON; - is stdout.")
    ] = None,
) -> None:
    """Show what can be assembled, and what is in the engine already."""
    with session.engine(engine.value) as found:
        listed = list_bases(found, session.cache_folder() / "bases")
    if json_file is not None:
        emit(json.dumps([asdict(base) for base in listed], indent=2) + "\n", json_file)
        return
    grid = Table(box=None, pad_edge=False)
    grid.add_column("Base", no_wrap=True)
    grid.add_column("In the engine")
    grid.add_column("Size", justify="right")
    grid.add_column("Kept in the cache", justify="right")
    for base in listed:
        size = f"{base.size_bytes / 1e6:.0f} MB" if base.image else ""
        cached = f"{base.cached_bytes / 1e6:.0f} MB" if base.cached_bytes else ""
        grid.add_row(base.name, base.origin or "no", size, cached)
    out.print(grid)


@app.command()
def remove(names: Names = None, engine: Engine = EngineName.auto) -> None:
    """Remove assembled images and what the cache keeps for them; images from elsewhere stay."""
    with session.engine(engine.value) as found:
        removed = remove_bases(found, session.cache_folder() / "bases", names)
    for reference in removed:
        out.print(f"removed {reference}")
    if not removed:
        out.print("nothing to remove")
