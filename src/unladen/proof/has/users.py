"""Users and groups: the rung knows those that the baseline's own instructions made, and root and nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unladen.image.accounts import GROUP, PASSWD, Account, Login, account, logins
from unladen.image.packages import read_text
from unladen.proof.has.interface import Pair, Part, Side
from unladen.proof.has.own import Own
from unladen.proof.interface import Loss

READ, WRITE, ENTER = 4, 2, 1
NOBODY = 65534
_ANYWHERE = (0, NOBODY)
_OF_PEOPLE = 1000
"""Debian's first number of a user that is no service of the system."""


def user(side: Side) -> Account:
    """Who the program runs as; root where the image does not know its USER."""
    return account(side.scene.tree, side.scene.settings.user) or Account(0, 0)


def users(pair: Pair) -> Part:
    own = Own(pair.baseline)
    wanted = [(file, login) for file in (PASSWD, GROUP) for login in _wanted(own, file)]
    losses = [loss for file, login in wanted for loss in _lost(pair, own, file, login)]
    return Part("users and groups", len(wanted), tuple(losses))


def _wanted(own: Own, file: str) -> Iterator[Login]:
    """Where the base image is not known, those that no system makes for its own services."""
    before = set(logins(own.side.base, file))
    for login in logins(own.side.scene.tree, file):
        if login.number in _ANYWHERE or (login not in before and (before or login.number >= _OF_PEOPLE)):
            yield login


def _lost(pair: Pair, own: Own, file: str, login: Login) -> Iterator[Loss]:
    there = list(logins(pair.rung.scene.tree, file))
    same = next((each for each in there if each.name == login.name), None)
    if login.number in _ANYWHERE:  # by whatever name: Debian's group 65534 is nogroup, Alpine's is nobody
        same = next((each for each in there if each.number == login.number), same)
    entry = own.side.scene.tree.get(file)
    origin, why = own.side.origins.of(entry.layer) if entry else "", _why(pair, login)
    kind = "user" if file == PASSWD else "group"
    if same is None:
        yield Loss("file", file, f"the {kind} {login.name} ({login.number}) is gone", origin, why)
    elif same.number != login.number:
        said = f"the {kind} {login.name} was {login.number}, is {same.number}"
        yield Loss("owner", file, said, origin, why)
    elif same.home != login.home and login.number not in _ANYWHERE:
        yield Loss(
            "contents", file, f"the home of {login.name} was {login.home}, is {same.home}", origin, why
        )


def _why(pair: Pair, login: Login) -> str:
    """The user that the baseline runs as is of no use where the rung runs as another on purpose."""
    was, runs = user(pair.baseline), user(pair.rung)
    is_his = login.number in (was.uid, was.gid) and login.number not in _ANYWHERE
    return pair.intent.why("USER", str(runs)) if is_his else _of_what_went(pair, login)


def _of_what_went(pair: Pair, login: Login) -> str:
    """A service's account that the scripts of a package make is of no use where the package went; that its files or
    others of its owner are missed is told by itself."""
    if login.number >= _OF_PEOPLE or login.number in _ANYWHERE:
        return ""
    tree = pair.baseline.scene.tree
    there = {each.id for each in pair.rung.scene.packages}
    for each in pair.baseline.scene.packages:
        if each.kind != "deb" or each.id in there:
            continue
        scripts = (f"/var/lib/dpkg/info/{each.name}.{kind}" for kind in ("preinst", "postinst"))
        if any(_names(read_text(tree, script), login.name) for script in scripts):
            return f"{each}, whose account it is, is gone too"
    return ""


def _names(script: str, name: str) -> bool:
    return re.search(rf"(?m)^(?!\s*#).*(?<![\w.-]){re.escape(name)}(?![\w.-])", script) is not None
