"""unladen clean: what unladen has left on this machine, and removing it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from unladen.api.clean import Kind
from unladen.api.clean import clean as cleaned
from unladen.cli.console import emit, out
from unladen.cli.options import Json
from unladen.errors import BadConfig


def clean(
    remove: Annotated[bool, typer.Option("--remove", help="Remove what killed runs left behind.")] = False,
    images: Annotated[
        bool, typer.Option("--images", help="Remove images kept by --keep-images, too.")
    ] = False,
    bases: Annotated[bool, typer.Option("--bases", help="Remove assembled bases, too.")] = False,
    cache: Annotated[bool, typer.Option("--cache", help="Forget what was measured, too.")] = False,
    json_file: Json = None,
) -> None:
    """Show what unladen has left here, with its bytes; remove it on request.

    It is only what this user's unladen made, and nothing of a run that is still at work.
    """
    wanted: dict[Kind, bool] = {"left behind": True, "kept image": images, "base": bases, "cache": cache}
    if not remove and (images or bases or cache):
        raise BadConfig(
            "cannot tell what to do: --images, --bases and --cache say what to remove", hint="Add --remove."
        )
    kinds = {kind for kind, asked in wanted.items() if remove and asked}
    found = cleaned(kinds)
    if json_file is not None:
        told = [{**asdict(each), "removed": each.kind in kinds} for each in found]
        emit(json.dumps(told, indent=2) + "\n", json_file)
        return
    grid = Table(box=None, pad_edge=False)
    for column in ("What", "Where", "Name"):
        grid.add_column(column, overflow="fold")
    grid.add_column("Size", justify="right")
    grid.add_column("")
    for each in found:
        size = f"{each.size_bytes / 1e6:.1f} MB" if each.size_bytes else ""
        grid.add_row(each.kind, each.where, each.name, size, "removed" if each.kind in kinds else "")
    out.print(grid if found else "There is nothing of unladen's here.")
