"""The project's own dependencies: each is there in the same version, and whole."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from unladen.image.accounts import Account
from unladen.image.interface import Entry
from unladen.image.packages import Package, Packages
from unladen.language.interface import Lost
from unladen.language.registry import ecosystems
from unladen.proof.has.contents import same
from unladen.proof.has.intended import Intended
from unladen.proof.has.interface import Pair, Part, Side
from unladen.proof.has.stripped import NO_SYMBOLS, is_stripped
from unladen.proof.has.users import READ, user
from unladen.proof.interface import Loss

NAMED = 2
"""So many are named where there are more."""
SHOWN = 12
"""Packages of the system that are named."""
ROOT = 0
"""Whoever installs packages owns them: root, the program's user, or the owner that they had."""
ELSEWHERE = "built for another C library"
NOT_NEEDED = "nothing that is left is seen to need them"


def packages(pair: Pair) -> Part:
    wanted = dependencies(pair.baseline.scene.packages)
    comparison = _comparison(pair)
    losses, findings = [], list[_Finding]()
    for package in wanted:
        origin, found = _origin(pair.baseline, package), _counterpart(package, pair.rung.scene.packages)
        if found is None:
            losses.append(
                Loss("package", package.id, f"{package.version} is gone", origin, comparison.unused)
            )
        elif found.version != package.version:
            losses.append(_other_version(pair, package, found, origin, comparison.unused))
        else:
            findings += comparison.findings(package, found, origin)
    losses += [each.loss for each in findings if not each.why]
    losses += _together([each for each in findings if each.why])
    losses += _systems(pair)
    return Part("packages", len(wanted), tuple(sorted(losses, key=lambda loss: bool(loss.intended))))


def _other_version(pair: Pair, package: Package, found: Package, origin: str, unused: str) -> Loss:
    """Another version in its place; or it is gone, and another version is left that the baseline has as well."""
    both = any(each.version == found.version for each in pair.baseline.scene.packages.named(package.id))
    if both and unused:
        return Loss("package", package.id, f"{package.version} is gone", origin, unused)
    return Loss("package", package.id, f"version was {package.version}, is {found.version}", origin)


def _systems(pair: Pair) -> Iterator[Loss]:
    """Packages of the system that went, by the instruction that brought them. What needs one is told of by itself."""
    there = {each.id for each in pair.rung.scene.packages}
    went: dict[str, list[str]] = {}
    for each in pair.baseline.scene.packages:
        if not each.is_dependency and each.kind != "runtime" and each.id not in there:
            went.setdefault(_origin(pair.baseline, each), []).append(each.name)
    for origin, names in went.items():
        listed = ", ".join(sorted(set(names))[:SHOWN]) + (" …" if len(set(names)) > SHOWN else "")
        yield Loss("package", "system packages", f"gone: {listed}", origin, NOT_NEEDED, len(names))


def dependencies(all: Packages) -> tuple[Package, ...]:
    """What was installed for the program: not installers, what lies in them, and what they alone depend on."""
    names = {f"{each.kind}:{name}" for each in ecosystems().each for name in each.installers}
    installers = [each for each in all if each.id in names]
    inside = tuple(f"{root}/" for each in installers for root in each.roots)
    rest = [
        each for each in all if each.is_dependency and each not in installers and not _lies_in(each, inside)
    ]
    for_installers = _closure(installers, rest)
    needed = _closure((each for each in rest if id(each) not in for_installers), rest)
    return tuple(each for each in rest if id(each) not in for_installers or id(each) in needed)


def _lies_in(package: Package, folders: tuple[str, ...]) -> bool:
    return any(root.startswith(folders) for root in package.roots)


def _closure(start: Iterable[Package], all: Sequence[Package]) -> set[int]:
    """The identities of the packages that these depend on, whichever way."""
    by_name: dict[str, list[Package]] = {}
    for each in all:
        by_name.setdefault(each.id, []).append(each)
    found: set[int] = set()
    left = list(start)
    while left:
        one = left.pop()
        for each in (each for name in one.depends for each in by_name.get(f"{one.kind}:{name}", ())):
            if id(each) not in found:
                found.add(id(each))
                left.append(each)
    return found


def _origin(side: Side, package: Package) -> str:
    tree = side.scene.tree
    entries = (tree.get(path) for path in (*package.metadata, *package.files))
    return next((side.origins.of(entry.layer) for entry in entries if entry), "")


def _counterpart(package: Package, there: Packages) -> Package | None:
    """The rung's: of the same version and in the same place, as far as there is one."""
    found = [each for each in there.named(package.id) if each.id == package.id]
    rank = {id(each): (each.version == package.version, each.roots == package.roots) for each in found}
    return max(found, key=lambda each: rank[id(each)], default=None)


@dataclass(frozen=True)
class _Finding:
    """Files of a package of which the same is so ("gone"), and why that is intended."""

    package: Package
    what: str
    why: str
    paths: tuple[str, ...]
    origin: str

    @property
    def loss(self) -> Loss:
        names = [path.removeprefix(f"{_anchor(self.package)}/") for path in self.paths]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        listed = ", ".join(names[:NAMED]) + more
        said = (
            f"{len(names)} files are {self.what}: {listed}"
            if len(names) > 1
            else f"{names[0]} is {self.what}"
        )
        return Loss("package", self.package.id, said, self.origin, self.why, len(names))


def _together(findings: Sequence[_Finding]) -> Iterator[Loss]:
    """What a rung takes away of many packages, as one."""
    alike: dict[tuple[str, str, str], list[_Finding]] = {}
    for each in findings:
        alike.setdefault((each.what, each.why, each.origin), []).append(each)
    for (what, why, origin), group in alike.items():
        if len(group) == 1:
            yield group[0].loss
            continue
        count = sum(len(each.paths) for each in group)
        names = ", ".join(each.package.name for each in group)
        yield Loss(
            "package", f"{len(group)} packages", f"{count} files are {what}, of {names}", origin, why, count
        )


@dataclass(frozen=True)
class _Comparison:
    pair: Pair
    intended: Intended
    was: Account
    runs: Account
    unused: str
    """Why anything may be gone; "" where it may not."""

    def findings(self, package: Package, found: Package, origin: str) -> Iterator[_Finding]:
        lost: dict[tuple[str, str], list[str]] = {}
        known = ecosystems()
        for path in package.files:
            if known.is_cache(path) or known.rewritten.fullmatch(path):
                continue
            what, why = self._lost(path, _place(path, package, found), package)
            if what:
                lost.setdefault((what, why), []).append(path)
        for (what, why), paths in lost.items():
            yield _Finding(package, what, why, tuple(paths), origin)

    def _lost(self, path: str, place: str, package: Package) -> tuple[str, str]:
        """What became of a file of a package, and why that is intended; "" where it is whole."""
        rung, known = self.pair.rung.scene.tree, ecosystems()
        entry, other = self.pair.baseline.scene.tree.get(path), rung.get(place)
        if entry is None:
            return "", ""
        if other is None:
            if known.for_musl(place) in rung:
                return ELSEWHERE, self._declared(Lost.GLIBC)
            if known.stand_in(place, rung) != place:
                return "in bytecode alone", self._declared(Lost.SOURCE_LINES) or self.unused
            return "gone", self.intended.why(path) or self.unused
        if (entry.kind == "symlink") != (other.kind == "symlink") or other.kind == "dir":
            return "of another type", ""
        if entry.kind == "symlink":
            return ("with another target", "") if entry.link != other.link else ("", "")
        if self.was.may(entry, READ) and not self.runs.may(other, READ):
            return f"not to be read by the rung's user {self.runs.uid}", ""
        if other.uid not in (entry.uid, ROOT, self.runs.uid):
            return f"of another owner, user {other.uid}", ""
        return self._changed(entry, other, package)

    def _changed(self, entry: Entry, other: Entry, package: Package) -> tuple[str, str]:
        """Scripts outside of the package's folder are written by what installs it, as it likes."""
        baseline, rung = self.pair.baseline.scene.tree, self.pair.rung.scene.tree
        if same(baseline, entry, rung, other):
            return "", ""
        outside = not entry.path.startswith(_anchor(package) + "/")
        if outside and baseline.part(entry.path, 0, 2) == rung.part(other.path, 0, 2) == b"#!":
            return "", ""
        why = self._declared(Lost.DEPENDENCY_EXTRAS) or self.intended.without_symbols(entry.path)
        if why and is_stripped(baseline, entry, rung, other):
            return NO_SYMBOLS, why
        if (why := self._declared(Lost.GLIBC)) and ecosystems().built.fullmatch(entry.path):
            return ELSEWHERE, why
        return "with other contents", ""

    def _declared(self, lost: Lost) -> str:
        return str(lost) if lost in self.pair.intent.takes_away else ""


def _comparison(pair: Pair) -> _Comparison:
    unused = str(Lost.UNUSED) if Lost.UNUSED in pair.intent.takes_away else ""
    return _Comparison(pair, Intended(pair), user(pair.baseline), user(pair.rung), unused)


def _anchor(package: Package) -> str:
    """The folder that a package's own folders lie in."""
    return posixpath.dirname(package.roots[0]) if package.roots else "/"


def _place(path: str, package: Package, found: Package) -> str:
    """Where a file of the baseline's package is in the rung's."""
    return posixpath.normpath(posixpath.join(_anchor(found), posixpath.relpath(path, _anchor(package))))
