"""unladen explain: why a keep-list keeps a path, or why it does not."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from unladen import session
from unladen.cli.console import out
from unladen.cli.names import EngineName
from unladen.errors import BadKeepList
from unladen.image.local import open_image
from unladen.keep.explain import explain as explained
from unladen.keep.keeplist import FILE_NAME
from unladen.keep.parse import parse


def explain(
    keep_file: Annotated[
        Path, typer.Argument(metavar="KEEPFILE", help=f"The keep-list, {FILE_NAME}.", show_default=False)
    ],
    path: Annotated[str, typer.Argument(help="A path inside the image.", show_default=False)],
    image: Annotated[
        str | None,
        typer.Option(
            help="The full image: links are followed, and what is not kept is said to whom it belongs."
        ),
    ] = None,
    engine: Annotated[EngineName, typer.Option(help="The container engine.")] = EngineName.auto,
) -> None:
    """Say why a path is kept in the slim image, or why it is not and how to keep it."""
    try:
        text = keep_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadKeepList(
            f"cannot read {keep_file}: {error}", hint="`unladen slim --write` writes one."
        ) from error
    keep = parse(text, keep_file.name)
    if image is None:
        sentences = explained(keep, path)
    else:
        with session.engine(engine.value) as found, tempfile.TemporaryDirectory(prefix="unladen-") as folder:
            sentences = explained(keep, path, open_image(found, image, Path(folder)).tree)
    for sentence in sentences:
        out.print(sentence, soft_wrap=True, markup=False)
