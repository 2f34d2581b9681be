"""unladen explain: why a keep-list keeps a path, or why it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from unladen.api.explain import explain as explained
from unladen.cli.console import out
from unladen.cli.options import Engine, EngineName
from unladen.keep.keeplist import FILE_NAME


def explain(
    keep_file: Annotated[
        Path, typer.Argument(metavar="KEEPFILE", help=f"The keep-list, {FILE_NAME}.", show_default=False)
    ],
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH|pkg:NAME", help="A path inside the image, or a package.", show_default=False
        ),
    ],
    image: Annotated[
        str | None,
        typer.Option(help="The full image: links are followed, and the owner of what is not kept is named."),
    ] = None,
    engine: Engine = EngineName.auto,
) -> None:
    """Say why a path is kept in the slim image, or why it is not and how to keep it; of a package, what would be lost
    without it."""
    for sentence in explained(keep_file, path, image=image, engine=engine.value):
        out.print(sentence, soft_wrap=True, markup=False)
