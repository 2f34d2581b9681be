"""Why is a path kept, or why is it not? Answered from the list's own text, with the image's files where they are
at hand."""

from __future__ import annotations

from collections.abc import Iterator

from unladen.image.interface import FileTree
from unladen.keep import reasons
from unladen.keep.expand import Rules, expand, matches
from unladen.keep.keeplist import STRIP, STRIPPED, KeepList, Rule
from unladen.keep.lines import escape
from unladen.language.registry import ecosystems

BY_HAND = "listed without a reason"


def explain(keep: KeepList, path: str, tree: FileTree | None = None) -> tuple[str, ...]:
    """Sentences, the nearest reason first. `path` is absolute; with `tree` (the full image's files) links are
    followed, and what is not kept is said to whom it belongs."""
    return tuple(_explain(keep, path, tree))


def _explain(keep: KeepList, path: str, tree: FileTree | None) -> Iterator[str]:
    path = "/" + path.strip("/")
    rules = Rules(keep.rules)
    way = tree.resolve(path) if tree is not None else ()
    for link in way[:-1]:
        yield f"{escape(link)} is a link on the way to {escape(way[-1])}"
    real = way[-1] if way else path
    rule = _deciding(rules, real)
    if rule is not None:
        yield from _chain(rules, real, rule)
        if real in keep.strip:
            yield f"It is kept {STRIPPED}: its line below [{STRIP}] says so"
    elif below := _first_below(keep, real, tree):
        yield f"{escape(real)} is kept as a directory on the way to {escape(below)}"
    elif tree is not None and real not in tree:
        yield f"{escape(real)} is not in the image"
    else:
        yield from _not_kept(keep, real, tree)


def _chain(rules: Rules, path: str, rule: Rule) -> Iterator[str]:
    """Why, and why what needs it is kept in turn."""
    seen: set[str] = set()
    found: Rule | None = rule
    while found is not None and path not in seen:
        seen.add(path)
        by = "" if not found.is_pattern and found.path == path else f" (by the line {found.line})"
        yield f"{escape(path)}: {found.reason or BY_HAND}{by}"
        needer = reasons.needer(found.reason)
        if needer is None:
            return
        path, found = needer, _deciding(rules, needer)


def _not_kept(keep: KeepList, path: str, tree: FileTree | None) -> Iterator[str]:
    dropping = _dropping(keep, path)
    if dropping is not None:
        yield f"{escape(path)} is left out by the line {dropping.line} (under: {dropping.reason or BY_HAND})"
    else:
        yield f"{escape(path)} is not kept: nothing touched it, and nothing that is kept needs it"
    owner = ecosystems().packages_of(tree).of(path) if tree is not None else None
    if owner is None:
        yield f"To keep it, add the line {escape(path)}, or run slim with --include '{escape(path)}'"
        return
    kept = expand(keep, tree).paths if tree is not None else {}
    some = sum(file in kept for file in owner.files)
    yield f"It belongs to {owner}, of which {some} of {len(owner.files)} files are kept"
    yield f"To keep it, add the line {escape(path)}; to keep the package, run slim with --include pkg:{owner.id}"


def _deciding(rules: Rules, path: str) -> Rule | None:
    """The rule that keeps a path, its parents asked first."""
    below: Rule | None = None
    here: Rule | None = None
    names = path.split("/")
    for depth in range(2, len(names) + 1):
        here, below = rules.about("/".join(names[:depth]), below)
    return here


def _dropping(keep: KeepList, path: str) -> Rule | None:
    """The line that leaves a path out of what would be kept otherwise: of several, the one that matches deepest."""
    if _deciding(Rules(rule for rule in keep.rules if not rule.drops), path) is None:
        return None
    names = path.split("/")
    for depth in range(len(names), 1, -1):
        above = "/".join(names[:depth])
        for rule in keep.rules:
            if rule.drops and matches(rule, above):
                return rule
    return None


def _first_below(keep: KeepList, path: str, tree: FileTree | None) -> str:
    """What is kept below a directory."""
    prefix = path.rstrip("/") + "/"
    if tree is not None:
        return next(
            (each for each, rule in expand(keep, tree).paths.items() if rule and each.startswith(prefix)), ""
        )
    plain = (rule.path for rule in keep.rules if not rule.drops and not rule.is_pattern)
    return next((each for each in plain if each.startswith(prefix)), "")
