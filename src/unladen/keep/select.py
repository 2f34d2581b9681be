"""From what a program touched to the list of what is kept, in one straight line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from unladen.errors import BadKeepList
from unladen.image.dpkg import STATUS, STATUS_D
from unladen.image.interface import FileTree
from unladen.image.packages import Package
from unladen.image.scene import Scene
from unladen.keep import lines, reasons
from unladen.keep.always import always_kept
from unladen.keep.declared import named_in_code
from unladen.keep.keeplist import KeepList, Policy, Rule, keep_list
from unladen.keep.keeplist import Named as Listed
from unladen.keep.placing import compacted
from unladen.keep.policy import info_folder, is_noise
from unladen.keep.reasons import Kind
from unladen.keep.selection import Selection
from unladen.keep.touched import WITHOUT_TRACE, Touched, merged
from unladen.keep.versions import asked_for
from unladen.language.named import Named
from unladen.language.registry import ecosystems

PACKAGE_PREFIX = "pkg:"


@dataclass(frozen=True)
class Repair:
    """What a round of repair adds: `touched` on the full image by the failing `case`, and `packages`
    (ids as in `Package.id`, or names) to keep whole, with `depends` all that they depend on as well."""

    round: int
    case: str
    touched: tuple[Touched, ...] = ()
    packages: tuple[str, ...] = ()
    depends: bool = False


def select(
    full: Scene,
    touched: Iterable[Touched],
    *,
    policy: Policy = "package",
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    repairs: Sequence[Repair] = (),
    run_by: Mapping[str, str] = MappingProxyType({}),
    declared: Mapping[str, tuple[Package, str]] = MappingProxyType({}),
    named: Iterable[Named] = (),
    made_from: str = "",
    notes: Sequence[str] = (),
) -> KeepList:
    """What to keep of the image `full`.

    `include` and `exclude` take paths, patterns as in a keep-list, and `pkg:NAME` or `pkg:KIND:NAME`. `run_by` are
    programs that something outside of the image runs in it, each with its place. Policy package keeps what is
    `declared` (`keep.declared`), too, and what code has `named`. Raises BadKeepList for a pattern that matches nothing.
    """
    seen = merged(touched)
    traced = all(touch.phase != WITHOUT_TRACE for touch in seen)
    selection = Selection(full, packages_whole=policy == "package", traced=traced)
    for path, why in always_kept(full):
        selection.keep(path, reasons.always(why))
    _keep_started(selection)
    _keep_touched(selection, seen)
    _keep_application(selection)
    _keep_health_check(selection)
    for word, where in run_by.items():
        selection.keep(full.program(word), reasons.run_by(where), used=True, opened=True)
    _keep_included(selection, include)
    if policy == "package":
        for package, why in declared.values():  # bytecode only as far as it was loaded
            selection.keep_package(package, why, compiled=not traced)
        _keep_named(selection, named)
    for repair in repairs:
        selection.close()
        _keep_repaired(selection, repair)
    selection.close()
    excluded = dict(each for pattern in exclude for each in _exclude(selection, pattern))
    packages = _packages(selection)
    fixed = [*excluded, *_dpkg(full.tree, packages)]
    found = [f"excluded though it is needed: {rule.line}" for rule, needed in excluded.items() if needed]
    return keep_list(
        compacted(selection, fixed),
        packages,
        made_from=made_from,
        policy=policy,
        architecture=full.settings.architecture,
        inputs=inputs_digest(full, policy, include, exclude),
        notes=(*notes, *found),
    )


def inputs_digest(full: Scene, policy: str, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> str:
    """A digest of everything but the trace that a list follows from, the application's source aside: what is
    installed, how the program is started, and what the user asked for."""
    settings = full.settings
    said = {
        "policy": policy,
        "include": sorted(include),
        "exclude": sorted(exclude),
        "application": full.application,
        "command": settings.command,
        "env": dict(settings.env),
        "user": settings.user,
        "workdir": settings.workdir,
        "healthcheck": dict(settings.healthcheck),
        "packages": sorted(f"{each.id} {each.version}" for each in full.packages),
    }
    return "sha256:" + hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _keep_started(selection: Selection) -> None:
    """The program that the configuration names, seen by a trace or not."""
    for word in selection.scene.settings.command[:1]:
        selection.keep(selection.scene.program(word), reasons.START, used=True, opened=True)


def _keep_health_check(selection: Selection) -> None:
    """What checks the program's health: the engine runs it, so that no trace shows it."""
    full = selection.scene
    test = tuple(full.settings.healthcheck.get("Test") or ())
    words = test[1:2]
    if test[:1] == ("CMD-SHELL",):
        words = ("/bin/sh", *re.findall(r"[\w./+-]+", " ".join(test[1:])))
    for word in words:
        selection.keep(full.program(word), reasons.HEALTHCHECK, used=True, opened=True)


def _keep_touched(selection: Selection, touched: Iterable[Touched], reason: str = "") -> None:
    """Everything that was touched and is there. Touches that every start makes of every distribution come last:
    they keep what they touched only of distributions that are used otherwise, that were asked for by name, or
    where a case fails without it (`reason`)."""
    noise: list[tuple[Touched, str]] = []
    for touch, why in _with_reasons(selection, touched, reason):
        if is_noise(selection.scene.real(touch.path)):
            noise.append((touch, why))
        else:
            selection.keep(touch.path, why, used=True, opened=touch.opened)
    if noise:
        selection.close()
    packages = selection.scene.packages
    used = {owner.id for path in selection.kept if (owner := packages.of(path))}
    asked = asked_for(selection.scene, (touch for touch, _ in noise))
    for touch, why in noise:
        owners = {owner.id for path in _about(selection.scene, touch.path) if (owner := packages.of(path))}
        if reason or touch.path in asked or not owners or owners & used:
            selection.keep(touch.path, why, used=True)


def _about(full: Scene, path: str) -> Iterator[str]:
    """The files that say whose start-up noise at `path` is."""
    real = full.real(path)
    yield real
    if folder := info_folder(real):
        yield from full.below(folder)


def _with_reasons(
    selection: Selection, touched: Iterable[Touched], reason: str
) -> Iterator[tuple[Touched, str]]:
    """The paths in the order of their reasons. A source counts as opened when what was compiled from it was."""
    known = {touch.path: touch for touch in touched}
    compiled: dict[str, int] = {}
    for touch in known.values():
        if touch.opened and (source := selection.scene.packages.source_of(touch.path)) in known:
            compiled[source] = min(touch.phase, compiled.get(source, touch.phase))
    by_reason: list[tuple[tuple[int, str], Touched, str]] = []
    for path, touch in known.items():
        if not touch.opened and path in compiled:
            touch = Touched(path, True, compiled[path])
        why = reason or _reason(touch)
        by_reason.append((reasons.order(why), touch, why))
    yield from ((touch, why) for _, touch, why in sorted(by_reason))


def _reason(touch: Touched) -> str:
    if not touch.opened:
        return reasons.LOOKED_AT
    if touch.phase == WITHOUT_TRACE:
        return reasons.UNTRACED
    return reasons.START if touch.phase == 0 else reasons.ANSWERING


def _keep_application(selection: Selection) -> None:
    """All of it, but for dependencies that lie in it: they are thinned like any other."""
    full = selection.scene
    for folder in full.application:
        selection.keep(folder, reasons.APPLICATION)
        for path in full.below(folder):
            if not ecosystems().libraries.search(path[len(folder) :]):
                selection.keep(path, reasons.APPLICATION, used=True)


def _keep_named(selection: Selection, named: Iterable[Named]) -> None:
    """What code that is kept names may come to be used though no case did; what that brings may name more."""
    left = list(named_in_code(selection.scene, named))
    while True:
        selection.close()
        packages = selection.scene.packages
        owners = {str(owner) for path in selection.kept if (owner := packages.of(path))}
        rest = []
        for each in left:
            if each.named.package and each.named.package not in owners:
                rest.append(each)
            else:
                selection.keep(each.path, reasons.named(each.named.where), opened=True)
        if len(rest) == len(left):
            return
        left = rest


def _keep_included(selection: Selection, include: Sequence[str]) -> None:
    for pattern in include:
        reason = reasons.included(pattern)
        if pattern.startswith(PACKAGE_PREFIX):
            for package in _named(selection.scene, pattern, "include"):
                selection.keep_package(package, reason)
            continue
        for path in _matching(selection.scene, pattern, "include"):
            below = "/" if selection.scene.is_dir(path) else ""
            selection.keep(path + below, reason, used=True, opened=True)


def _keep_repaired(selection: Selection, repair: Repair) -> None:
    reason = reasons.repaired(repair.round, reasons.one_line(repair.case))
    _keep_touched(selection, merged(repair.touched), reason)
    todo, done = list(repair.packages), set()
    while todo:
        name = todo.pop()
        if name in done:
            continue
        done.add(name)
        for package in selection.scene.packages.named(name):
            selection.keep_package(package, reason)
            if repair.depends:
                todo += [f"{package.kind}:{each}" for each in package.depends]


def _exclude(selection: Selection, pattern: str) -> Iterator[tuple[Rule, bool]]:
    """Takes out again what the user does not want. The rules keep it out of directories that are kept whole; the
    second value says whether it was needed."""
    full = selection.scene
    if pattern.startswith(PACKAGE_PREFIX):
        packages = _named(full, pattern, "exclude")
        paths = [path for package in packages for path in package.files]
        texts = [lines.escape(root) + "/" for package in packages for root in package.roots]
        for package in packages:
            selection.whole.pop(package.id, None)
    else:
        paths = list(_matching(full, pattern, "exclude"))
        slash = "/" if full.is_dir(paths[0]) else ""
        texts = [pattern if lines.is_pattern(pattern) else lines.escape(paths[0]) + slash]
    gone = {each for path in paths for each in (path, *full.below(path))}
    whys = {selection.kept.pop(path).reason for path in sorted(gone) if path in selection.kept}
    because = [why for why in whys if reasons.kind(why) not in (Kind.WHOLE, Kind.LOOKED_AT)]
    reason = reasons.excluded(pattern, min(because, key=reasons.order) if because else "")
    yield from ((Rule(text, reason, "system", drops=True), bool(because)) for text in texts)


def _named(full: Scene, pattern: str, what: str) -> Sequence[Package]:
    found = full.packages.named(pattern.removeprefix(PACKAGE_PREFIX))
    if not found:
        raise _matches_nothing(pattern, what, "no package of that name is in the image")
    return found


def _matching(full: Scene, pattern: str, what: str) -> Iterator[str]:
    """The real paths that a pattern matches. Raises BadKeepList."""
    try:
        lines.check(pattern)
    except lines.BadLine as wrong:
        raise _matches_nothing(pattern, what, str(wrong)) from wrong
    if not lines.is_pattern(pattern):
        found = [real] if (real := full.real(lines.unescape(pattern.rstrip("/")))) else []
    else:
        regex = re.compile(lines.regex(pattern), re.DOTALL)
        found = [path for path in full.tree if regex.fullmatch(lines.as_bytes(path))]
    if not found:
        raise _matches_nothing(pattern, what, "nothing in the image matches it")
    yield from found


def _matches_nothing(pattern: str, what: str, cause: str) -> BadKeepList:
    hint = "Give a path, a pattern (* in a name, **/ for directories), or pkg:NAME."
    return BadKeepList(f"cannot {what} {pattern}: {cause}", hint=hint)


def _packages(selection: Selection) -> tuple[Listed, ...]:
    owners = {selection.scene.packages.of(path) for path in selection.kept}
    return tuple(sorted(Listed(each.kind, each.name, each.version) for each in owners if each))


def _dpkg(tree: FileTree, packages: Iterable[Listed]) -> Iterator[Rule]:
    """What the pack stage writes itself, where the image has dpkg's one file instead."""
    if STATUS in tree and any(each.kind == "deb" for each in packages):
        yield Rule(f"{STATUS_D}/", reasons.DPKG)
