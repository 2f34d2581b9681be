"""What a Dockerfile's instructions added to the image below them, by the layers of the image that they built.

Told apart are what the user's own instructions put there, what packages of the system brought (they are installed
anew, or not at all), and what builds leave behind.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from unladen.dockerfile.packages import is_of_packages
from unladen.dockerfile.users import CONTEXT
from unladen.image.dpkg import INFO, STATUS
from unladen.image.interface import Entry, FileTree
from unladen.image.packages import read_text, stanzas
from unladen.language.registry import ecosystems
from unladen.proof.has.contents import same
from unladen.proof.has.files import CAPABILITIES
from unladen.proof.has.intended import Intended
from unladen.proof.has.interface import Intent, Pair, Side
from unladen.proof.has.noise import is_noise
from unladen.proof.has.origins import Instruction
from unladen.proof.has.own import Own
from unladen.syntax import bash

DEBIAN = "deb"
"""The kind of Debian's packages."""
LOCALES = "/usr/lib/locale"
CERTIFICATES = "/etc/ssl/certs"
_NOTHING = frozenset(("true", ":", "echo", "printf", "rm", "sleep", "test", "["))
"""Commands that leave no file, redirections aside."""
_MAKERS = frozenset(
    ("locale-gen", "localedef", "dpkg-reconfigure", "update-locale", "update-ca-certificates")
)
"""Commands that make locales and bundles of certificates as the user says."""
_ELSEWHERE = frozenset(("update-alternatives", "dpkg-divert", "dpkg-statoverride"))
"""Commands that write the books of packages: what they do shows in none of the files that they change."""
_RIGHTS = frozenset(("setcap", "chmod", "chown", "chgrp"))
_PROGRAMS = re.compile(r"(?:/usr(?:/local)?)?/s?bin")
_LARGEST = 1 << 20
"""Bytes of a setting whose checksum is looked at."""
_FEW = 3
"""So many files that are gone are removed one by one; of a package that lost more, the folder is replaced."""
_MOST = 16
"""So many paths are removed from the lighter base; more are no edit that anybody would write."""


class CannotCarry(Exception):
    """Something that the instructions did cannot be carried over to another base; the text completes "skipped: …"."""


@dataclass(frozen=True)
class Added:
    """`files` are files and links, `folders` directories that were made or given away, `removed` what the lighter base
    has and the instructions took away, `packages` Debian's packages (name → why) without which a file has no sense."""

    files: frozenset[str]
    folders: frozenset[str]
    removed: tuple[str, ...]
    packages: Mapping[str, str]


def added(full: Side, light: Side, ignore: str = "") -> Added:
    """`full` is the image that the instructions built, `light` the lighter base; what `ignore`, a .dockerignore, leaves
    out of the next build is left out here, too. Raises CannotCarry."""
    if not full.base_layers or not full.origins.base:
        raise CannotCarry("which of the image's layers are its base's is not known")
    if any(not each.keyword for each in full.origins.layers[full.origins.base :]):
        raise CannotCarry("the image's history does not say which instruction made each of its layers")
    looked = _Looked(full, light, Intended(Pair(full, light, Intent(left_out=ignore))))
    looked.check_commands()
    entries = tuple(looked.files())
    files = frozenset(entry.path for entry in entries)
    removed, replaced = looked.removed()
    files |= replaced
    compiled = (path for path in full.scene.tree if ecosystems().source_of(path) in files)
    files |= {path for path in compiled if _is_above(full, path)}
    return Added(
        files=files,
        folders=frozenset(path for path in looked.folders() if looked.is_worth(path, files)),
        removed=removed,
        packages=dict(_changed_packages(full, entries)),
    )


def identical(here: FileTree, entry: Entry, there: FileTree, other: Entry | None) -> bool:
    """Whether two images have the same at a path: type, rights, contents."""
    if other is None or _kind(entry) != _kind(other):
        return False
    if entry.kind == "symlink":
        return entry.link == other.link
    if (entry.mode, entry.uid, entry.gid) != (other.mode, other.uid, other.gid):
        return False
    return entry.kind == "dir" or same(here, entry, there, other)


def _kind(entry: Entry) -> str:
    return "file" if entry.kind == "hardlink" else entry.kind


def _changed_packages(full: Side, entries: Iterable[Entry]) -> Iterator[tuple[str, str]]:
    """Debian's packages whose files are among the entries, and why each is needed."""
    for entry in entries:
        package = full.scene.packages.of(entry.path)
        if package is not None and package.kind == DEBIAN:
            yield package.name, f"{entry.path} is changed"


def _is_above(full: Side, path: str) -> bool:
    entry = full.scene.tree.get(path)
    return entry is not None and not full.origins.is_base(entry.layer)


@dataclass(frozen=True)
class _Looked:
    full: Side
    light: Side
    intended: Intended

    @cached_property
    def own(self) -> Own:
        return Own(self.full)

    @cached_property
    def _runs(self) -> Mapping[int, bash.Script]:
        """The RUN lines by the number of their layer."""
        layers = enumerate(self.full.origins.layers)
        return {number: bash.read(each.text) for number, each in layers if each.keyword == "RUN"}

    @cached_property
    def _of_packages(self) -> frozenset[int]:
        """Layers of RUN lines that do nothing but install and remove packages of the system."""
        return frozenset(
            number
            for number in self._with_packages
            if all(map(_is_packages_only, self._runs[number].commands))
        )

    @cached_property
    def _with_packages(self) -> frozenset[int]:
        return frozenset(
            number for number, script in self._runs.items() if any(map(is_of_packages, script.commands))
        )

    def check_commands(self) -> None:
        """Raises CannotCarry for commands whose effect is not in files."""
        for number, script in self._runs.items():
            names = {each.name for each in script.commands}
            if not self.full.origins.is_base(number) and (found := names & _ELSEWHERE):
                raise CannotCarry(
                    f"what {found.pop()} does cannot be copied ({self.full.origins.of(number)})"
                )

    def files(self) -> Iterator[Entry]:
        """Files and links that have to come along. Raises CannotCarry."""
        tree = self.full.scene.tree
        for path in tree:
            entry = tree.get(path)
            if entry is None or entry.kind == "dir" or self.full.origins.is_base(entry.layer):
                continue
            if self.intended.left_out(path, self.own.instruction(entry)):
                continue
            if not self._is_meant(entry) or identical(tree, entry, self.light.scene.tree, self._there(path)):
                continue
            self._check(entry)
            yield entry

    def _there(self, path: str) -> Entry | None:
        return self.light.scene.tree.get(path)

    def _is_meant(self, entry: Entry) -> bool:
        """Whether the user's own instructions put it there."""
        instruction, path = self.own.instruction(entry), entry.path
        if instruction.copies:
            return not self.own.is_noise(entry)
        if path.startswith((f"{LOCALES}/", f"{CERTIFICATES}/")):  # made from what is installed, or on purpose
            return self._is_made(entry.layer) and self.full.scene.packages.of(path) is None
        if self.own.is_noise(entry) and not ecosystems().rewritten.fullmatch(path):
            return False
        package = self.full.scene.packages.of(path)
        if package is not None and package.kind == DEBIAN:
            return entry.layer not in self._of_packages and self._is_users(entry, package.name)
        if package is not None and package.is_dependency:
            return True
        if entry.layer in self._of_packages:
            return False
        if entry.layer in self._with_packages and not _names(instruction, path):
            return not (self.own.is_packages(entry) or self._is_among_packages(path))
        return True

    def _is_made(self, layer: int) -> bool:
        commands = self._runs[layer].commands if layer in self._runs else ()
        return layer not in self._with_packages or any(each.name in _MAKERS for each in commands)

    def _is_users(self, entry: Entry, package: str) -> bool:
        """Whether a file of a Debian package was changed by a RUN's own commands. Where these installed packages as
        well, the package's checksums tell that of its settings; any other file is the new package's. Raises CannotCarry
        for packages that came by themselves."""
        script = self._runs.get(entry.layer)
        if entry.layer not in self._with_packages:
            books = (f"{INFO}/{name}.list" for name in (package, f"{package}:{self.architecture}"))
            listed = (self.full.scene.tree.get(path) for path in books)
            if any(each and each.layer == entry.layer for each in listed):
                said = self.full.origins.of(entry.layer)
                raise CannotCarry(f"the package {package} was installed from a file, or by a script ({said})")
            return True
        if script and any(each.name in _RIGHTS and entry.path in each.words for each in script.commands):
            return True
        if entry.kind != "file" or entry.size > _LARGEST or entry.path not in self._settings:
            return False
        contents = self.full.scene.tree.read(entry.path)
        return hashlib.md5(contents, usedforsecurity=False).hexdigest() != self._settings[entry.path]

    @property
    def architecture(self) -> str:
        return self.full.scene.settings.architecture

    @cached_property
    def _settings(self) -> Mapping[str, str]:
        """Checksums of the settings of Debian's packages ("Conffiles" of dpkg's status)."""
        told = (each.get("Conffiles", "") for each in stanzas(read_text(self.full.scene.tree, STATUS)))
        return {path: sum for text in told for path, sum in re.findall(r"(/\S+) ([0-9a-f]{32})\b", text)}

    def _is_among_packages(self, path: str) -> bool:
        """Whether it lies beside files of Debian's packages, where nobody else puts things: made by the scripts of a
        package that was installed by the same RUN."""
        folder = posixpath.dirname(path)
        if _PROGRAMS.fullmatch(folder) or not path.startswith(("/usr/", "/lib", "/var/lib/")):
            return False
        owners = map(self.full.scene.packages.of, self.full.scene.tree.children(folder))
        return any(each is not None and each.kind == DEBIAN for each in owners)

    def _check(self, entry: Entry) -> None:
        """Raises CannotCarry for what COPY would not bring, or would bring where it does not belong."""
        said, tree = self.full.origins.of(entry.layer), self.full.scene.tree
        if entry.kind not in ("file", "hardlink", "symlink"):
            raise CannotCarry(f"{entry.path} is no regular file, and COPY does not carry it ({said})")
        if entry.xattrs.get(CAPABILITIES):
            raise CannotCarry(f"{entry.path} has capabilities, and not every COPY carries them ({said})")
        other, below = self._there(entry.path), self.full.base.get(entry.path)
        if other is not None and other.kind == "dir":
            raise CannotCarry(f"{entry.path} is a directory in the lighter base ({said})")
        if below is None or other is None or self.own.instruction(entry).copies:
            return
        if not identical(self.full.base, below, self.light.scene.tree, other):
            text = f"it changes {entry.path} of the base image, and the lighter one has another"
            raise CannotCarry(f"{text} ({said})")
        if entry.mode & 0o6000 and same(tree, entry, self.full.base, below):
            raise CannotCarry(f"it gives {entry.path} of the base image the rights of its owner ({said})")

    def folders(self) -> Iterator[str]:
        """Directories that the user's own instructions made or gave away."""
        scene = self.full.scene
        for entry in self.own.folders():
            instruction, path = self.own.instruction(entry), entry.path
            if entry.layer in self._of_packages or path.startswith(f"{LOCALES}/"):
                continue
            if entry.layer in self._with_packages and not _names(instruction, path):
                owners = [scene.packages.of(each) for each in scene.below(path)]
                if path.startswith("/etc/") or any(each and each.kind == DEBIAN for each in owners):
                    continue
            yield path

    def is_worth(self, path: str, files: frozenset[str]) -> bool:
        """Whether a folder is there for itself: empty, for somebody, or around one of the files. One in which builds
        left things is not."""
        entry, tree = self.full.scene.tree.get(path), self.full.scene.tree
        if entry is None or (entry.mode, entry.uid, entry.gid) != (0o755, 0, 0) or not tree.children(path):
            return True
        return any(each in files for each in self.full.scene.below(path))

    def removed(self) -> tuple[tuple[str, ...], frozenset[str]]:
        """What of the lighter base has to go, and the files of packages that take the place of older ones.
        Raises CannotCarry."""
        tree, theirs = self.full.scene.tree, self.light.scene.tree
        gone = [
            path for path in theirs if path not in tree and path in self.full.base and self._was_own(path)
        ]
        tops = [path for path in gone if posixpath.dirname(path) not in gone]
        replaced: frozenset[str] = frozenset()
        for root in sorted(root for each in self.full.scene.packages for root in each.roots):
            inside = [path for path in tops if path.startswith(f"{root}/")]
            if len(inside) > _FEW:
                tops = [root, *(path for path in tops if path not in inside)]
                below = ((path, tree.get(path)) for path in self.full.scene.below(root))
                replaced |= {path for path, entry in below if entry and entry.kind != "dir"}
        if len(tops) > _MOST:
            raise CannotCarry(f"it takes {len(tops)} paths away from the base image, {tops[0]} for one")
        return tuple(sorted(tops)), replaced

    def _was_own(self, path: str) -> bool:
        package = self.light.scene.packages.of(path)
        if package is not None and package.kind == DEBIAN:
            return any(each.id == package.id for each in self.full.scene.packages) and not is_noise(
                path, copied=False
            )
        return not is_noise(path, copied=False)


def _is_packages_only(command: bash.Command) -> bool:
    leaves = any(each.target != "/dev/null" and each.operator.startswith(">") for each in command.redirects)
    return is_of_packages(command) or (command.name in CONTEXT | _NOTHING and not leaves)


def _names(instruction: Instruction, path: str) -> bool:
    """Whether a RUN's text has the name of a path, or of a folder above it that no system has."""
    return instruction.makes(path) or posixpath.basename(path) in re.split(r"[\s\"'/;&|=]+", instruction.text)
