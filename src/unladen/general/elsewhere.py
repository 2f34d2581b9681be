"""The user's Dockerfile on a base of another system (Alpine), where none of its lines is written for the old one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from unladen.dockerfile.stages import Stage
from unladen.dockerfile.users import UsersDockerfile
from unladen.general.base import on_lighter
from unladen.general.missing import with_packages
from unladen.general.rungs import PACKAGES, General, fixes, ignore_for, proposal
from unladen.language.interface import Impossible, Proposal

_DEBIANS = frozenset(
    (
        *("apt", "apt-get", "apt-key", "apt-cache", "add-apt-repository", "aptitude"),
        *("dpkg", "dpkg-reconfigure", "debconf-set-selections", "update-alternatives"),
        *("useradd", "usermod", "groupadd", "groupmod", "locale-gen", "update-locale", "bash"),
    )
)
"""Programs of Debian's images that Alpine's have not. https://wiki.alpinelinux.org/wiki/BusyBox"""


def elsewhere(general: General, rung: Proposal, packages: tuple[str, ...] = ()) -> Proposal | Impossible:
    """A rung that names other bases (`instead`), as edits of the user's own file; `packages` are what it was seen to
    lack."""
    users = general.project.users
    assert users is not None
    staged, instead = users.staged, rung.instead or {}
    base = staged.final_base
    if base not in instead:
        known = "alpine" in base or base == "scratch"
        reason = (
            f"what runs stands on {base} already" if known else f"no Alpine image takes the place of {base}"
        )
        return Impossible(rung.name, rung.why, reason)
    moved = [each for each in staged.stages if staged.chain(each)[0].base in instead]
    if minds := next((line for stage in moved for line in _minds(users, stage)), ""):
        return Impossible(rung.name, rung.why, minds)
    made = on_lighter(users, instead)
    if isinstance(made, str):
        return Impossible(rung.name, rung.why, made)
    ignore = ignore_for(general, users)
    changes = (*fixes(general, users, ignore), *made.changes)
    if packages:
        changes = (*changes, with_packages(users, packages, PACKAGES, on_alpine=True))
    return replace(proposal(rung, users, ignore, changes, rung.takes_away), instead=rung.instead)


def _minds(users: UsersDockerfile, stage: Stage) -> Iterator[str]:
    """Lines of a stage that another system would not understand."""
    reading = users.reading(stage)
    for run in reading.runs:
        argv = run.instruction.values if run.instruction.is_exec else run.scope.shell or ("sh",)
        program = argv[0].rpartition("/")[2] if argv else ""
        if program in _DEBIANS:
            yield f"line {run.line} of your Dockerfile calls {program}, which Alpine does not have"
        elif run.script is None and not run.instruction.is_exec:
            yield f"line {run.line} of your Dockerfile is no shell text that could be read"
    for run, command in reading.commands:
        if command.name in _DEBIANS:
            yield f"line {run.line} of your Dockerfile calls {command.name}, which Alpine does not have"
