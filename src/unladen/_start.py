"""Where a climb starts: the project, its baseline, and the rungs above it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Engine
from unladen.errors import BadConfig, BadProject
from unladen.language.dockerfile import parse, users
from unladen.language.interface import Dialect, Language, Overrides, Project, Rung
from unladen.language.registry import detect, language

BASELINE = "baseline"


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
    root: Path, overrides: Overrides, engine: Engine, host: HostSettings, only: tuple[str, ...] | None
) -> Ladder:
    """Raises BadProject (not a folder, no language), BadConfig (a rung that is not on this ladder)."""
    if not root.exists():
        raise BadProject(f"cannot read {root}: there is no such folder")
    if not root.is_dir():
        raise BadProject(f"cannot read {root}: it is a file", hint="Name the project's folder.")
    project = detect(root, overrides)
    spoken = language(project.language)
    dialect = Dialect(mounts=engine.builder != "legacy", ca=host.ca_bundle is not None)
    rungs = spoken.rungs(project, dialect)
    names = [rung.name for rung in rungs]
    if only is not None:
        if unknown := [name for name in only if name not in names]:
            raise BadConfig(
                f"cannot climb {', '.join(unknown)}: no such rung for {project.language}",
                hint=f"The rungs are: {', '.join(names)}.",
            )
        rungs = tuple(rung for rung in rungs if rung.name in only)
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
