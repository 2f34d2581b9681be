"""What a language knows of a last stage that is added to the user's own stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from unladen.dockerfile.edit import Change

LIGHTER = "lighter"
"""Stands for the lighter base of the user's own, as `Proposal.onto`."""


@dataclass(frozen=True)
class Trim:
    """One RUN of the stage on top of the user's own: shell text, and its comment ("": the text has its own)."""

    why: str
    command: str


@dataclass(frozen=True)
class Leaner:
    """A last stage that is added to the user's stages has what they made, but for what is said here.

    `edits` are changes of the user's own lines. `trims` run on top of the user's stages, and
    take `gone` away; `left` is true of what is not copied though nothing takes it away. `needed` are paths that have
    to come along (→ why), `folders` those that are made (→ mode). `links` take the place of what the new base has
    elsewhere: the user's path → where that is; `moved` are folders that are copied to another place. `user` is who runs
    it instead of root.
    """

    edits: tuple[Change, ...] = ()
    trims: tuple[Trim, ...] = ()
    gone: frozenset[str] = frozenset()
    left: Callable[[str], bool] = lambda path: False
    needed: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    made: tuple[str, ...] = ()
    """Files that the edits make and the image does not have."""
    command: tuple[str, ...] = ()
    """What the edits start instead of the image's program; (): that one."""
    after: tuple[tuple[str, str], ...] = ()
    """(why, instruction) of the new last stage, in front of its copies."""
    whole: tuple[str, ...] = ()
    """Folders in which the trims make files: they are copied whole, or the rung cannot be."""
    is_squashed: bool = False
    """Whether the new last stage takes files of its base away: it is copied to an empty one, where they
    weigh nothing."""
    user: str = ""
    is_static: bool = False
    """Whether what is copied runs on any system."""
    notes: tuple[str, ...] = ()
    intends: Mapping[str, str] = field(default_factory=dict)
    rebuilt: Mapping[str, str] = field(default_factory=dict)


PLAIN = Leaner()
"""Nothing beyond what any language's rung has."""
