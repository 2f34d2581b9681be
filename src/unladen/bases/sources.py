"""Where the base images of a build come from: this machine, its registry, or packages of Debian's and others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from unladen.bases.assemble import LABEL, LABEL_RECIPE, assemble, has_packages, is_stand_in
from unladen.bases.catalogue import find
from unladen.bases.registry import answers, registry_of
from unladen.engine.interface import Engine
from unladen.errors import BaseMissing, UnladenError
from unladen.progress import Event, Watcher, silent

BaseChoice = Literal["auto", "registry", "debian"]


@dataclass(frozen=True)
class Provided:
    """A base image that is in the engine now, under `name`. `origin` is "registry", "local image" or what a stand-in is
    made of ("assembled from Debian packages"); `image` its id. The empty base `scratch` has no id, and the origin
    "empty"."""

    name: str
    origin: str
    image: str
    is_stand_in: bool = False


def resolve(
    engine: Engine,
    references: Iterable[str],
    *,
    choice: BaseChoice = "auto",
    cache: Path,
    watcher: Watcher = silent,
) -> Mapping[str, Provided | BaseMissing]:
    """Brings every base into the engine, or says why it cannot be had: one that is missing stops no other.

    "auto" takes what the engine has, else pulls where the registry answers, else assembles; "registry" never
    assembles; "debian" assembles all that the catalogue has.
    """
    return {
        reference: _provided(engine, reference, choice, cache, watcher)
        for reference in dict.fromkeys(references)
    }


def registry_answers(reference: str = "debian") -> bool:
    """Whether the registry of an image (Docker Hub unless said otherwise) can be reached; asked once."""
    return answers(registry_of(reference))


def _provided(
    engine: Engine, reference: str, choice: BaseChoice, cache: Path, watcher: Watcher
) -> Provided | BaseMissing:
    if reference == "scratch":
        return Provided(reference, "empty", "")
    if choice == "debian" and find(reference):
        return _assembled(engine, reference, cache, watcher, "")
    local = _local(engine, reference)
    if local and (not local.is_stand_in or (choice != "registry" and _up_to_date(engine, local))):
        return local
    if choice == "registry" or (choice == "auto" and local is None and registry_answers(reference)):
        pulled = _pulled(engine, reference, watcher)
        if isinstance(pulled, Provided) or choice == "registry":
            return pulled
        return _assembled(engine, reference, cache, watcher, str(pulled))
    tried = "the registry does not answer" if choice == "auto" else ""
    made = _assembled(engine, reference, cache, watcher, tried)
    return local if local and isinstance(made, BaseMissing) else made


def _local(engine: Engine, reference: str) -> Provided | None:
    image = engine.find(reference)
    if image is None:
        return None
    facts = engine.inspect(image)
    made = is_stand_in(facts)
    return Provided(reference, facts.labels[LABEL] if made else "local image", image, made)


def _up_to_date(engine: Engine, local: Provided) -> bool:
    """Whether a stand-in was made by the recipe of today, and what it adds packages from is there. (Packages are
    renewed by `assemble` alone.)"""
    recipe = find(local.name)
    if recipe is None:
        return True
    is_todays = engine.inspect(local.image).labels.get(LABEL_RECIPE) == recipe.digest
    return is_todays and has_packages(engine, recipe)


def _pulled(engine: Engine, reference: str, watcher: Watcher) -> Provided | BaseMissing:
    watcher(Event(reference, "pulling"))
    try:
        image = engine.pull(reference)
    except BaseMissing as error:
        watcher(Event(reference, "pulling", "failed", str(error)))
        return error
    watcher(Event(reference, "pulling", "done"))
    return Provided(reference, "registry", image)


def _assembled(
    engine: Engine, reference: str, cache: Path, watcher: Watcher, why: str
) -> Provided | BaseMissing:
    """`why` says what was tried before (the registry), for the message where there is no recipe."""
    recipe = find(reference)
    if recipe is None:
        tried = f"{why} and " if why else ""
        return BaseMissing(
            f"base image {reference} cannot be had: {tried}there is no stand-in for it",
            hint="load it into the engine (docker load), or choose a base that `unladen bases list` shows",
        )
    try:
        made = assemble(engine, reference, cache=cache, watcher=watcher)
        return Provided(reference, recipe.origin, made.image, is_stand_in=True)
    except BaseMissing as error:
        return error
    except UnladenError as error:
        missing = BaseMissing(
            f"base image {reference} cannot be had: {error}", hint=error.hint, detail=error.detail
        )
        missing.__cause__ = error
        return missing
