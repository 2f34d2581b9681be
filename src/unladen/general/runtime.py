"""Which packages of the system the last stage needs, of all that the build stage has: by what is seen to need them.

Programs and libraries say what they load, scripts what interprets them, code what it starts and opens. A package that
the Dockerfile asks for stays where nothing shows that it served the build alone.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from unladen.dockerfile.packages import Packages
from unladen.dockerfile.users import Reading
from unladen.general.added import DEBIAN, CannotCarry
from unladen.image.dpkg import STATUS
from unladen.image.packages import Package, read_text, stanzas
from unladen.image.settings import Settings
from unladen.image.shebang import read_shebang
from unladen.language.leaner import PLAIN, Leaner
from unladen.language.named import Named
from unladen.proof.has.interface import Side
from unladen.proof.has.needs import BUNDLES, TYPES, ZONES
from unladen.proof.has.programs import started
from unladen.syntax import bash

_BUILD_SECTIONS = frozenset(("devel", "libdevel", "debug", "doc"))
"""Debian's sections of what only builds need. https://packages.debian.org/stable/"""
_DEV = re.compile(r".*-dev|.*-headers|pkg-config|pkgconf")
_SHELLS = re.compile(r"(?:ba|da|a|k)?sh")
_LONGEST_SCRIPT = 1 << 16
_SOURCES = re.compile(r"/etc/apt/(?:sources\.list(?:\.d/.+)?|preferences(?:\.d/.+)?)")
_PROGRAM = re.compile(r"(?:/usr(?:/local)?)?/s?bin/")
_UPGRADES = frozenset(("upgrade", "dist-upgrade", "full-upgrade"))


@dataclass(frozen=True)
class Wanted:
    """`packages` are Debian's (as apt takes them → why), `files` what the base image has beyond its packages and the
    lighter one has not; `upgrades`: the Dockerfile upgrades what the base has; `left` are packages that the Dockerfile
    asks for and a base without apt cannot have."""

    packages: Mapping[str, str]
    files: frozenset[str]
    upgrades: bool = False
    left: tuple[str, ...] = ()


def wanted(
    full: Side,
    light: Side,
    files: frozenset[str],
    reading: Reading,
    known: Mapping[str, str],
    leaner: Leaner = PLAIN,
    starts: Settings | None = None,
) -> Wanted:
    """What the `files` of the full image need in the lighter one; `known` are packages that are needed anyhow. Where
    the lighter one installs no packages, files of theirs come along one by one. `starts` says what is started, where
    that is not what the full image starts. Raises CannotCarry."""
    installs = bool(light.scene.program("apt-get"))
    search = _Search(full, light, files, frozenset(leaner.links), installs, _seen=set(leaner.rebuilt))
    for name, why in known.items():
        search.need_named(name, why)
    search.bring(leaner.needed)
    search.all(starts or full.scene.settings)
    asked, left = _asked_for(search, reading)
    packages = {**asked, **{name: why for name, why in search.packages.items() if name not in asked}}
    if packages:
        _check_sources(full)
    words = (set(command.words) for _, command in reading.commands if command.name in ("apt", "apt-get"))
    return Wanted(packages, frozenset(search.files), any(each & _UPGRADES for each in words), left)


@dataclass
class _Search:
    """`elsewhere` are paths of the full image that the lighter one has at another place; `installs`: it can install
    packages."""

    full: Side
    light: Side
    added: frozenset[str]
    elsewhere: frozenset[str] = frozenset()
    installs: bool = True
    packages: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._there = {each.name for each in self.light.scene.packages if each.kind == DEBIAN}

    def all(self, starts: Settings) -> None:
        """Everything but what the Dockerfile's own apt lines say."""
        for path in sorted(self.added):
            self._look(path)
        scene = self.full.scene
        for origin, argv in started(starts):
            for word in bash.programs(argv):
                self.need(scene.program(word), f"{origin} runs {word}")
        for each in self.full.named:
            if path := self._place(each):
                self.need(path, f"{each.where} names {each.name or each.kind}")

    def bring(self, paths: Iterable[str]) -> None:
        """Files as they are, whosever they are, where the lighter base has none."""
        for path in paths:
            entry = self.full.scene.tree.get(path)
            if entry is not None and entry.kind != "dir" and path not in self.light.scene.tree:
                self.files.add(path)
                self._look(path)

    def need(self, path: str, why: str) -> None:
        """What is at a path, or whatever it leads to."""
        for step in self.full.scene.tree.resolve(path) if path else ():
            if step in self.added or step in self._seen or step in self.elsewhere:
                continue
            package = self.full.scene.packages.of(step)
            if package is not None and package.kind == DEBIAN and self.installs:
                self.need_named(package.name, why)
            elif not self.installs and _PROGRAM.match(step) and not self._has_program(step):
                raise CannotCarry(f"{why}, which its base does not have")
            elif step not in self.light.scene.tree and not self.full.scene.is_dir(step):
                self.files.add(step)
                self._look(step)

    def _has_program(self, path: str) -> bool:
        """Whether the lighter base has a program of that name, or the user's instructions brought it."""
        package = self.full.scene.packages.of(path)
        known = (package is not None and package.kind == DEBIAN) or self.full.origins.is_base(
            self._layer(path)
        )
        return not known or bool(self.light.scene.program(posixpath.basename(path)))

    def _layer(self, path: str) -> int:
        entry = self.full.scene.tree.get(path)
        return entry.layer if entry else 0

    def need_named(self, name: str, why: str) -> None:
        if name not in self._there:
            self.packages.setdefault(name, why)

    def has(self, name: str) -> bool:
        """Whether the lighter base has a package."""
        return name in self._there

    def _look(self, path: str) -> None:
        """What one file needs by itself."""
        if path in self._seen:
            return
        self._seen.add(path)
        scene = self.full.scene
        entry = scene.tree.get(path)
        if entry is None:
            return
        if entry.kind == "symlink":
            self.need(posixpath.join(posixpath.dirname(path), entry.link), f"{path} leads to it")
            return
        if self.full.elves.read(path):
            for place in self.full.elves(path, scene, True):
                self.need(place, f"{posixpath.basename(path)} loads {posixpath.basename(place)}")
            return
        if self.full.elves.may_be(path) and (line := read_shebang(scene.tree, path)):
            package = scene.packages.of(path)
            if package is None or self.full.starts_commands:
                for each in (line.interpreter, line.wanted):
                    self.need(scene.program(each), f"{path} is run by {posixpath.basename(each)}")
            if package is None and _SHELLS.fullmatch(posixpath.basename(line.wanted)):
                self._script(path)

    def _script(self, path: str) -> None:
        """The programs that a shell script of the user's calls."""
        text = read_text(self.full.scene.tree, path)
        if len(text) > _LONGEST_SCRIPT:
            return
        for command in bash.read(text).commands:
            words = [word for word in command.words if word not in ("exec", "command", "env")]
            if words and not re.search(r"[$`*?\[\]{}()=<>]", words[0]):
                self.need(self.full.scene.program(words[0]), f"{path} calls {words[0]}")

    def _place(self, each: Named) -> str:
        """Where the full image has what code names, "" where it has not, or nobody needs it."""
        scene = self.full.scene
        match each.kind:
            case "program":
                return "" if each.package else scene.program(each.name)
            case "library":
                if "/" in each.name:
                    return each.name
                name = re.compile(rf"{re.escape(each.name)}|lib{re.escape(each.name)}\.so(?:\.\d+)*")
                found = [path for path in scene.tree if name.fullmatch(posixpath.basename(path))]
                if any(path in self.light.scene.tree for path in found):
                    return ""
                return next((path for path in found if not self._is_dev(path)), "")
            case "zone":
                places = (posixpath.join(folder, each.name) for folder in ZONES)
                return next((place for place in places if scene.real(place)), "")
            case "certificates":
                return next((path for path in BUNDLES if scene.real(path)), "")
            case "file type":
                return next((path for path in TYPES if scene.real(path)), "")
            case "services":
                return "/etc/services"
        return ""

    def _is_dev(self, path: str) -> bool:
        package = self.full.scene.packages.of(path)
        return package is not None and _DEV.fullmatch(package.name) is not None


def _asked_for(search: _Search, reading: Reading) -> tuple[dict[str, str], tuple[str, ...]]:
    """Packages of the Dockerfile's own apt lines that the last stage needs, as they are written there; and those that
    it goes without for want of apt."""
    scene = search.full.scene
    books = list(stanzas(read_text(scene.tree, STATUS)))
    sections = {each.get("Package", ""): each.get("Section", "").rpartition("/")[2] for each in books}
    provided = {
        name: each.get("Package", "")
        for each in books
        if " installed" in each.get("Status", "")
        for name in re.findall(r"[a-z0-9][a-z0-9+.-]+", re.sub(r"\([^)]*\)", "", each.get("Provides", "")))
    }
    used = {command.name for _, command in reading.commands}
    found: dict[str, str] = {}
    left: list[str] = []
    for asked, word in _words(reading.packages):
        name = asked if scene.packages.named(f"{DEBIAN}:{asked}") else provided.get(asked, "")
        package = next(iter(scene.packages.named(f"{DEBIAN}:{name}")), None) if name else None
        if package is None or search.has(name):
            continue  # removed again, or there already
        if name in search.packages:
            found[word] = search.packages.pop(name)
        elif sections.get(name) in _BUILD_SECTIONS or _DEV.fullmatch(name) or _served(package, used, search):
            continue
        elif search.installs or search.full.starts_commands:
            found[word] = "the Dockerfile asks for it"
        elif search.files.isdisjoint(package.files):
            left.append(name)
    return found, tuple(left)


def _words(packages: tuple[Packages, ...]) -> Iterator[tuple[str, str]]:
    """(name, as written) of what is installed with apt. Raises CannotCarry for other package managers."""
    for each in packages:
        if each.kind != "apt":
            raise CannotCarry(
                f"line {each.line} installs packages with {each.kind}, whose books are not read"
            )
        for name, word in zip(each.names, each.words, strict=True):
            if "/" in name:
                raise CannotCarry(f"line {each.line} installs {name}, a package's file")
            if re.search(r"[*?\[$^]", word):
                raise CannotCarry(f"line {each.line} installs {word}, which is not the name of one package")
            yield name.partition(":")[0], word


def _served(package: Package, used: set[str], search: _Search) -> bool:
    """Whether a package is one of programs that the Dockerfile itself calls, and nothing shows that others do."""
    folders = ("/bin", "/usr/bin", "/sbin", "/usr/sbin")
    programs = {posixpath.basename(path) for path in package.files if posixpath.dirname(path) in folders}
    starts = any(each.kind == "commands" and not each.package for each in search.full.named)
    return not programs.isdisjoint(used) and not starts


def _check_sources(full: Side) -> None:
    """Raises CannotCarry where packages come from elsewhere than from where the lighter base gets them."""
    for path in full.scene.tree:
        entry = full.scene.tree.get(path)
        if (
            entry
            and entry.kind == "file"
            and _SOURCES.fullmatch(path)
            and not full.origins.is_base(entry.layer)
        ):
            raise CannotCarry(
                f"packages come from a source of its own ({path}), which the lighter base has not"
            )
