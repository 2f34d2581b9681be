"""The user's Dockerfile with safe fixes: the same base, the same stages, each fix only where it is certain."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from unladen.dockerfile import edit
from unladen.dockerfile.edit import Change
from unladen.dockerfile.parse import Instruction
from unladen.dockerfile.stages import SHELL, Command
from unladen.dockerfile.users import UsersDockerfile
from unladen.engine.ignore import parse_ignore
from unladen.general.families import family
from unladen.general.installers import caches
from unladen.general.interface import Edited
from unladen.general.order import manifests_first
from unladen.general.system_packages import system_packages
from unladen.image.settings import without_a_shell
from unladen.language.interface import Dialect

EXEC_FORM = "the program is started without a shell around it, so that signals reach it"


def tidied(
    users: UsersDockerfile,
    dialect: Dialect,
    root: Path | None = None,
    ignore: str = "",
    *,
    recommends: bool = False,
) -> Edited | None:
    """The user's file after every fix that applies; None where none does. `root` is the project's folder and `ignore`
    its .dockerignore, by which files are known to be there; `recommends`: what Debian's packages recommend stays."""
    source = users.staged.source
    changes = (
        *system_packages(users, recommends=recommends),
        *caches(users, dialect, root),
        *_exec_forms(users),
    )
    if root is not None:
        changes = manifests_first(users, root, parse_ignore(ignore), changes)
    changes = tuple(sorted(changes, key=lambda each: (each.edit.start, each.edit.end)))
    return Edited(edit.apply(source, (each.edit for each in changes)), changes) if changes else None


def takes_the_shell_away(changes: Iterable[Change]) -> bool:
    """Whether one of the fixes starts the program without a shell around it."""
    return any(EXEC_FORM in each.why for each in changes)


def intended(changes: Iterable[Change]) -> Mapping[str, str]:
    """What fixes change of the image's configuration (see `Proposal.intends`)."""
    return dict.fromkeys(("CMD", "arguments"), EXEC_FORM) if takes_the_shell_away(changes) else {}


def _exec_forms(users: UsersDockerfile) -> Iterator[Change]:
    """CMD and ENTRYPOINT in shell form that start one plain program. A CMD is the entry point's to read: of the base's
    it has to be known that it hands it on. An ENTRYPOINT in shell form ignores CMD and all arguments."""
    final = users.final
    if final.entrypoint is None:
        if final.cmd is not None and family(final.base) is not None:
            yield from _exec_form(users, final.cmd, "CMD")
    elif final.cmd is None:
        yield from _exec_form(users, final.entrypoint, "ENTRYPOINT")


def _exec_form(users: UsersDockerfile, start: Command, keyword: str) -> Iterator[Change]:
    found = next((each for each in users.staged.final if each.line == start.line), None)
    if found is None or found.is_exec or found.keyword != keyword or _has_comment(users, found):
        return
    words = without_a_shell((*SHELL, found.arguments))
    if users.final.scope.shell == SHELL and words is not None:
        text = f"{keyword} {json.dumps(list(words), ensure_ascii=False)}"
        yield Change(edit.replace(found, text), EXEC_FORM)


def _has_comment(users: UsersDockerfile, each: Instruction) -> bool:
    return any(each.start < comment.start < each.end for comment in users.staged.source.comments)
