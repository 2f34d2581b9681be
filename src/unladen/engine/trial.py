"""Whether an engine really works: many answer `info` and cannot start a container."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from unladen.engine.interface import BuildRequest, Engine, Finished, RunRequest

SECONDS = 60.0


def trial(engine: Engine, program: Path, *arguments: str) -> Finished:
    """Builds an image of one static program and runs it in a container with a network.

    What comes of the program is for the caller to judge. Raises what the build and the container raise.
    """
    with tempfile.TemporaryDirectory(prefix="unladen-trial-") as folder:
        shutil.copy(program, Path(folder, "program"))
        built = engine.build(BuildRequest(Path(folder), "FROM scratch\nCOPY program /program\n"))
    container = engine.create(RunRequest(built.image, entrypoint=("/program", *arguments)))
    try:
        container.start()
        return container.wait(SECONDS)
    finally:
        container.remove()
