"""The lighter base of a base image: the user's own choice, or the lighter one of its family."""

from __future__ import annotations

from collections.abc import Mapping

from unladen.bases.catalogue import FAMILIES, canonical
from unladen.bases.family import Family


def lighter(reference: str, *, is_last: bool, own: Mapping[str, str]) -> str | None:
    """What may stand in the place of a base: of `own` (reference → reference) what it says, else the lighter image of
    the same family. `is_last`: nothing is built on it but the image itself. None: there is none, or none that is known
    (a digest, a private image, a toolchain, what is slim already)."""
    if (wished := chosen(reference, own)) is not None:
        return wished
    found = family(reference)
    if found is None or (found.runs_only and not is_last):
        return None
    name, tag = split(reference)
    new = found.lighter(tag or "latest")
    return f"{name}:{new}" if new else None


def family(reference: str) -> Family | None:
    """The family of Docker Hub's images that a reference belongs to; None for another registry's and for digests."""
    if "@" in reference or reference.startswith("localhost/"):
        return None
    return FAMILIES.get(canonical(split(reference)[0]))


def split(reference: str) -> tuple[str, str]:
    """Name and tag ("" where there is none).

    >>> split("localhost:5000/team/api:2")
    ('localhost:5000/team/api', '2')
    """
    name, colon, tag = reference.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (reference, "")


def chosen(reference: str, own: Mapping[str, str]) -> str | None:
    """What the user says of a base."""
    return next((new for old, new in own.items() if canonical(old) == canonical(reference)), None)
