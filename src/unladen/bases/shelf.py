"""What has been assembled: the images in an engine and their files in the cache; and removing them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from unladen import held
from unladen.bases import store
from unladen.bases.assemble import LABEL, is_stand_in
from unladen.bases.catalogue import CATALOGUE, find
from unladen.bases.recipe import Recipe
from unladen.engine.interface import Engine
from unladen.errors import BaseMissing


@dataclass(frozen=True)
class Listed:
    """A base of the catalogue. `origin` is None where the engine has no image of that name; sizes are in
    bytes: the image's, and what the cache keeps for it (shared by recipes with the same files)."""

    name: str
    aliases: tuple[str, ...]
    origin: str | None
    image: str | None
    size_bytes: int
    cached_bytes: int
    is_stand_in: bool = False


def list_bases(engine: Engine, cache: Path) -> tuple[Listed, ...]:
    """Every base of the catalogue, and what is there of it."""
    return tuple(_listed(engine, cache, recipe) for recipe in CATALOGUE.values())


def remove_bases(engine: Engine, cache: Path, names: Iterable[str] | None = None) -> tuple[str, ...]:
    """Removes assembled images and their files; without `names` all of them, and downloaded packages too.

    Images of the same names from elsewhere stay. Returns the references removed from the engine. Raises
    BaseMissing for a name that is not in the catalogue, EngineFailed where a container holds an image.
    """
    recipes = [_known(name) for name in names] if names is not None else list(CATALOGUE.values())
    removed = []
    for recipe in recipes:
        for reference in (recipe.name, *recipe.aliases):
            image = engine.find(reference)
            if image is not None and is_stand_in(engine.inspect(image)):
                engine.remove_image(reference)
                removed.append(reference)
        for tar in store.stored(cache, recipe):
            tar.unlink(missing_ok=True)
    if names is None:
        for left in held.abandoned(cache / "work"):
            left.remove()
        for folder in ("apt", "archives", "debs", "roots"):
            shutil.rmtree(cache / folder, ignore_errors=True)
    return tuple(removed)


def _known(name: str) -> Recipe:
    recipe = find(name)
    if recipe is None:
        raise BaseMissing(
            f"cannot remove {name}: it is no base of unladen's", hint="see `unladen bases list`"
        )
    return recipe


def _listed(engine: Engine, cache: Path, recipe: Recipe) -> Listed:
    cached = sum(tar.stat().st_size for tar in store.stored(cache, recipe))
    image = engine.find(recipe.name)
    if image is None:
        return Listed(recipe.name, recipe.aliases, None, None, 0, cached)
    facts = engine.inspect(image)
    made = is_stand_in(facts)
    origin = facts.labels[LABEL] if made else "local image"
    return Listed(recipe.name, recipe.aliases, origin, image, facts.size_bytes, cached, made)
