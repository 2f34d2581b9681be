"""A project's ladder: its baseline, the rungs of any Dockerfile, those of its language, the slimmed ones below them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from unladen.climb.interface import ALSO, ToSlim
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Engine
from unladen.errors import BadConfig, BadProject
from unladen.general.elsewhere import elsewhere
from unladen.general.rungs import General
from unladen.general.rungs import rungs as of_any
from unladen.general.split import offered, onto
from unladen.keep.keeplist import Policy
from unladen.language.interface import (
    Baseline,
    Details,
    Dialect,
    Impossible,
    Language,
    Overrides,
    Project,
    Proposal,
)
from unladen.language.registry import detect, language
from unladen.slimming.interface import WHY

BASELINE = "baseline"
SLIMMED: Mapping[str, Policy] = MappingProxyType({"slimmed": "package", "slimmed-file": "file"})
"""The rungs below every ladder's last one → their policy. What they are made of is known once the others stand."""
LEANEST = 2
"""So many of the ladder's last rungs are climbed to be slimmed: they are the smallest."""


@dataclass(frozen=True)
class Ladder:
    """`baseline` is the user's Dockerfile, or the guide's naive one where there is none."""

    language: Language[Any]
    project: Project[Details]
    dialect: Dialect
    general: General
    baseline: Baseline
    rungs: tuple[Proposal | Impossible, ...]
    to_slim: tuple[ToSlim, ...]
    ignore: str
    notes: tuple[str, ...]


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
    ignore = spoken.dockerignore(project)
    general = General(project, dialect, overrides.bases, ignore)
    own = tuple(_of_the_users_file(general, each) for each in spoken.rungs(project, dialect))
    spoken_of = {each.name for each in own}
    any_ones = (each for each in (*of_any(general), *offered(general)) if each.name not in spoken_of)
    rungs = (*any_ones, *own)
    to_slim = tuple(ToSlim(name, WHY[policy], policy) for name, policy in SLIMMED.items())
    if only is not None:
        names = [rung.name for rung in (*rungs, *to_slim)]
        only = tuple(name if name in names else ALSO.get(name, name) for name in only)
        if unknown := [name for name in only if name not in names]:
            raise BadConfig(
                f"cannot climb {', '.join(unknown)}: no such rung for {project.language}",
                hint=f"The rungs are: {', '.join(names)}.",
            )
        to_slim = tuple(rung for rung in to_slim if rung.name in only)
        slims_only = to_slim and not set(only) - SLIMMED.keys()
        named = _full_ones(rungs, to_slim, made_from) if slims_only else only
        rungs = tuple(rung for rung in rungs if rung.name in named)
    baseline, notes = _baseline(spoken, project)
    return Ladder(
        language=spoken,
        project=project,
        dialect=dialect,
        general=general,
        baseline=baseline,
        rungs=rungs,
        to_slim=to_slim,
        ignore=ignore,
        notes=(*notes, *((project.doubt,) if project.doubt else ())),
    )


def _of_the_users_file(general: General, rung: Proposal | Impossible) -> Proposal | Impossible:
    """A language's rung, made of the user's own file where it asks for that."""
    if isinstance(rung, Impossible):
        return rung
    if rung.instead is not None:
        return elsewhere(general, rung)
    return onto(general, rung) if rung.onto else rung


def _full_ones(
    rungs: tuple[Proposal | Impossible, ...], to_slim: tuple[ToSlim, ...], made_from: str
) -> tuple[str, ...]:
    """Where nothing but slimmed rungs are asked for, the rungs to make them of: that of the list, else the leanest.
    Rungs that pay for size with comfort are for the policy that does so, too."""
    if made_from in {rung.name for rung in rungs}:
        return (made_from,)
    comfort = all(rung.policy == "package" for rung in to_slim)
    worth = [
        rung for rung in rungs if isinstance(rung, Proposal) and not (comfort and rung.goal == "smallest")
    ]
    return tuple(rung.name for rung in worth[-LEANEST:])


def _baseline(spoken: Language[Any], project: Project[Details]) -> tuple[Baseline, tuple[str, ...]]:
    """The user's Dockerfile as it stands, for the target and with the build arguments that he names."""
    users = project.users
    if users is None or users.path is None:
        return spoken.naive(project), (f"No Dockerfile of yours: {_MOST}.",)
    staged = users.staged
    return Baseline(
        BASELINE,
        f"{users.path.name} as it stands",
        staged.source.text,
        tuple(dict.fromkeys(base for base in staged.bases if base != "scratch")),
        target=staged.target_name,
    ), ((f"{users.said}.",) if users.said else ())


_MOST = "the baseline is the one that most people start with"
