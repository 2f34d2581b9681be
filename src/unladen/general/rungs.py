"""The first rungs of every project with a Dockerfile: the user's file tidied, and on a lighter base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unladen.dockerfile import edit
from unladen.dockerfile.edit import Change
from unladen.dockerfile.stages import parse
from unladen.dockerfile.users import UsersDockerfile
from unladen.engine.ignore import parse_ignore
from unladen.general.base import on_lighter
from unladen.general.families import chosen, family
from unladen.general.interface import Edited
from unladen.general.missing import with_packages
from unladen.general.tidy import intended, tidied
from unladen.language.interface import Dialect, Impossible, Lost, Project, Proposal, Rung

TIDY, LIGHTER_BASE = "tidy", "lighter-base"
NAMES = (TIDY, LIGHTER_BASE)
_WHY = {
    TIDY: "your Dockerfile with safe fixes, its base and its stages as they are",
    LIGHTER_BASE: "your Dockerfile on the lighter base of the same family",
}
PACKAGES = "Needed, and there no longer: these came with the former base, or as recommended packages"
_NOTHING = "there is nothing in it that could be mended for certain"
_WHOLE = (".", "./")


@dataclass(frozen=True)
class General:
    """What the rungs are functions of. `own` are the user's bases, `ignore` the .dockerignore proposed for the
    ladder."""

    project: Project[Any]
    dialect: Dialect
    own: Mapping[str, str] = field(default_factory=dict)
    ignore: str = ""


@dataclass(frozen=True)
class Wished:
    """What was learned from a rung's image: `packages` that it lacks, and whether those that others `recommends` are
    needed to build it."""

    packages: tuple[str, ...] = ()
    recommends: bool = False


PLAIN = Wished()


def rungs(general: General) -> tuple[Proposal | Impossible, ...]:
    """None where the project has no Dockerfile of its own."""
    users = general.project.users
    if users is None or users.path is None:
        return ()
    return tuple(rung(general, users, name) for name in NAMES)


def again(general: General, former: Proposal, wished: Wished) -> Proposal | None:
    """One of these rungs with what was learned; None for a rung of another kind, and where nothing would change."""
    users = general.project.users
    if former.name not in NAMES or users is None:
        return None
    made = rung(general, users, former.name, wished)
    return made if isinstance(made, Proposal) and made.dockerfile != former.dockerfile else None


def rung(
    general: General, users: UsersDockerfile, name: str, wished: Wished = PLAIN
) -> Proposal | Impossible:
    """A rung is all the edits of the ones before it and its own."""
    ignore = ignore_for(general, users)
    changes = fixes(general, users, ignore, recommends=wished.recommends)
    if name == LIGHTER_BASE:
        moved = on_lighter(users, general.own)
        if isinstance(moved, str):
            return Impossible(name, _WHY[name], moved)
        changes = (*changes, *moved.changes)
    elif not changes and not wished.packages and not _gains_by_ignoring(general, users):
        return Impossible(name, _WHY[name], _NOTHING)
    if wished.packages:
        changes = (*changes, with_packages(users, wished.packages, PACKAGES))
    lost = () if name == TIDY else without(general, users)
    return proposal(Rung(name, _WHY[name]), users, ignore, changes, lost)


def fixes(
    general: General, users: UsersDockerfile, ignore: str, *, recommends: bool = False
) -> tuple[Change, ...]:
    """What `tidy` changes: every further rung has it, too."""
    fixed = tidied(users, general.dialect, general.project.root, ignore, recommends=recommends)
    return fixed.changes if fixed else ()


def proposal(
    rung: Rung, users: UsersDockerfile, ignore: str, changes: tuple[Change, ...], takes_away: tuple[Lost, ...]
) -> Proposal:
    """A rung that is nothing but edits of the user's file."""
    staged = users.staged
    edited = Edited(edit.apply(staged.source, (each.edit for each in changes)), changes)
    bases = parse(edited.text, target=staged.target_name, build_args=staged.build_args).bases
    reasons = tuple(dict.fromkeys(each.why for each in changes))
    return Proposal(
        rung.name,
        rung.why,
        edited.text,
        tuple(dict.fromkeys(base for base in bases if base != "scratch")),
        takes_away=takes_away,
        dockerignore=ignore,
        intends=intended(changes),
        notes=reasons,
        changes=changes,
        target=staged.target_name,
    )


def without(general: General, users: UsersDockerfile) -> tuple[Lost, ...]:
    """What the lighter image of a family does without; of the user's own it is not known."""
    base = users.staged.final_base
    found = family(base) if chosen(base, general.own) is None else None
    return (Lost(found.without),) if found and found.without else ()


def ignore_for(general: General, users: UsersDockerfile) -> str:
    """The user's own ignore file; where there is none, the proposed one without what would leave out a file that the
    Dockerfile copies by name."""
    if (own := general.project.ignored) is not None:
        return own
    sources = {source.strip("/").removeprefix("./") for source in users.sources} - {""}
    rules = ((line, parse_ignore(line)) for line in general.ignore.splitlines())
    kept = [line for line, rule in rules if not any(map(rule.excludes, sources))]
    return "\n".join(kept) + "\n" if kept else ""


def _gains_by_ignoring(general: General, users: UsersDockerfile) -> bool:
    """Whether whole folders are copied and nothing is left out of them."""
    return general.project.ignored is None and any(source in _WHOLE for source in users.sources)
