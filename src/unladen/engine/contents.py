"""Reads single files of a built image, through a container that is never started."""

from __future__ import annotations

from unladen.engine.copied import read_copied
from unladen.engine.interface import Engine, RunRequest


def read_file(engine: Engine, image: str, path: str) -> bytes | None:
    """The bytes of the regular file at `path`, or None where there is none."""
    container = engine.create(RunRequest(image, command=("/never-started",), entrypoint=()))
    try:
        return read_copied(container, path, lambda file, size: file.read())
    finally:
        container.remove()
