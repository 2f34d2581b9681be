"""Users and groups that the instructions made, for a stage that starts from another base."""

from __future__ import annotations

from dataclasses import dataclass

from unladen.dockerfile.users import CONTEXT, Reading, Run
from unladen.general.added import CannotCarry
from unladen.image.accounts import GROUP, PASSWD, logins
from unladen.image.packages import read_text
from unladen.proof.has.interface import Side

MAKERS = frozenset(("useradd", "groupadd", "adduser", "addgroup", "usermod", "groupmod"))
"""Commands that make accounts and nothing else that counts: a home folder is copied like any other."""
PEOPLE = range(1000, 60000)
"""Numbers that useradd gives to users who are no service of the system (UID_MIN, UID_MAX of login.defs)."""
_SHADOWS = ("/etc/shadow", "/etc/gshadow")


@dataclass(frozen=True)
class Accounts:
    """RUN lines as they stand in the user's file, or the files to copy; at most one of the two."""

    runs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def accounts(full: Side, light: Side, reading: Reading) -> Accounts:
    """The user's own lines where they make nothing but accounts and give the same numbers on the lighter base; else the
    books as the build stage has them. Raises CannotCarry where these would forget accounts of the lighter base."""
    if not any(_changed(full, file) for file in (PASSWD, GROUP)):
        return Accounts()
    runs = tuple(run for run in reading.runs if _makes_accounts(run))
    if runs and all(_only_makes_accounts(run, light) for run in runs) and _gives_the_same(full, light, runs):
        return Accounts(runs=tuple(run.instruction.source for run in runs))
    for file in (PASSWD, GROUP) if light.scene.real("/bin/sh") else ():  # without a shell nobody logs in
        known = {each.name: each.number for each in logins(full.scene.tree, file)}
        for each in logins(light.scene.tree, file):
            if known.get(each.name) != each.number:
                raise CannotCarry(f"the lighter base has the account {each.name}, which the image has not")
    there = (file for file in (PASSWD, GROUP, *_SHADOWS) if full.scene.tree.get(file) is not None)
    return Accounts(files=tuple(there))


def _changed(full: Side, file: str) -> bool:
    return _lines(read_text(full.scene.tree, file)) != _lines(read_text(full.base, file))


def _lines(text: str) -> set[str]:
    return set(text.splitlines())


def _makes_accounts(run: Run) -> bool:
    return run.script is not None and any(each.name in MAKERS for each in run.script.commands)


def _only_makes_accounts(run: Run, light: Side) -> bool:
    """Whether it does nothing else, the lighter base has what it calls, and it names nothing by a variable."""
    if (
        run.script is None
        or not run.script.is_understood
        or run.instruction.flag_words
        or "$" in run.script.text
    ):
        return False
    return all(
        (each.name in MAKERS and light.scene.program(each.words[0]) and not each.redirects)
        or each.name in CONTEXT
        for each in run.script.commands
    )


def _gives_the_same(full: Side, light: Side, runs: tuple[Run, ...]) -> bool:
    """Whether the lines made all accounts that are new, and find the accounts that they found: those of people alone
    where they made nothing but such, whose numbers no other range's depend on."""
    words = {word for run in runs if run.script for each in run.script.commands for word in each.words}
    for file in (PASSWD, GROUP):
        before, there = set(logins(full.base, file)), set(logins(light.scene.tree, file))
        new = set(logins(full.scene.tree, file)) - before
        if any(each.name not in words or each.name in {old.name for old in there} for each in new):
            return False
        if all(each.number in PEOPLE for each in new):
            before, there = ({each for each in some if each.number in PEOPLE} for some in (before, there))
        if before != there:
            return False
    return True
