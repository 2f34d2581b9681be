"""Several projects in one place: the services that a compose file builds, or the folders of a monorepo."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from unladen.climb.interface import Climb
from unladen.dockerfile.builds import Build, builds_in
from unladen.dockerfile.choose import Choice
from unladen.dockerfile.compose import Named
from unladen.errors import BadProject, UnladenError
from unladen.language.registry import projects_below


@dataclass(frozen=True)
class Part:
    """A project of several. `name` is what people call it: its service, or its folder. `folder` is the build context,
    `dockerfile` which Dockerfile of it; `kept_as` stands for the project in the names of kept images; `refused` says
    why it cannot be built here, "" where nothing speaks against it."""

    name: str
    folder: Path
    kept_as: str
    dockerfile: Choice = field(default_factory=Choice)
    composed: Named | None = None
    refused: str = ""


@dataclass(frozen=True)
class Parts:
    """`others` are passed over: a service's name → why."""

    each: tuple[Part, ...]
    others: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """How a part ended: with a climb, and with `error` where it broke off, or what was to be written could not be."""

    part: Part
    climb: Climb | None = None
    error: UnladenError | None = None

    @property
    def failed(self) -> bool:
        return self.error is not None or self.climb is None or self.climb.all_failed


def services_of_file(file: Path, only: Collection[str] = ()) -> Parts:
    """What a compose file builds, in its order; `only` names the services that are wanted, () all. Raises BadProject:
    the file cannot be read, or has no such service to build."""
    builds, others = builds_in(file)
    for name in only:
        if name in others:
            raise BadProject(f"cannot optimize the service {name}: {others[name]}")
        if not any(name in each.names for each in builds):
            names = ", ".join(name for each in builds for name in each.names)
            raise BadProject(f"cannot find the service {name} in {file}", hint=f"It builds {names}.")
    wanted = [each for each in builds if not only or set(only) & set(each.names)]
    return Parts(tuple(_of_service(file, each) for each in wanted), {} if only else others)


def _of_service(file: Path, build: Build) -> Part:
    name = build.names[0]
    return Part(
        name=", ".join(build.names),
        folder=build.context,
        kept_as=f"{file.resolve().parent.name}-{name}",
        dockerfile=Choice(_dockerfile(build), build.target, build.args),
        composed=Named(file, name),
        refused=build.refused,
    )


def _dockerfile(build: Build) -> str:
    """The file that compose takes; "" where it is not there, and unladen looks for another."""
    return build.file or ("Dockerfile" if (build.context / "Dockerfile").is_file() else "")


def projects_of_folder(root: Path) -> Parts:
    """The projects in the folders of `root`. Raises BadProject where there are none."""
    folders = projects_below(root)
    if not folders:
        raise BadProject(
            f"cannot find projects in {root}: no folder in it has a Dockerfile or a file that tells of a language"
        )
    names = [folder.relative_to(root).as_posix() for folder in folders]
    above = root.resolve().name
    return Parts(
        tuple(
            Part(name, folder, f"{above}-{name.replace('/', '-')}")
            for name, folder in zip(names, folders, strict=True)
        )
    )


def listed(root: Path, error: UnladenError) -> UnladenError:
    """The error that a folder is no project, with the command for each project below it, where there are several."""
    folders = projects_below(root) if root.is_dir() else ()
    if len(folders) < 2:
        return error
    error.detail = "\n".join(f"unladen optimize {folder}" for folder in folders)
    error.hint = f"It holds several projects. Name one of them, or take all: unladen optimize {root} --all."
    return error
