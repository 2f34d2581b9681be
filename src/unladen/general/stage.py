"""The instructions of the new last stage that bring files: packages, folders, copies, links, in their order."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from unladen.dockerfile.edit import wrapped
from unladen.dockerfile.users import Reading
from unladen.general.accounts import MAKERS, Accounts, accounts
from unladen.general.added import Added, CannotCarry
from unladen.general.folding import Folded
from unladen.general.runtime import Wanted
from unladen.general.system_packages import LISTS
from unladen.image.accounts import logins
from unladen.image.interface import Entry
from unladen.image.packages import read_text
from unladen.language.leaner import PLAIN, Leaner
from unladen.proof.has.interface import Side

ROOT = ("", "0", "root", "0:0", "root:root")
"""How USER says that nobody else is meant."""
_REMOVED = "# Removed, or replaced as a whole, by the instructions above."
_NOT_COPIED = "What {} has already, or only the build needs, is not copied."
_ON_TOP = "# What runs needs less than what builds: this stage is what the last one copies from."
_MADE_HERE = "{} has no shell: folders and links are made here, and copied."
LAST = "/last"
"""Where the stage above makes what belongs into the root of the last one."""
INDEX = "/etc/ld.so.cache"
_USUAL = (0o755, 0, 0)
"""Rights of a folder that COPY makes on the way."""


@dataclass(frozen=True)
class Stage:
    """What is brought from the stage `build`, whose image is `full` but for what is taken out of it, onto `light`, the
    image `base`. Where that has no shell, what RUN would make there is made above, in LAST."""

    full: Side
    light: Side
    base: str
    build: str
    found: Added
    fold: Folded
    needs: Wanted
    reading: Reading
    escape: str
    leaner: Leaner = PLAIN

    @property
    def copy(self) -> str:
        return f"COPY --from={self.build}"

    @cached_property
    def has_shell(self) -> bool:
        return bool(self.light.scene.real("/bin/sh"))

    @cached_property
    def _accounts(self) -> Accounts:
        return accounts(self.full, self.light, self.reading)

    def above(self, whole: str) -> list[str]:
        """A stage on top of `whole`: what the copies must not bring goes, what the last stage cannot make is made;
        () where there is nothing to do."""
        steps = [
            line
            for trim in self.leaner.trims
            for line in (*([f"# {trim.why}"] if trim.why else []), f"RUN {self._continued(trim.command)}")
        ]
        head = _ON_TOP
        if self.fold.taken:
            said = f"# {_NOT_COPIED.format(self.base)}"
            head, comment = (_ON_TOP, [said]) if steps else (said, [])
            steps += [*comment, self._wrapped("RUN rm -rf", *self.fold.taken)]
        if self._made:
            steps += [f"# {_MADE_HERE.format(self.base)}", "RUN " + f" {self.escape}\n && ".join(self._made)]
        if not steps:
            return []
        root = ["USER root"] if self.full.scene.settings.user not in ROOT else []
        return [head, f"FROM {whole} AS {self.build}", *root, *steps, ""]

    def _continued(self, command: str) -> str:
        """A command in lines that go on as the file's own do."""
        return command.replace("\\\n", f"{self.escape}\n")

    def lines(self) -> list[str]:
        """Each an instruction, or a comment on the one below. Raises CannotCarry."""
        lines = [*self._accounts.runs]
        lines += [line for why, text in self.leaner.after for line in (f"# {why}", text)]
        if self._accounts.files:
            lines.append(f"{self.copy} {' '.join(self._accounts.files)} /etc/")
        lines += self._packages()
        if self.found.removed:
            lines += [_REMOVED, self._wrapped("RUN rm -rf", *self.found.removed)]
        if self.has_shell:
            lines += [f"RUN {each}" for each in self._folders()]
        elif self._made:
            lines.append(f"{self.copy} {LAST}/ /")
        lines += [
            self._wrapped(self._copy_to(folder), folder, self._place(folder)) for folder in self.fold.folders
        ]
        for folder, names in self.fold.names.items():
            lines += self._whys(folder, names)
            paths = tuple(posixpath.join(folder, name) for name in names)
            place = self._place(folder)
            target = posixpath.join(place, names[0]) if len(paths) == 1 else posixpath.join(place, "")
            lines.append(self._wrapped(self._copy_to(folder), *paths, target))
        lines += [f"{self.copy} {each} {each}" for each in self.leaner.made if not self.fold.is_inside(each)]
        if self.fold.links and self.has_shell:
            lines.append("RUN " + f" {self.escape}\n && ".join(self._links("")))
        if self._has_libraries():
            index = "RUN ldconfig" if self.has_shell else f"{self.copy} {INDEX} {INDEX}"
            lines += ["# The loader's index names the copied libraries.", index]
        return lines

    def _whys(self, folder: str, names: tuple[str, ...]) -> list[str]:
        """What the program needs files of the system for."""
        known = (self.leaner.needed.get(posixpath.join(folder, name), "") for name in names)
        found = ", ".join(dict.fromkeys(filter(None, known)))
        return [f"# {found[:1].upper()}{found[1:]}."] if found else []

    @cached_property
    def _made(self) -> tuple[str, ...]:
        """Commands that make, in LAST, what a base without a shell cannot make itself."""
        return () if self.has_shell else (*self._folders(LAST), *self._links(LAST))

    def _links(self, root: str) -> Iterator[str]:
        links = dict(self.fold.links)
        if root:
            links |= self.leaner.links
            folders = dict.fromkeys(posixpath.dirname(path) for path in links)
            if folders:
                yield "mkdir -p " + " ".join(f"{root}{folder}" for folder in folders)
        alike: dict[tuple[str, str], list[str]] = {}
        for path, target in links.items():
            alike.setdefault((posixpath.dirname(path), target), []).append(posixpath.basename(path))
        for (folder, target), names in alike.items():
            place = f"{root}{folder.rstrip('/')}"
            if len(names) > 1:
                yield f"for name in {' '.join(names)}; do ln -sfn {target} {place}/$name; done"
            else:
                yield f"ln -sfn {target} {place}/{names[0]}"

    def _place(self, folder: str) -> str:
        """Where a folder is copied to."""
        for old, new in self.leaner.moved.items():
            if folder == old or folder.startswith(f"{old}/"):
                return new + folder[len(old) :]
        return folder

    def _copy_to(self, folder: str) -> str:
        """COPY; what is in the program's own folder belongs to whoever runs it instead of root."""
        own = self.full.scene.settings.workdir
        inside = folder == own or folder.startswith(f"{own}/")
        if not self.leaner.user or own in ("", "/") or not inside:
            return self.copy
        return f"COPY --chown={self.leaner.user} --from={self.build}"

    def _packages(self) -> Iterator[str]:
        if not self.needs.packages and not self.needs.upgrades:
            return
        if not self.light.scene.program("apt-get"):
            some = ", ".join(self.needs.packages) or "the newest of each"
            raise CannotCarry(f"it needs packages ({some}), and its base has no apt-get")
        yield from (f"# {name}: {why}" for name, why in self.needs.packages.items())
        silent = "DEBIAN_FRONTEND=noninteractive " if "tzdata" in self.needs.packages else ""
        install = self._wrapped(f"{silent}apt-get install -y --no-install-recommends", *self.needs.packages)
        steps = (
            "RUN apt-get update",
            *(["apt-get upgrade -y"] if self.needs.upgrades else []),
            *([install] if self.needs.packages else []),
            LISTS,
        )
        yield f" {self.escape}\n    && ".join(steps)

    def _homes(self) -> frozenset[str]:
        """Home folders that the lines which make accounts make."""
        homes = (self.full.scene.tree.get(each.home) for each in logins(self.full.scene.tree))
        layers = self.full.origins.layers
        return frozenset(
            each.path
            for each in homes
            if each is not None and not MAKERS.isdisjoint(layers[each.layer].text.split())
        )

    def _folders(self, root: str = "") -> Iterator[str]:
        """Commands for folders that COPY would not make, or not with their rights; below `root`, those that a base
        without a shell lacks."""
        by_rights: dict[tuple[int, int, int], list[str]] = {}
        for path, mode in self.leaner.folders.items():
            by_rights.setdefault((mode, 0, 0), []).append(path)
        for path in sorted(self._wanted_folders() - (self._homes() if self._accounts.runs else frozenset())):
            entry, other = self.full.scene.tree.get(path), self.light.scene.tree.get(path)
            if entry is None or entry.kind != "dir":
                continue
            rights = (entry.mode, *self._owner(entry, path))
            there = _USUAL if other is None else (other.mode, other.uid, other.gid)
            comes = other is not None or self._comes(path)
            if rights != there or not comes:
                by_rights.setdefault(rights, []).append(path)
        for (mode, uid, gid), paths in by_rights.items():
            owner = f" -o {uid} -g {gid}" if (uid, gid) != (0, 0) else ""
            yield self._wrapped(f"install -d -m {mode:04o}{owner}", *(f"{root}{path}" for path in paths))

    def _owner(self, entry: Entry, path: str) -> tuple[int, int]:
        """What the program makes of its own, it keeps when somebody else runs it than root."""
        number = self.leaner.user.partition(":")[0]
        own = self.full.scene.settings.workdir
        if path == own and own in self.fold.folders:
            return entry.uid, entry.gid  # COPY --chown makes it
        if number and (entry.uid, entry.gid) == (0, 0) and (path == own != "/" or path in self.found.folders):
            return int(number), int(number)
        return entry.uid, entry.gid

    def _wanted_folders(self) -> set[str]:
        """Those that were made or given away, and those above what is copied."""
        found = {path for path in self.found.folders if not self.fold.is_inside(path)}
        own = self.full.scene.settings.workdir.rstrip("/")
        if self.leaner.user and own and own not in self.fold.folders:  # else COPY --chown makes it
            found.add(own)
        copied = (*self.fold.folders, *self.fold.names, *map(posixpath.dirname, self.fold.links))
        for path in (*copied, *found):
            while path not in ("/", ""):
                found = found | {path}
                path = posixpath.dirname(path)
        return found

    def _comes(self, path: str) -> bool:
        """Whether COPY makes the folder on the way to something."""
        places = (*self.fold.folders, *(folder for folder in self.fold.names))
        return any(place == path or place.startswith(f"{path}/") for place in places)

    def _wrapped(self, head: str, *words: str) -> str:
        return wrapped(head, words, self.escape)

    def _has_libraries(self) -> bool:
        """Whether libraries were added to folders that only the loader's index knows."""
        folders = {posixpath.dirname(path) for path in self.found.files if ".so" in posixpath.basename(path)}
        return "/usr/local/lib" in folders or any(_is_listed(self.full, folder) for folder in folders)


def _is_listed(full: Side, folder: str) -> bool:
    texts: Mapping[str, str] = {
        path: read_text(full.scene.tree, path) for path in full.scene.tree.children("/etc/ld.so.conf.d")
    }
    return any(folder in text.split() for text in texts.values())
