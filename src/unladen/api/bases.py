"""unladen.build_bases, unladen.list_bases, unladen.remove_bases: base images assembled from packages."""

from __future__ import annotations

from collections.abc import Sequence

from unladen import session
from unladen.bases import shelf
from unladen.bases.assemble import Assembled, assemble
from unladen.bases.catalogue import CATALOGUE, find
from unladen.engine.find import EngineChoice
from unladen.errors import BaseMissing
from unladen.progress import Watcher, silent


def build_bases(
    names: Sequence[str] | None = None, *, engine: EngineChoice = "auto", watch: Watcher = silent
) -> tuple[Assembled, ...]:
    """Assembles bases into the engine, without `names` all; what was assembled before is taken from the cache.

    Raises BaseMissing for a name that is not in the catalogue.
    """
    wanted = names or list(CATALOGUE)
    for name in wanted:
        if find(name) is None:
            raise BaseMissing(
                f"cannot assemble {name}: there is no stand-in for it",
                hint="unladen bases list shows what there is.",
            )
    cache = session.cache_folder() / "bases"
    with session.engine(engine) as found:
        return tuple(assemble(found, name, cache=cache, watcher=watch) for name in wanted)


def list_bases(*, engine: EngineChoice = "auto") -> tuple[shelf.Listed, ...]:
    """Every base of the catalogue, and what the engine and the cache have of it."""
    with session.engine(engine) as found:
        return shelf.list_bases(found, session.cache_folder() / "bases")


def remove_bases(names: Sequence[str] | None = None, *, engine: EngineChoice = "auto") -> tuple[str, ...]:
    """Removes assembled images and their files, without `names` all; gives the references that were removed from the
    engine. Images from elsewhere stay. Raises BaseMissing for a name that is not in the catalogue."""
    with session.engine(engine) as found:
        return shelf.remove_bases(found, session.cache_folder() / "bases", names)
