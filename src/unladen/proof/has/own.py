"""What the project and its Dockerfile's instructions put into the baseline's image, and no package owns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from unladen.image.accounts import account, logins
from unladen.image.interface import Entry
from unladen.language.registry import ecosystems
from unladen.proof.has.interface import Side
from unladen.proof.has.noise import PASSING, is_noise
from unladen.proof.has.origins import Instruction


@dataclass(frozen=True)
class Own:
    """Of the image `side`. Entries come in the order of their paths."""

    side: Side

    def instruction(self, entry: Entry) -> Instruction:
        return self.side.origins.layers[entry.layer]

    def files(self) -> Iterator[Entry]:
        """Files and links."""
        scene = self.side.scene
        for path in scene.tree:
            entry = scene.tree.get(path)
            if entry is not None and self.is_file(entry):
                yield entry

    def is_file(self, entry: Entry) -> bool:
        """Whether it is one of `files`."""
        if entry.kind == "dir" or self.side.origins.is_base(entry.layer):
            return False
        nobodys = self.side.scene.packages.of(entry.path) is None
        return nobodys and not self.is_noise(entry) and not self.is_packages(entry)

    def folders(self) -> Iterator[Entry]:
        """Directories that an instruction made, or gave another owner or mode."""
        tree, libraries = self.side.scene.tree, ecosystems().libraries
        packages = {root for package in self.side.scene.packages for root in package.roots}
        empty = {path for package in self.side.scene.packages for path in package.empty_folders}
        for path in tree:
            entry = tree.get(path)
            if entry is None or entry.kind != "dir" or self.side.origins.is_base(entry.layer):
                continue
            if path in packages or libraries.search(path) or self.is_noise(entry):
                continue
            if path in empty and not (entry.uid or self.instruction(entry).makes(path)):
                continue
            below = self.side.base.get(path)
            if below is None or (below.mode, below.uid, below.gid) != (entry.mode, entry.uid, entry.gid):
                yield entry

    def is_noise(self, entry: Entry) -> bool:
        """Whether it tells nothing of what a program can do, by what put it there."""
        instruction = self.instruction(entry)
        passing = PASSING.fullmatch(entry.path) is not None
        meant = passing and (entry.uid not in self._services or instruction.makes(entry.path))
        return is_noise(entry.path, copied=instruction.copies or meant)

    @cached_property
    def _services(self) -> frozenset[int]:
        """The users of the base image but for the one that the program runs as. What belongs to anybody else was given
        away by the Dockerfile."""
        known = {each.number for each in logins(self.side.base)}
        runs = account(self.side.scene.tree, self.side.scene.settings.user)
        return frozenset(known - {runs.uid if runs else 0} | {0})

    def is_packages(self, entry: Entry) -> bool:
        """A link to a package's file that came with the package's installation is the package's."""
        if entry.kind != "symlink" or self.instruction(entry).copies:
            return False
        real = self.side.scene.real(entry.path)
        return bool(real) and self.side.scene.packages.of(real) is not None
