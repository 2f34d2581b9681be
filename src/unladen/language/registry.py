"""The languages and ecosystems unladen knows, and which language a project is written in.

A folder beside this file whose package has a `LANGUAGE`, an `ECOSYSTEM` or both is known, and so is what a module
named by an entry point of the group "unladen.languages" has. Nothing else has to list them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

import unladen.language
from unladen.dockerfile.choose import choose, projects_in
from unladen.dockerfile.compose import started_in
from unladen.dockerfile.kubernetes import started_by_kubernetes
from unladen.errors import BadDockerfile, BadProject
from unladen.language.ecosystem import Ecosystem, Ecosystems
from unladen.language.interface import Details, Fact, Language, Overrides, Project
from unladen.language.named import Named
from unladen.language.unknown import UNKNOWN
from unladen.syntax import bash

ENTRY_POINTS = "unladen.languages"
_registered: list[ModuleType] = []


def register(module: ModuleType) -> None:
    """Makes known what a module has as `LANGUAGE` and `ECOSYSTEM`."""
    _registered.append(module)
    _look_again()


def unregister(module: ModuleType) -> None:
    _registered.remove(module)
    _look_again()


def _look_again() -> None:
    languages.cache_clear()
    ecosystems.cache_clear()


@cache
def languages() -> Mapping[str, Language[Any]]:
    """All that are known, by name."""
    found = {each.LANGUAGE.name: each.LANGUAGE for each in _modules() if hasattr(each, "LANGUAGE")}
    return dict(sorted(found.items()))


@cache
def ecosystems() -> Ecosystems:
    """All that are known, as one."""
    found: dict[str, Ecosystem] = {
        each.ECOSYSTEM.name: each.ECOSYSTEM for each in _modules() if hasattr(each, "ECOSYSTEM")
    }
    return Ecosystems(found[name] for name in sorted(found))


def _modules() -> Iterator[ModuleType]:
    for module in pkgutil.iter_modules(unladen.language.__path__):
        if module.ispkg:
            yield importlib.import_module(f"unladen.language.{module.name}")
    yield from (point.load() for point in entry_points(group=ENTRY_POINTS))
    yield from _registered


def language(name: str) -> Language[Any]:
    """The language of that name. Raises BadProject."""
    if name == UNKNOWN.name:
        return UNKNOWN
    if name not in languages():
        raise BadProject(
            f"cannot work on a project in {name}: unladen knows {_listed(tuple(languages()))}",
            hint="Set language under [project] in unladen.toml to one of them, or leave it out.",
        )
    return languages()[name]


def by_interpreter(program: str) -> Language[Any] | None:
    """The language that a program (its name or path: "/usr/bin/python3.11") runs the source of."""
    name = program.rpartition("/")[2]
    return next((languages().get(each.name) for each in ecosystems().each if each.runs(name)), None)


def detect(root: Path, overrides: Overrides) -> Project[Details]:
    """What is believed of the project in `root`; `language_source` says why it is taken for that language.

    Raises BadProject: no folder, an empty one, no manifest that a language knows, no start command.
    """
    project = _read(root, overrides)
    entered = project.users is not None and project.users.final.entrypoint is not None
    return replace(project, named=(*project.named, *_run_from_outside(root, entered=entered)))


def _read(root: Path, overrides: Overrides) -> Project[Details]:
    """What the project itself says: what names it from outside is not looked for."""
    _check(root)
    own = replace(overrides.dockerfile, elsewhere=ecosystems().not_source)
    overrides = replace(overrides, dockerfile=own)
    chosen = (
        Fact(overrides.language, "unladen.toml")
        if overrides.language is not None
        else _choose(root, overrides)
    )
    project = _detected(root, overrides, chosen.value)
    users = project.users or choose(root, overrides.dockerfile)
    path = users.path if users else None
    source = project.doubt or chosen.source
    return replace(project, language_source=source, users=users, dockerfile=path)


def _run_from_outside(root: Path, *, entered: bool) -> Iterator[Named]:
    """The programs of the image that a compose file or Kubernetes starts in it: no instruction of the Dockerfile names
    them."""
    for where, line in (
        *started_in(root, entered=entered),
        *started_by_kubernetes(root, ecosystems().not_source),
    ):
        yield from (
            Named("program", word, where, outside=True) for word in dict.fromkeys(bash.programs(line))
        )


def _detected(root: Path, overrides: Overrides, name: str) -> Project[Details]:
    """Where a language refuses a project that has a Dockerfile, and nobody said that it is of that language, the
    Dockerfile tells how it is built and run."""
    try:
        return language(name).detect(root, overrides)
    except BadProject as error:
        if overrides.language is not None:
            raise
        users = choose(root, overrides.dockerfile)
        if users is None or users.path is None:
            raise
        doubt = f"The rungs of {name} are left out: {error}. {error.hint}".strip()
        return replace(UNKNOWN.detect(root, overrides), doubt=doubt)


def _check(root: Path) -> None:
    if not root.is_dir():
        raise BadProject(f"cannot read the project {root}: there is no such folder")
    if not any(root.iterdir()):
        raise BadProject(f"cannot read the project {root}: the folder is empty")


def projects_below(root: Path) -> tuple[Path, ...]:
    """Folders in a folder that are projects of their own: each has a Dockerfile that builds from it, or files that tell
    of a language and of what is started."""
    return tuple(projects_in(root, ecosystems().not_source, _is_program))


def _is_program(folder: Path) -> bool:
    if not any(_manifests(folder, name) for name in languages()):
        return False
    try:
        _read(folder, Overrides())
    except (BadProject, BadDockerfile):
        return False  # a library: nothing is started
    return True


def _choose(root: Path, overrides: Overrides) -> Fact[str]:
    """The Dockerfile decides between several languages; without one, the first by name does. A Dockerfile alone is
    enough for what can be done whatever the language."""
    found = {name: here for name in languages() if (here := _manifests(root, name))}
    if not found and (users := choose(root, overrides.dockerfile)) and users.path:
        return Fact(UNKNOWN.name, f"{users.path.name} alone: no file tells of a language that unladen knows")
    if not found:
        known = ", ".join(f"{name} ({', '.join(each.manifests)})" for name, each in languages().items())
        raise BadProject(
            f"cannot tell what {root} is written in: it has none of the files that unladen looks for",
            hint=f"unladen knows {known}. If the project is in a subfolder, name that.",
        )
    if len(found) == 1:
        name, here = next(iter(found.items()))
        return Fact(name, here)
    users = choose(root, overrides.dockerfile)
    return _choose_among(found, users.staged.bases if users else ())


def _choose_among(found: Mapping[str, str], bases: tuple[str, ...]) -> Fact[str]:
    by_base = [name for name in found if any(base.split("/")[-1].startswith(name) for base in bases)]
    name = by_base[0] if len(by_base) == 1 else next(iter(found))
    why = f"{found[name]} and the Dockerfile's FROM" if len(by_base) == 1 else found[name]
    others = "; ".join(f"{other} was found too ({here})" for other, here in found.items() if other != name)
    return Fact(name, f"{why}; {others}: set language in unladen.toml if this is wrong")


def _manifests(root: Path, name: str) -> str:
    return ", ".join(manifest for manifest in language(name).manifests if (root / manifest).is_file())


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
