"""What would be lost without a package that a list keeps: answered from its text and the full image's files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from unladen.image.interface import FileTree
from unladen.image.packages import Package, Packages
from unladen.keep import reasons
from unladen.keep.expand import expand
from unladen.keep.keeplist import KeepList, Rule
from unladen.language.registry import ecosystems

SHOWN = 5
"""So many reasons, packages and groups are told."""


def without_package(keep: KeepList, name: str, tree: FileTree | None = None) -> tuple[str, ...]:
    """Sentences on the package `name` (or KIND:NAME): why it is kept, what needs it, and what is kept because of it.
    Without `tree` (the full image's files) only what the list's own text says."""
    if tree is None:
        return tuple(_by_text(keep, name))
    packages = ecosystems().packages_of(tree)
    found = packages.named(name)
    if not found:
        return (f"no package called {name} is in the image",)
    kept = expand(keep, tree).paths
    return tuple(sentence for each in found for sentence in _of_package(each, packages, kept, tree))


def _by_text(keep: KeepList, name: str) -> Iterator[str]:
    listed = [each for each in keep.packages if name in (each.name, f"{each.kind}:{each.name}")]
    if not listed:
        yield f"the list names no package called {name}; --image says more"
        return
    for each in listed:
        whys = sorted({why for rule in keep.rules if (why := _whole(rule.reason, each.name))})
        yield f"{each}: {'; '.join(whys[:SHOWN]) or 'some of it is kept, not all'}"
    yield "give the full image (--image) for what needs it and what goes with it"


def _whole(reason: str, name: str) -> str:
    """Why the package is kept whole: "declared in requirements.txt"; "" where another one is meant."""
    subject, comma, why = reason.partition(", ")
    return (
        why if comma and subject.endswith(f" {name}") and reasons.kind(reason) is reasons.Kind.WHOLE else ""
    )


def _of_package(
    package: Package, packages: Packages, kept: Mapping[str, Rule | None], tree: FileTree
) -> Iterator[str]:
    own = set(package.files)
    stays = [path for path in package.files if path in kept]
    size = _size(tree, stays)
    if not stays:
        yield f"{package} is not kept: nothing of its {len(own)} files was used, declared or named"
        yield f"To keep it, run slim with --include pkg:{package.id}"
        return
    yield f"{package}: {len(stays)} of {len(own)} files are kept, {size / 1e6:.1f} MB"
    whys = Counter(rule.reason for path in stays if (rule := kept[path]))
    for reason, count in whys.most_common(SHOWN):
        yield f"  {_whole(reason, package.name) or reason or 'listed without a reason'} ({count} files)"
    needing = [
        each
        for each in packages
        if each.kind == package.kind
        and package.name in each.depends
        and any(path in kept for path in each.files)
    ]
    yield from _told("What is kept and asks for it", map(str, needing))
    because: dict[str, list[str]] = {}
    for path, rule in kept.items():
        if rule is not None and path not in own and reasons.needer(rule.reason) in own:
            owner = packages.of(path)
            because.setdefault(str(owner) if owner else path, []).append(path)
    yield from _told(
        "Kept for its files alone, as far as the list says",
        (f"{name} ({_size(tree, paths) / 1e6:.1f} MB)" for name, paths in because.items()),
    )
    yield f"Try without it: slim --exclude pkg:{package.id}; the proof says what differs"


def _told(head: str, each: Iterable[str]) -> Iterator[str]:
    names = sorted(each)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    if names:
        yield f"{head}: {', '.join(names[:SHOWN])}{more}"


def _size(tree: FileTree, paths: Iterable[str]) -> int:
    """Bytes; hard links count once."""
    return sum(entry.size for path in paths if (entry := tree.get(path)) and entry.kind == "file")
