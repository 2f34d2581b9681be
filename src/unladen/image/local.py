"""Images of a local engine, read where they lie, or from a file that the engine saves them to."""

from __future__ import annotations

import tempfile
from pathlib import Path

from unladen import temporary
from unladen.engine.interface import Engine
from unladen.errors import DiskFull
from unladen.image.archive import open_archive
from unladen.image.interface import Image
from unladen.image.unpacked import unpacked_image

CHUNK = 1 << 20


def open_image(engine: Engine, reference: str, folder: Path) -> Image:
    """The image: read where it lies, or saved to a new file in `folder` (which the caller removes with the folder).

    Raises EngineFailed, DiskFull, BadImage.
    """
    if (place := engine.unpacked(reference)) is not None:
        return unpacked_image(place, folder)
    with (
        tempfile.NamedTemporaryFile(prefix="image-", suffix=".tar", dir=folder, delete=False) as file,
        engine.save(reference) as stream,
    ):
        while chunk := stream.read(CHUNK):
            try:
                file.write(chunk)
            except OSError as error:
                raise DiskFull(f"cannot save image {reference} to {folder}: {error.strerror}") from error
    return open_archive(Path(file.name), folder=folder)


def opened(engine: Engine, reference: str) -> Image:
    """The same for as long as the image is in use: its file has no name any more, and goes with it."""
    with temporary.folder() as folder:
        return open_image(engine, reference, folder)
