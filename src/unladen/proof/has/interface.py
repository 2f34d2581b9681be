"""Static evidence's values: two images, what the rung means to change, and what each check found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from unladen.image.elf import Elves
from unladen.image.interface import FileTree, Image
from unladen.image.scene import Scene
from unladen.language.interface import Lost
from unladen.language.named import Named, told_once
from unladen.language.registry import ecosystems
from unladen.proof.has.origins import Origins, origins
from unladen.proof.interface import Loss

SYMBOLS = "symbols "
"""In front of a path among an intent's settings: that file is stripped (see `Intent`)."""


@dataclass(frozen=True)
class Side:
    """An image as static evidence sees it. `base_layers` are the diff ids of its base image (empty: not known),
    `base_labels` that image's labels, which are not the user's."""

    image: Image
    scene: Scene
    base_layers: tuple[str, ...] = ()
    base_labels: Mapping[str, str] = field(default_factory=dict)
    source: tuple[Named, ...] = ()
    """What the project's source names, where that was read."""

    @cached_property
    def origins(self) -> Origins:
        return origins(self.image, self.base_layers)

    @cached_property
    def base(self) -> FileTree:
        """What the base image has."""
        return self.image.tree.lower(self.origins.base)

    @cached_property
    def elves(self) -> Elves:
        """Its programs and libraries, each read once."""
        return Elves(self.scene, ecosystems().shared_objects)

    @cached_property
    def libraries(self) -> frozenset[str]:
        """Names of shared libraries."""
        return frozenset(path.rpartition("/")[2] for path in self.scene.tree if ".so" in path)

    @cached_property
    def zone_folders(self) -> tuple[str, ...]:
        """Where packages bring time zones of their own."""
        return tuple(
            path for path in self.scene.tree if path.endswith("/zoneinfo") and self.scene.is_dir(path)
        )

    @cached_property
    def named(self) -> tuple[Named, ...]:
        """What the code of its program and of its dependencies names."""
        return told_once([*self.source, *(named for found in self._read for named in found)])

    @property
    def is_read(self) -> bool:
        """Whether the program's code could be read at all."""
        return bool(self._read)

    @property
    def starts_commands(self) -> bool:
        """Whether the program's own code starts others, as far as is known."""
        kinds = {each.kind for each in self.named if not each.package and not each.outside}
        return not self.is_read or not kinds.isdisjoint(("program", "commands"))

    @cached_property
    def _read(self) -> tuple[tuple[Named, ...], ...]:
        found = (each.named(self.scene) for each in ecosystems().each)
        return tuple(tuple(each) for each in found if each is not None)


@dataclass(frozen=True)
class Intent:
    """What a rung changes on purpose: the classes of things that it declares to take away, and settings and paths with
    the reason (see `Proposal.intends`). A path may be gone; "contents PATH" may say something else; "symbols PATH" is
    without its symbols, and no other file then. `left_out` is the text of the .dockerignore that it is built with,
    `rebuilt` what it builds anew: the baseline's path → the rung's."""

    takes_away: frozenset[Lost] = frozenset()
    settings: Mapping[str, str] = field(default_factory=dict)
    left_out: str = ""
    rebuilt: Mapping[str, str] = field(default_factory=dict)

    def why(self, setting: str, value: str) -> str:
        """Why the rung has this value of a setting ("ENV HOME"); "" where nothing explains it."""
        return self.settings.get(f"{setting}={value}") or self.settings.get(setting, "")


@dataclass(frozen=True)
class Pair:
    baseline: Side
    rung: Side
    intent: Intent = field(default_factory=Intent)


@dataclass(frozen=True)
class Part:
    """What one check looked at: `what` in the plural ("files"), how many of the baseline's, and what differs."""

    what: str
    counted: int
    losses: tuple[Loss, ...] = ()


Check = Callable[[Pair], Part]
