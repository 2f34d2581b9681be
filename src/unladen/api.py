"""What `import unladen` offers: the commands' work as functions, with values for answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from unladen import session
from unladen.bases.sources import BaseChoice
from unladen.climb.interface import Climb, Goal, Judged, Options
from unladen.climb.story import optimize as climb_and_decide
from unladen.config import load
from unladen.engine.find import EngineChoice
from unladen.keep.keeplist import FILE_NAME
from unladen.keep.parse import read
from unladen.language.interface import Project
from unladen.language.registry import detect as detect_project
from unladen.progress import Watcher, silent
from unladen.slimming.interface import SlimOptions
from unladen.write import Written, header, write_rung


def detect(path: Path | str, config: Path | None = None) -> Project:
    """What is believed of the project in `path`, each belief with its source. Raises BadProject, BadConfig."""
    root = Path(path)
    return detect_project(root, load(root, config).overrides())


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
    cache: Path | None = None,
    watch: Watcher = silent,
) -> Climb:
    """Climbs the project's ladder, as `unladen optimize` does; nothing of the project is touched.

    `rungs` None climbs all; `cache` None is the user's cache folder. Raises the errors of `unladen.errors`.
    """
    root = Path(path)
    settings = load(root, config)
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
        return climb_and_decide(
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
    top = header(
        chosen.rung.name,
        climb.baseline.weight.size_bytes,
        chosen.weight.size_bytes,
        chosen.verdict.cases,
    )
    return write_rung(Path(path), chosen.rung, top, climb.dockerignore)
