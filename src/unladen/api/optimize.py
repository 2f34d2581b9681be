"""unladen.detect, unladen.optimize and unladen.write_recommended."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from unladen import session
from unladen.bases.sources import BaseChoice
from unladen.climb.interface import Climb, Goal, Options, Proved
from unladen.climb.parts import Parts, projects_of_folder, services_of_file
from unladen.climb.story import optimize as climbed
from unladen.config import load
from unladen.dockerfile.choose import Choice
from unladen.dockerfile.compose import Named
from unladen.engine.find import EngineChoice
from unladen.errors import NotProved
from unladen.keep.keeplist import FILE_NAME
from unladen.keep.parse import read
from unladen.language.interface import Details, Project
from unladen.language.registry import detect as detected
from unladen.measure.interface import Timing
from unladen.progress import Watcher, silent
from unladen.report.interface import rows
from unladen.slimming.interface import SlimOptions
from unladen.write import Planned, Written, as_it_would_be, header, place_of, planned, write


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
    time: Timing = "recommended",
    config: Path | None = None,
    crawl: bool = True,
    dockerfile: Choice | None = None,
    own_bases: Mapping[str, str] | None = None,
    composed: Named | None = None,
    kept_as: str = "",
    cache: Path | None = None,
    watch: Watcher = silent,
) -> Climb:
    """Climbs the project's ladder, as `unladen optimize` does; nothing of the project is touched.

    `rungs` None climbs all; `dockerfile` says which one, which target and which build arguments; `own_bases` which
    base may stand in the place of which; `composed` is the service of a compose file that the project is (None: the one
    that its own builds); `kept_as` stands for the project's name in those of kept images; `time` "all" builds each rung
    without the engine's layer cache to time it, "none" times neither builds nor starts; `cache` None is the user's
    cache folder.
    Raises the errors of `unladen.errors`.
    """
    root = Path(path)
    settings = load(root, config).choosing(dockerfile or Choice()).crawling(crawl).on(own_bases or {})
    options = Options(
        cache=cache or session.cache_folder(),
        goal=goal,
        only=tuple(rungs) if rungs is not None else None,
        bases=bases,
        keep_images=keep_images,
        kept_as=kept_as,
        fresh=fresh,
        time=time,
        slim=SlimOptions(former=read(root / FILE_NAME)),
    )
    plan = replace(settings.plan(), composed=composed)
    with session.engine(engine) as found:
        return climbed(
            root, found, session.host_settings(dockerfile), settings.overrides(), plan, options, watch
        )


def parts(path: Path | str, services: Sequence[str] = ()) -> Parts:
    """The projects that a compose file builds (`services` names some of them), or that a folder holds: each can be
    optimized by itself. Raises BadProject."""
    where = Path(path)
    return services_of_file(where, services) if where.is_file() else projects_of_folder(where)


def write_recommended(
    path: Path | str, climb: Climb, rung: str = "", *, apart: bool = False
) -> tuple[Written, ...]:
    """Writes the Dockerfile of the rung of that name, "" for the recommended one, over the one that was read, with what
    it needs and the ignore file; former ones stay as .bak. `path` is the project's folder. `apart` leaves alone the
    ignore file that other Dockerfiles of the folder are built with: this one's stands beside it, under its name.

    Nothing is written where no rung is recommended. Raises CannotWrite, NotProved (the rung that is named is not).
    """
    return tuple(map(write, _planned(Path(path), climb, rung, apart)))


def would_write(
    path: Path | str, climb: Climb, rung: str = "", *, apart: bool = False
) -> tuple[Written, ...]:
    """What `write_recommended` would do; nothing is written. Raises what that raises."""
    return tuple(map(as_it_would_be, _planned(Path(path), climb, rung, apart)))


def _planned(folder: Path, climb: Climb, rung: str, apart: bool) -> tuple[Planned, ...]:
    row = next((row for row in rows(climb) if row.name == (rung or climb.recommended)), None)
    chosen = row.outcome if row else None
    if rung and not isinstance(chosen, Proved):
        why = f"{row.status}: {row.reason}" if row and row.reason else "it is no rung that was climbed"
        raise NotProved(f"cannot write {rung}: it is not proved ({why})")
    if not isinstance(chosen, Proved):
        return ()
    before, after = climb.baseline.weight.size_bytes, chosen.weight.size_bytes
    top = header(chosen.rung.name, before, after, chosen.verdict)
    place = place_of(climb.project).moved(folder)
    changes_ignored = (chosen.rung.dockerignore or climb.dockerignore) != climb.project.ignored
    if apart and changes_ignored and climb.engine.builder != "legacy":  # which reads none but the folder's
        place = replace(place, ignore_file=Path(f"{place.dockerfile}.dockerignore"))
    return planned(place, chosen.rung, top, climb.dockerignore, climb.baseline.rung.dockerfile)


def build_command(path: Path, climb: Climb, rung: str = "") -> str:
    """What builds the written Dockerfile (that of `rung`, "" for the recommended one) on this host, without unladen."""
    engine, place, users = climb.engine, place_of(climb.project).moved(path), climb.project.users
    client, *rest = engine.command
    words = [engine.name if shutil.which(engine.name) == client else client, *rest, "build"]
    bundle = session.host_settings().ca_bundle
    written = rung or climb.recommended or ""
    if bundle is not None and engine.builder != "legacy" and "id=ca" in climb.text_of(written):
        words += ["--secret", f"id=ca,src={bundle}"]
    if place.dockerfile != path / "Dockerfile":
        words += ["--file", os.path.normpath(place.dockerfile)]
    target = climb.target_of(written)
    words += ["--target", target] if target else []
    for name, value in users.staged.build_args.items() if users else ():
        words += ["--build-arg", f"{name}={value}"]
    setting = "DOCKER_BUILDKIT=1 " if engine.builder == "buildkit" else ""
    return setting + shlex.join([*words, str(path)])
