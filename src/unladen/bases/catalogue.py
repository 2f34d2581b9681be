"""Every base image that can be assembled here, by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from unladen.bases import recipes
from unladen.bases.family import Family
from unladen.bases.recipe import Recipe

_MODULES = tuple(
    importlib.import_module(f"{recipes.__name__}.{module.name}")
    for module in pkgutil.iter_modules(recipes.__path__)
)
CATALOGUE: Mapping[str, Recipe] = MappingProxyType(
    {recipe.name: recipe for module in _MODULES for recipe in getattr(module, "RECIPES", ())}
)
"""Name → recipe, of every file in recipes/."""
FAMILIES: Mapping[str, Family] = MappingProxyType(
    {family.name: family for module in _MODULES for family in getattr(module, "FAMILIES", ())}
)
"""Name on Docker Hub → family, of every file in recipes/: more than can be assembled."""


def canonical(reference: str) -> str:
    """The short form of an image reference: without Docker Hub's address, and without the tag latest.

    >>> canonical("docker.io/library/python:3.11")
    'python:3.11'
    """
    for prefix in ("docker.io/library/", "index.docker.io/library/", "library/", "docker.io/", "localhost/"):
        if reference.startswith(prefix):
            reference = reference.removeprefix(prefix)
            break
    return reference.removesuffix(":latest")


def find(reference: str) -> Recipe | None:
    """The recipe of an image reference, whichever of its names it uses; None where there is none."""
    wanted = canonical(reference)
    if wanted in CATALOGUE:
        return CATALOGUE[wanted]
    return next((recipe for recipe in CATALOGUE.values() if wanted in recipe.aliases), None)


def related(reference: str) -> Recipe | None:
    """The recipe that may stand in for an image as a service, in another version; None where there is none."""
    repository = canonical(reference).partition("@")[0].partition(":")[0]
    return next((recipe for recipe in CATALOGUE.values() if repository in recipe.instead_of), None)
