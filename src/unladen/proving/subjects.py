"""What takes part in a proof: images of the engine, and Dockerfiles, which are built."""

from __future__ import annotations

from pathlib import Path

from unladen.bases.sources import BaseChoice, Provided, resolve
from unladen.dockerfile.choose import ignore_file
from unladen.dockerfile.users import UsersDockerfile
from unladen.engine.interface import BuildRequest
from unladen.errors import BadImage, BaseMissing
from unladen.proving.interface import Subject
from unladen.trial.image import check_architecture, found
from unladen.trial.workplace import Workplace


def of_image(place: Workplace, name: str, users: UsersDockerfile | None = None) -> Subject:
    """An image by its name or id; `users` is the Dockerfile that it may have been built from, which names its base.

    Raises BadImage: there is none, or it is a file.
    """
    engine = place.engine
    if Path(name).is_file() and engine.find(name) is None:
        raise BadImage(
            f"cannot prove {name}: it is a file, not an image of {engine.name}",
            hint=f"Load an archive first ({engine.name} load -i {name}); --candidate names a Dockerfile.",
        )
    image = found(engine, name, "prove")
    facts = engine.inspect(image)
    base = (engine.find(users.staged.final_base) or "") if users else ""
    if base and facts.layers[: len(below := engine.inspect(base).layers)] != below:
        base = ""
    return Subject(name, image, facts.size_bytes, base)


def of_dockerfile(
    place: Workplace, root: Path, users: UsersDockerfile, name: str, bases: BaseChoice, cache: Path
) -> Subject:
    """The image that a Dockerfile builds from the folder `root`. Raises BaseMissing, BuildFailed, BadDockerfile."""
    engine, staged = place.engine, users.staged
    wanted = resolve(engine, staged.bases, choice=bases, cache=cache / "bases", watcher=place.watch)
    if missing := next((each for each in wanted.values() if isinstance(each, BaseMissing)), None):
        raise missing
    beside = ignore_file(root, users.path)
    ignore = beside.read_text(encoding="utf-8", errors="surrogateescape") if beside.is_file() else None
    request = BuildRequest(
        context=root,
        dockerfile=staged.source.text,
        target=staged.target_name or None,
        build_args=staged.build_args,
        host=place.host or None,
        dockerignore=ignore,
    )
    place.say(name, "building")
    with place.clock.engine():
        built = engine.build(request, lambda line: place.say(name, "building", line))
    base = wanted[staged.final_base]
    below = base.image if isinstance(base, Provided) else ""
    return Subject(name, built.image, engine.inspect(built.image).size_bytes, below, ignore or "")


def check(place: Workplace, baseline: Subject, candidates: tuple[Subject, ...]) -> None:
    """Raises BadImage where they cannot be compared: their programs do not run here, or are for unlike machines."""
    ours = place.engine.inspect(baseline.image)
    check_architecture(place.engine, ours, baseline.name, "prove")
    for each in candidates:
        theirs = place.engine.inspect(each.image).architecture
        if theirs != ours.architecture:
            raise BadImage(
                f"cannot compare {each.name} with {baseline.name}: it is for {theirs}, and {baseline.name} is for "
                f"{ours.architecture}",
                hint=f"Build or pull it for {ours.architecture} (--platform linux/{ours.architecture}).",
            )
