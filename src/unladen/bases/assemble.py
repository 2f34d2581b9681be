"""A base image assembled from Debian packages: choose, download, unpack, import."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unladen import held
from unladen.bases import apt, store
from unladen.bases.bootstrap import bootstrap
from unladen.bases.catalogue import find
from unladen.bases.pick import pick
from unladen.bases.recipe import Bootstrapped, Recipe, Serving
from unladen.bases.run import assembler_missing
from unladen.engine.interface import Engine, ImageFacts
from unladen.errors import BaseMissing, EngineFailed
from unladen.progress import Event, Watcher, silent

__all__ = ["LABEL", "ORIGIN", "Assembled", "assemble", "assembler_missing", "is_stand_in"]

LABEL = "dev.unladen.base"
ORIGIN = "assembled from Debian packages"
LABEL_RECIPE = "dev.unladen.base.recipe"
LABEL_KEY = "dev.unladen.base.key"


@dataclass(frozen=True)
class Assembled:
    """A base image in the engine. `seconds` is the wall time it took; `from_cache` tells that its files had
    been assembled before."""

    reference: str
    image: str
    seconds: float
    size_bytes: int
    from_cache: bool


@dataclass(frozen=True)
class RootTar:
    """The files of a base: a tar, the `key` of the packages in it, and whether it was there already."""

    path: Path
    key: str
    from_cache: bool


def assemble(engine: Engine, reference: str, *, cache: Path, watcher: Watcher = silent) -> Assembled:
    """Makes the stand-in for `reference` in the engine, under that name. `cache` is a folder to keep packages
    and results in (the folder `bases` of `session.cache_folder()`).

    The first time takes up to a minute; later an unchanged image costs a look at the package lists. Raises
    BaseMissing where there is no recipe, a tool or a package is missing, or the assembly fails; EngineFailed
    and DiskFull from the import.
    """
    recipe = find(reference)
    if recipe is None:
        raise BaseMissing(f"cannot assemble {reference}: there is no Debian stand-in for it")
    began = time.monotonic()

    def say(detail: str) -> None:
        watcher(Event(reference, "assembling", detail=detail))

    try:
        with store.turn(cache, recipe.content_digest):
            root = root_of(recipe, cache, say)
            image = _present(engine, recipe, reference, root.key)
            if image is None:
                say("importing")
                image = _imported(engine, recipe, reference, root)
        size = engine.inspect(image).size_bytes
    except Exception as error:
        watcher(Event(reference, "assembling", "failed", str(error)))
        raise
    seconds = time.monotonic() - began
    watcher(Event(reference, "assembling", "done", f"{size / 1e6:.0f} MB in {seconds:.0f} s"))
    return Assembled(reference, image, seconds, size, root.from_cache)


def is_stand_in(facts: ImageFacts) -> bool:
    """Whether the image is an assembled base itself. What is built on one inherits its labels, and has more
    layers than the one of an import."""
    return LABEL in facts.labels and len(facts.layers) == 1


def root_of(recipe: Recipe, cache: Path, say: Callable[[str], None]) -> RootTar:
    """The recipe's root filesystem of today's packages, or, where those cannot be had, the newest kept.

    The caller holds the recipe's turn. Raises BaseMissing.
    """
    try:
        return _current_root(recipe, cache, say)
    except BaseMissing as error:
        kept = store.stored(cache, recipe)
        if not kept:
            raise
        say(f"taking the files assembled before: {error}")
        return RootTar(kept[0], store.key_of(kept[0]), from_cache=True)


def _current_root(recipe: Recipe, cache: Path, say: Callable[[str], None]) -> RootTar:
    if missing := assembler_missing():
        raise missing
    with held.folder(cache / "work") as folder:
        with store.turn(cache, "apt"):
            suite = apt.open_suite(recipe.root.suite, cache)
            apt.refresh(suite)
            names = apt.resolve(suite, recipe.root)
            key = store.content_key(suite.architecture, names)
            tar = store.root_tar(cache, recipe, key)
            if tar.exists():
                return RootTar(tar, key, from_cache=True)
            say(f"fetching {len(names)} packages")
            packages = folder / "debs"
            packages.mkdir()
            debs = apt.gather(suite, recipe.root, names, packages)
        say(f"unpacking {len(names)} packages")
        # No file is newer than the newest package: the same packages make the same bytes on any day.
        epoch = max(apt.built(deb) for deb in debs)
        fresh = folder / "root.tar"
        if isinstance(recipe.root, Bootstrapped):
            bootstrap(recipe.root, suite, packages, epoch, fresh)
        else:
            pick(recipe.root, debs, epoch, fresh)
        fresh.rename(tar)
    store.prune(cache, keep=tar)
    return RootTar(tar, key, from_cache=False)


def _present(engine: Engine, recipe: Recipe, reference: str, key: str) -> str | None:
    """The image if the engine has it already, made of the same recipe and packages."""
    for name in dict.fromkeys((reference, recipe.name)):
        image = engine.find(name)
        if image is None:
            continue
        facts = engine.inspect(image)
        made_of = (facts.labels.get(LABEL_RECIPE), facts.labels.get(LABEL_KEY))
        if is_stand_in(facts) and made_of == (recipe.digest, key):
            if name != reference:
                engine.tag(image, reference)
            return image
    return None


def _imported(engine: Engine, recipe: Recipe, reference: str, root: RootTar) -> str:
    old = engine.find(reference)
    if old is not None and is_stand_in(engine.inspect(old)):
        # The one this replaces would stay behind without a name; a container may still hold it.
        with suppress(EngineFailed):
            engine.remove_image(reference)
    return engine.import_root(root.path, reference, changes(recipe, root.key))


def changes(recipe: Recipe, key: str) -> tuple[str, ...]:
    """The image's configuration as Dockerfile instructions, with labels that say what it is."""
    settings = recipe.settings
    labels = {LABEL: ORIGIN, LABEL_RECIPE: recipe.digest, LABEL_KEY: key}
    return (
        *(f"ENV {name}={json.dumps(value)}" for name, value in settings.env.items()),
        *([f"ENTRYPOINT {json.dumps(settings.entrypoint)}"] if settings.entrypoint else []),
        *([f"CMD {json.dumps(settings.cmd)}"] if settings.cmd else []),
        *([f"WORKDIR {settings.workdir}"] if settings.workdir else []),
        *([f"USER {settings.user}"] if settings.user else []),
        *([f"EXPOSE {port}" for port in settings.ports] if isinstance(settings, Serving) else []),
        *([f"VOLUME {json.dumps(settings.volumes)}"] if isinstance(settings, Serving) else []),
        *(f"LABEL {name}={json.dumps(value)}" for name, value in labels.items()),
    )
