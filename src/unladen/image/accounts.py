"""Who a program runs as: what an engine makes of USER by the image's own /etc/passwd and /etc/group.

How the numbers are found: https://docs.docker.com/reference/dockerfile/#user
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unladen.image.interface import Entry, FileTree
from unladen.image.packages import read_text

PASSWD, GROUP = "/etc/passwd", "/etc/group"


@dataclass(frozen=True)
class Login:
    """A line of /etc/passwd or (without a home) of /etc/group."""

    name: str
    number: int
    home: str = ""


@dataclass(frozen=True)
class Account:
    """`groups` are the supplementary ones, `home` what HOME is where the image does not set it."""

    uid: int
    gid: int
    groups: frozenset[int] = frozenset()
    home: str = "/"

    @property
    def is_root(self) -> bool:
        return self.uid == 0

    def __str__(self) -> str:
        return f"{self.uid}:{self.gid}"

    def may(self, entry: Entry, right: int) -> bool:
        """Whether the mode of a file gives a right (4 read, 2 write, 1 execute or enter). Root may all but execute
        what nobody may execute."""
        if self.is_root:
            return right != 1 or entry.kind == "dir" or bool(entry.mode & 0o111)
        if entry.uid == self.uid:
            return bool(entry.mode >> 6 & right)
        if entry.gid == self.gid or entry.gid in self.groups:
            return bool(entry.mode >> 3 & right)
        return bool(entry.mode & right)


def account(tree: FileTree, user: str) -> Account | None:
    """`user` is an image's USER ("", "web", "1000:1000"). None for a name that the image does not know: it does not
    start then."""
    name, colon, group = user.partition(":")
    name = name or "0"
    known = next((each for each in _fields(tree, PASSWD, 6) if name in (each[0], each[2])), None)
    if known is None and not name.isdecimal():
        return None
    uid, gid, home = (known[2], known[3], known[5]) if known else (name, "0", "/")
    groups = tuple(_fields(tree, GROUP, 3))
    if colon and group:
        named = next((each[2] for each in groups if group in (each[0], each[2])), group)
        return (
            Account(int(uid), int(named), home=home or "/") if named.isdecimal() and uid.isdecimal() else None
        )
    if not (uid.isdecimal() and gid.isdecimal()):
        return None
    login = known[0] if known else ""
    more = (each[2] for each in groups if login and len(each) > 3 and login in each[3].split(","))
    return Account(int(uid), int(gid), frozenset(int(each) for each in more if each.isdecimal()), home or "/")


def logins(tree: FileTree, file: str = PASSWD) -> Iterator[Login]:
    """Broken lines are passed over, as the C library does."""
    for fields in _fields(tree, file, 6 if file == PASSWD else 3):
        if fields[0] and fields[2].isdecimal():
            yield Login(fields[0], int(fields[2]), fields[5] if file == PASSWD else "")


def _fields(tree: FileTree, path: str, least: int) -> Iterator[list[str]]:
    lines = (line.split(":") for line in read_text(tree, path).splitlines())
    return (each for each in lines if len(each) >= least)
