"""unladen.detect, unladen.optimize and unladen.write_recommended."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from unladen import session
from unladen.bases.sources import BaseChoice
from unladen.climb.interface import Climb, EngineUsed, Goal, Judged, Options
from unladen.climb.story import optimize as climbed
from unladen.config import load
from unladen.dockerfile.choose import Choice
from unladen.engine.find import EngineChoice
from unladen.keep.keeplist import FILE_NAME
from unladen.keep.parse import read
from unladen.language.interface import Details, Project
from unladen.language.registry import detect as detected
from unladen.progress import Watcher, silent
from unladen.slimming.interface import SlimOptions
from unladen.write import Written, header, write_rung


def detect(
    path: Path | str, config: Path | None = None, dockerfile: Choice | None = None
) -> Project[Details]:
    """What is believed of the project in `path`, each belief with its source. Raises BadProject, BadConfig."""
    root = Path(path)
    return detected(root, load(root, config).choosing(dockerfile or Choice()).overrides())


def optimize(
    path: Path | str,
    *,
    goal: Goal = "balanced",
    rungs: Sequence[str] | None = None,
    engine: EngineChoice = "auto",
    bases: BaseChoice = "auto",
    keep_images: bool = False,
    fresh: bool = False,
    config: Path | None = None,
    dockerfile: Choice | None = None,
    cache: Path | None = None,
    watch: Watcher = silent,
) -> Climb:
    """Climbs the project's ladder, as `unladen optimize` does; nothing of the project is touched.

    `rungs` None climbs all; `dockerfile` says which one, which target and which build arguments; `cache` None is the
    user's cache folder. Raises the errors of `unladen.errors`.
    """
    root = Path(path)
    settings = load(root, config).choosing(dockerfile or Choice())
    options = Options(
        cache=cache or session.cache_folder(),
        goal=goal,
        only=tuple(rungs) if rungs is not None else None,
        bases=bases,
        keep_images=keep_images,
        fresh=fresh,
        slim=SlimOptions(former=read(root / FILE_NAME)),
    )
    with session.engine(engine) as found:
        return climbed(
            root, found, session.host_settings(), settings.overrides(), settings.plan(), options, watch
        )


def write_recommended(path: Path | str, climb: Climb) -> tuple[Written, ...]:
    """Writes the recommended rung's Dockerfile, what that needs, and .dockerignore into the project; former ones
    stay as .bak.

    Nothing is written where no rung is recommended. Raises CannotWrite.
    """
    chosen = next((each for each in climb.rungs if each.rung.name == climb.recommended), None)
    if not isinstance(chosen, Judged):
        return ()
    before, after = climb.baseline.weight.size_bytes, chosen.weight.size_bytes
    top = header(chosen.rung.name, before, after, chosen.verdict.cases)
    return write_rung(Path(path), chosen.rung, top, climb.dockerignore)


def build_command(path: Path, engine: EngineUsed) -> str:
    """What builds the written Dockerfile on this host, without unladen."""
    client, *rest = engine.command
    words = [engine.name if shutil.which(engine.name) == client else client, *rest, "build"]
    bundle = session.host_settings().ca_bundle
    if bundle is not None and engine.builder != "legacy":
        words += ["--secret", f"id=ca,src={bundle}"]
    setting = "DOCKER_BUILDKIT=1 " if engine.builder == "buildkit" else ""
    return setting + shlex.join([*words, str(path)])
