"""Where the base images of a build come from: this machine, a registry, or Debian packages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from unladen.bases.assemble import LABEL_RECIPE, ORIGIN, assemble, is_stand_in
from unladen.bases.catalogue import find
from unladen.bases.registry import answers, registry_of
from unladen.engine.interface import Engine
from unladen.errors import BaseMissing, UnladenError
from unladen.progress import Event, Watcher, silent

BaseChoice = Literal["auto", "registry", "debian"]


@dataclass(frozen=True)
class Provided:
    """A base image that is in the engine now, under `name`. `origin` is "registry", "local image" or
    "assembled from Debian packages"; `image` its id. The empty base `scratch` has no id, and the origin
    "empty"."""

    name: str
    origin: str
    image: str


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
    if local and (local.origin != ORIGIN or (choice != "registry" and _up_to_date(engine, local))):
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
    return Provided(reference, ORIGIN if is_stand_in(engine.inspect(image)) else "local image", image)


def _up_to_date(engine: Engine, local: Provided) -> bool:
    """Whether a stand-in was made by the recipe of today. (Packages are renewed by `assemble` alone.)"""
    recipe = find(local.name)
    return recipe is None or engine.inspect(local.image).labels.get(LABEL_RECIPE) == recipe.digest


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
    if find(reference) is None:
        tried = f"{why} and " if why else ""
        return BaseMissing(
            f"base image {reference} cannot be had: {tried}there is no Debian stand-in for it",
            hint="load it into the engine (docker load), or choose a base that `unladen bases list` shows",
        )
    try:
        return Provided(reference, ORIGIN, assemble(engine, reference, cache=cache, watcher=watcher).image)
    except BaseMissing as error:
        return error
    except UnladenError as error:
        missing = BaseMissing(
            f"base image {reference} cannot be had: {error}", hint=error.hint, detail=error.detail
        )
        missing.__cause__ = error
        return missing
