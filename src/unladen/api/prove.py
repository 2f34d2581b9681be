"""unladen.prove: two images, or a project's Dockerfile and others, and whether they behave the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from unladen import session
from unladen.api.slim import project_folder
from unladen.bases.sources import BaseChoice
from unladen.config import Config, load
from unladen.dockerfile.choose import Choice, choose
from unladen.dockerfile.users import UsersDockerfile
from unladen.engine.find import EngineChoice
from unladen.errors import BadConfig, BadDockerfile, BadProject
from unladen.language.interface import Details, Project
from unladen.language.registry import detect
from unladen.progress import Watcher, silent
from unladen.proof.interface import Program
from unladen.proof.sources.learned import learned
from unladen.proving import story, subjects
from unladen.proving.intent import intent_of
from unladen.proving.interface import Proof, Subject
from unladen.trial import ground
from unladen.trial.image import ImageRun, image_program
from unladen.trial.services import with_services
from unladen.trial.workplace import Workplace, workplace


def prove(
    baseline: Path | str,
    images: Sequence[str] = (),
    *,
    files: Sequence[Path] = (),
    project: Path | None = None,
    port: int | None = None,
    health: str | None = None,
    env: Mapping[str, str] | None = None,
    intend: Sequence[str] = (),
    learn: Path | None = None,
    config: Path | None = None,
    dockerfile: Choice | None = None,
    engine: EngineChoice = "auto",
    bases: BaseChoice = "auto",
    crawl: bool = True,
    cache: Path | None = None,
    watch: Watcher = silent,
) -> Proof:
    """Whether the candidates (`images` of the engine, Dockerfiles in `files`) behave as the baseline (an image, or a
    project's folder, whose Dockerfile is built), as `unladen prove` says it.

    `project` is the repository's folder where the baseline is an image; `intend` says what was meant to change; None
    for `port`, `health` and `env` finds out. Raises the errors of `unladen.errors`.
    """
    if not images and not files:
        raise BadConfig(
            f"cannot prove anything of {baseline}: there is nothing to compare it with",
            hint="Name a second image, or a Dockerfile with --candidate.",
        )
    root = project_folder(baseline) or project
    settings = _settings(root, config, port, health, env).choosing(dockerfile or Choice()).crawling(crawl)
    plan, intent = settings.plan(), intent_of(intend)
    if learn is not None:
        plan = replace(plan, learned=learned(learn))
    if root is None and files:
        raise BadConfig(
            f"cannot build {files[0]}: no folder to build it from is named",
            hint="Name the project's folder instead of an image, or give it with --project.",
        )
    if root is not None and not root.is_dir():
        raise BadProject(f"cannot prove {root}: there is no such folder, nor such an image")
    known = None if root is None else _detected(root, settings)
    users = choose(root, settings.overrides().dockerfile) if root is not None else None
    kept = cache or session.cache_folder()
    with session.engine(engine) as found:
        place = workplace(found, session.host_settings(dockerfile), kept, watch)
        first = _baseline(place, baseline, users, bases, kept)
        named = [subjects.of_image(place, name) for name in images]
        built = [_candidate(place, root, file, settings, bases, kept) for file in files] if root else []
        plan = with_services(place, plan, root, bases, kept)
        run = ImageRun(settings.project.port, settings.project.health, settings.project.env)
        program = image_program(found.inspect(first.image), run, plan)
        if known is not None:
            program = _better(ground.program_of(known, plan), program)
        return story.prove(place, first, (*named, *built), program, plan, intent, known, root, kept)


def _settings(
    root: Path | None,
    config: Path | None,
    port: int | None,
    health: str | None,
    env: Mapping[str, str] | None,
) -> Config:
    """unladen.toml with what the options say on top. Raises BadConfig."""
    loaded = load(root or Path(), config) if root is not None or config is not None else Config()
    if health is not None and not health.startswith("/"):
        raise BadConfig(f'cannot use --health {health}: a health path starts with "/"')
    own = loaded.project
    changes = {"port": port or own.port, "health": health or own.health, "env": {**own.env, **(env or {})}}
    return loaded.model_copy(update={"project": own.model_copy(update=changes)})


def _detected(root: Path, settings: Config) -> Project[Details] | None:
    """What is believed of the project; None where no language knows it: its image says enough to run it."""
    try:
        return detect(root, settings.overrides())
    except BadProject:
        return None


def _better(believed: Program, exposed: Program) -> Program:
    """What is believed of the project; the port that the image exposes where that is none of a guess."""
    return believed if believed.port is not None or exposed.port is None else exposed


def _baseline(
    place: Workplace, baseline: Path | str, users: UsersDockerfile | None, bases: BaseChoice, cache: Path
) -> Subject:
    folder = project_folder(baseline)
    if folder is None:
        return subjects.of_image(place, str(baseline), users)
    if users is None or users.path is None:
        raise BadProject(
            f"cannot prove anything of {folder}: it has no Dockerfile to be the baseline",
            hint="Name it with --file, or name an image and the folder with --project.",
        )
    return subjects.of_dockerfile(place, folder, users, users.path.name, bases, cache)


def _candidate(
    place: Workplace, root: Path, file: Path, settings: Config, bases: BaseChoice, cache: Path
) -> Subject:
    path = file if file.is_file() else root / file
    if not path.is_file():
        raise BadDockerfile(f"cannot read {file}: there is no such file, neither here nor in {root}")
    choice = replace(settings.overrides().dockerfile, file=str(path.absolute()))
    users = choose(root, choice)
    assert users is not None
    return subjects.of_dockerfile(place, root, users, str(file), bases, cache)
