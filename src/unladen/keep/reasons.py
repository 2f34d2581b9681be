"""Why something is kept, in the words of the keep-list's comments: one place, so that what is written is read back."""

from __future__ import annotations

import re
from enum import IntEnum, auto

from unladen.keep.lines import escape, unescape


class Kind(IntEnum):
    """Kinds of reasons, in the order of their groups within a section."""

    BY_HAND = auto()
    ALWAYS = auto()
    APPLICATION = auto()
    START = auto()
    ANSWERING = auto()
    UNTRACED = auto()
    HEALTHCHECK = auto()
    LOOKED_AT = auto()
    WHOLE = auto()
    NAMED = auto()
    FORESEEN = auto()
    NEEDED = auto()
    LINKS = auto()
    METADATA = auto()
    BYTECODE = auto()
    INCLUDED = auto()
    LEARNED = auto()
    REPAIRED = auto()
    EXCLUDED = auto()
    OTHER = auto()
    """Somebody's own words."""


BY_HAND = ""
"""A line without a comment above it: somebody wrote it."""
APPLICATION = "the application itself, never thinned"
START = "opened at start"
ANSWERING = "opened while answering"
UNTRACED = "used, as far as can be told without a trace"
HEALTHCHECK = "run by the image's health check"
LOOKED_AT = "looked at, not opened"
LINKS = "links on the way to what is kept"
PACKAGE_METADATA = "package metadata of what is kept, for scanners and for the program itself"
NOT_LOADED = "bytecode of modules that nothing loaded: their sources stay, and are compiled if imported"
DPKG = "package metadata, cut down by the pack stage to the packages listed below"

_BEGINNINGS = {
    "always kept: ": Kind.ALWAYS,
    APPLICATION: Kind.APPLICATION,
    START: Kind.START,
    ANSWERING: Kind.ANSWERING,
    UNTRACED: Kind.UNTRACED,
    HEALTHCHECK: Kind.HEALTHCHECK,
    "run by ": Kind.HEALTHCHECK,
    LOOKED_AT: Kind.LOOKED_AT,
    "kept whole by policy: ": Kind.WHOLE,
    "named in code: ": Kind.NAMED,
    "the image would differ without it: ": Kind.FORESEEN,
    "needed by ": Kind.NEEDED,
    LINKS: Kind.LINKS,
    "package metadata": Kind.METADATA,
    "bytecode of modules": Kind.BYTECODE,
    "included by the user: ": Kind.INCLUDED,
    "learned from ": Kind.LEARNED,
    "added by repair in round ": Kind.REPAIRED,
    "excluded by the user: ": Kind.EXCLUDED,
}
_ASKED = re.compile(r"(include|exclude)d by the user: (.+?)(?:, although .*)?")
_NEEDED = re.compile(r"(?:.*, )?needed by (/.*)")


def kind(reason: str) -> Kind:
    """What a comment says, read back: the one place that reads one."""
    if reason == BY_HAND:
        return Kind.BY_HAND
    return next((its for start, its in _BEGINNINGS.items() if reason.startswith(start)), Kind.OTHER)


def run_by(where: str) -> str:
    """A place outside of the image: "docker-compose.yml: healthcheck of web"."""
    return f"run by {one_line(where)}"


def always(why: str) -> str:
    return f"always kept: {why}"


def needed(path: str) -> str:
    """The first, in sorted order, of those that need it."""
    return f"needed by {escape(path)}"


def whole(what: str, because: str) -> str:
    """`what` is "the Debian package libc6", "the Python package pandas"…"""
    return f"kept whole by policy: {what}, {because}"


def declared(where: str) -> str:
    """Why a package is kept whole: "declared in requirements.txt"."""
    return f"declared in {one_line(where)}"


def declared_below(name: str) -> str:
    return f"needed by the declared {one_line(name)}"


def named(where: str) -> str:
    return f"named in code: {one_line(where)}"


def foreseen(difference: str) -> str:
    return f"the image would differ without it: {one_line(difference)}"


def included(pattern: str) -> str:
    return f"included by the user: {pattern}"


def excluded(pattern: str, although: str = "") -> str:
    return f"excluded by the user: {pattern}" + (f", although {although}" if although else "")


def learned(source: str) -> str:
    return f"learned from {source}"


def repaired(round: int, case: str) -> str:
    return f"added by repair in round {round}: {case}"


def needer(reason: str) -> str | None:
    """The path that a reason names as what needs the group."""
    match = _NEEDED.fullmatch(reason)
    return unescape(match[1]) if match else None


def asked_for(reason: str) -> tuple[str, str] | None:
    """("include" or "exclude", the user's pattern) of a group that is there because of it."""
    match = _ASKED.fullmatch(reason)
    return (match[1], match[2]) if match else None


def is_own(reason: str) -> bool:
    """Whether a new trace does not show the need of the group: written by hand, learned, or added by repair."""
    return kind(reason) in (Kind.BY_HAND, Kind.LEARNED, Kind.REPAIRED)


def one_line(reason: str) -> str:
    """Without what would break a comment: a request in a reason may hold anything."""
    return " ".join("".join(c if c.isprintable() else " " for c in reason).split())


def order(reason: str) -> tuple[int, str]:
    """The place of a group in its section."""
    return (kind(reason), reason)
