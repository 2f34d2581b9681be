"""A base image assembled from packages of Debian's and of public registries: choose, download, unpack, import."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from unladen import held
from unladen.bases import apt, store
from unladen.bases.alpine import draw
from unladen.bases.apk import repository
from unladen.bases.archives import fetched
from unladen.bases.bootstrap import bootstrap
from unladen.bases.catalogue import find
from unladen.bases.parts import put
from unladen.bases.pick import pick
from unladen.bases.recipe import Alpine, Archive, Bootstrapped, Pick, Picked, Recipe, Repository, Serving
from unladen.bases.run import alpine_missing, assembler_missing
from unladen.engine.interface import LACKS_LABEL, PACKAGES_LABEL, Engine, ImageFacts
from unladen.errors import BaseMissing, EngineFailed
from unladen.progress import Event, Watcher, silent

__all__ = ["LABEL", "Assembled", "assemble", "assembler_missing", "has_packages", "is_stand_in"]

LABEL = "dev.unladen.base"
"""Says where a base that was assembled comes from (`Recipe.origin`)."""
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
        raise BaseMissing(f"cannot assemble {reference}: there is no stand-in for it")
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
        if not has_packages(engine, recipe):
            with suppress(BaseMissing):  # a build that adds none needs none
                assemble(engine, recipe.adds_from, cache=cache)
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


def has_packages(engine: Engine, recipe: Recipe) -> bool:
    """Whether the engine has the packages that builds on a base add from, as they are made today; so has one that adds
    from nowhere."""
    if not recipe.adds_from:
        return True
    image, wanted = engine.find(recipe.adds_from), find(recipe.adds_from)
    if image is None or wanted is None:
        return False
    return engine.inspect(image).labels.get(LABEL_RECIPE) == wanted.digest


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
    pinned = isinstance(recipe.root, Alpine | Repository)
    return (_of_alpine if pinned else _of_debian)(recipe, cache, say)


@dataclass(frozen=True)
class _Today:
    """The tar of today's packages of Debian's; where it has yet to be made, these, all in one folder."""

    root: RootTar
    suite: apt.Suite
    debs: tuple[Path, ...] = ()
    folder: Path = Path()


def _of_alpine(recipe: Recipe, cache: Path, say: Callable[[str], None]) -> RootTar:
    """Debian's packages, where it takes some, are today's; what else it takes is pinned by the recipe itself."""
    root = recipe.root
    assert isinstance(root, Alpine | Repository)
    if missing := alpine_missing():
        raise missing
    names = dict.fromkeys(part.source for part in root.parts if isinstance(part.source, str))
    with held.folder(cache / "work") as folder:
        debs: tuple[Path, ...] = ()
        if names:
            today = _of_today(recipe, Picked(root.suite, tuple(map(Pick, names))), cache, folder, say)
            made, debs = today.root, today.debs
        else:
            key = store.content_key("amd64", ())
            tar = store.root_tar(cache, recipe, key)
            made = RootTar(tar, key, from_cache=tar.exists())
        if made.from_cache:
            return made
        sources: dict[Archive | str, Path] = {deb.name.partition("_")[0]: deb for deb in debs}
        sources |= _archives(recipe, cache, say)
        say("unpacking the packages")
        fresh = folder / "root.tar"
        if isinstance(root, Alpine):
            draw(root, sources[root.disk], fresh, folder)
            put(fresh, root.parts, sources.__getitem__)
        else:
            repository(root, sources[root.disk], sources.__getitem__, fresh, folder)
        fresh.rename(made.path)
    store.prune(cache, keep=made.path)
    return made


def _of_today(
    recipe: Recipe,
    wanted: Bootstrapped | Picked,
    cache: Path,
    folder: Path,
    say: Callable[[str], None],
) -> _Today:
    """What the recipe takes of Debian, fetched into a folder of `folder` where its tar has yet to be made."""
    if missing := assembler_missing():
        raise missing
    with store.turn(cache, "apt"):
        suite = apt.open_suite(wanted.suite, cache)
        apt.refresh(suite)
        names = apt.resolve(suite, wanted)
        key = store.content_key(suite.architecture, names)
        tar = store.root_tar(cache, recipe, key)
        if tar.exists():
            return _Today(RootTar(tar, key, from_cache=True), suite)
        say(f"fetching {len(names)} packages")
        packages = folder / "debs"
        packages.mkdir()
        debs = apt.gather(suite, wanted, names, packages)
    return _Today(RootTar(tar, key, from_cache=False), suite, debs, packages)


def _archives(recipe: Recipe, cache: Path, say: Callable[[str], None]) -> Mapping[Archive | str, Path]:
    """What the recipe takes from registries, fetched or kept."""
    found: dict[Archive | str, Path] = {}
    for archive in recipe.archives:
        say(f"fetching {archive}")
        found[archive] = fetched(archive, cache)
    return found


def _of_debian(recipe: Recipe, cache: Path, say: Callable[[str], None]) -> RootTar:
    root = recipe.root
    assert isinstance(root, Bootstrapped | Picked)
    with held.folder(cache / "work") as folder:
        today = _of_today(recipe, root, cache, folder, say)
        made = today.root
        if made.from_cache:
            return made
        archives = _archives(recipe, cache, say)
        say(f"unpacking {len(today.debs)} packages")
        # No file is newer than the newest package: the same packages make the same bytes on any day.
        epoch = max(apt.built(deb) for deb in today.debs)
        fresh = folder / "root.tar"
        if isinstance(root, Bootstrapped):
            bootstrap(root, today.suite, today.folder, epoch, fresh)
            put(fresh, root.parts, archives.__getitem__)
        else:
            pick(root, today.debs, epoch, fresh)
        fresh.rename(made.path)
    store.prune(cache, keep=made.path)
    return made


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
    labels = {LABEL: recipe.origin, LABEL_RECIPE: recipe.digest, LABEL_KEY: key}
    labels |= {PACKAGES_LABEL: recipe.adds_from} if recipe.adds_from else {}
    labels |= {LACKS_LABEL: " ".join(recipe.lacks)} if recipe.lacks else {}
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
