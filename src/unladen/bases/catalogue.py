"""Every base image that can be assembled here, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from unladen.bases.recipe import Recipe
from unladen.bases.recipes import debian, distroless, golang, node, python

CATALOGUE: Mapping[str, Recipe] = MappingProxyType(
    {
        recipe.name: recipe
        for recipe in (
            *python.RECIPES,
            *golang.RECIPES,
            *node.RECIPES,
            *debian.RECIPES,
            *distroless.RECIPES,
        )
    }
)
"""Name → recipe."""


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
