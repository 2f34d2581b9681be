"""Where a climb starts: the project, its baseline, and the rungs above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Engine
from unladen.errors import BadConfig, BadProject
from unladen.keep.keeplist import Policy
from unladen.keep.stages import PACKER
from unladen.language.dockerfile import parse, users
from unladen.language.interface import Dialect, Language, Overrides, Project, Rung
from unladen.language.registry import detect, language

BASELINE = "baseline"
SLIMMED: Mapping[str, Policy] = MappingProxyType({"slimmed": "package", "slimmed-file": "file"})
"""The rungs below every ladder's last one → their policy. What they are made of is known once the others stand."""
LEANEST = 2
"""So many of the ladder's last rungs are climbed to be slimmed: they are the smallest."""


@dataclass(frozen=True)
class Ladder:
    """`baseline` is the user's Dockerfile, or the guide's naive one where there is none."""

    language: Language
    project: Project
    dialect: Dialect
    baseline: Rung
    rungs: tuple[Rung, ...]
    ignore: str
    notes: tuple[str, ...]

    @property
    def all(self) -> tuple[Rung, ...]:
        return (self.baseline, *self.rungs)


def ladder_for(
    root: Path,
    overrides: Overrides,
    engine: Engine,
    host: HostSettings,
    only: tuple[str, ...] | None,
    made_from: str = "",
) -> Ladder:
    """`made_from` is the rung that the project's keep-list was made from.

    Raises BadProject (not a folder, no language), BadConfig (a rung that is not on this ladder).
    """
    if not root.exists():
        raise BadProject(f"cannot read {root}: there is no such folder")
    if not root.is_dir():
        raise BadProject(f"cannot read {root}: it is a file", hint="Name the project's folder.")
    project = detect(root, overrides)
    spoken = language(project.language)
    dialect = Dialect(mounts=engine.builder != "legacy", ca=host.ca_bundle is not None)
    rungs = (*spoken.rungs(project, dialect), *map(_slimmed, SLIMMED))
    names = [rung.name for rung in rungs]
    if only is not None:
        if unknown := [name for name in only if name not in names]:
            raise BadConfig(
                f"cannot climb {', '.join(unknown)}: no such rung for {project.language}",
                hint=f"The rungs are: {', '.join(names)}.",
            )
        named = only if set(only) - SLIMMED.keys() else (*only, *_to_slim(rungs, only, made_from))
        rungs = tuple(rung for rung in rungs if rung.name in named)
    baseline, notes = _baseline(spoken, project)
    return Ladder(
        language=spoken,
        project=project,
        dialect=dialect,
        baseline=baseline,
        rungs=rungs,
        ignore=spoken.dockerignore(project),
        notes=notes,
    )


def _to_slim(rungs: tuple[Rung, ...], slimmed: tuple[str, ...], made_from: str) -> tuple[str, ...]:
    """Where nothing but slimmed rungs are asked for, the rungs to make them of: that of the list, else the leanest.
    Rungs that pay for size with comfort are for the policy that does so, too."""
    if made_from in {rung.name for rung in rungs}:
        return (made_from,)
    comfort = all(SLIMMED[name] == "package" for name in slimmed)
    worth = [rung for rung in rungs if rung.dockerfile and not (comfort and rung.goal == "smallest")]
    return tuple(rung.name for rung in worth[-LEANEST:])


def _slimmed(name: str) -> Rung:
    what = "used packages whole" if SLIMMED[name] == "package" else "used files alone"
    return Rung(
        name=name,
        why=f"what the program was seen to use, {what}, by a list to review",
        dockerfile="",
        bases=(PACKER,),
        goal="smallest",
    )


def _baseline(spoken: Language, project: Project) -> tuple[Rung, tuple[str, ...]]:
    """The user's Dockerfile as it stands; one that unladen wrote is no baseline, what it replaced is."""
    path = users(project.root)
    if path is None:
        return replace(spoken.naive(project), proposed=False), (f"No Dockerfile of yours: {_MOST}.",)
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    told = (
        ()
        if path.name == "Dockerfile"
        else (f"The Dockerfile is unladen's own: the baseline is {path.name}.",)
    )
    return _as_rung(path.name, text), told


_MOST = "the baseline is the one that most people start with"


def _as_rung(name: str, text: str) -> Rung:
    """Raises BadDockerfile."""
    bases = tuple(dict.fromkeys(base for base in parse(text, name).bases if base != "scratch"))
    return Rung(name=BASELINE, why=f"{name} as it stands", dockerfile=text, bases=bases, proposed=False)
