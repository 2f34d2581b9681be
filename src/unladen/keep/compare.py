"""Two keep-lists compared, as `slim --check` shows it: what a new one would change, and which packages changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unladen.keep.keeplist import KeepList, Rule


@dataclass(frozen=True)
class Difference:
    """What differs. `stale`: the old list was made from other inputs (packages, settings, policy), whatever its
    lines say."""

    added: tuple[Rule, ...]
    removed: tuple[Rule, ...]
    packages: tuple[str, ...]
    stale: bool

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.packages or self.stale)


def difference(old: KeepList, new: KeepList) -> Difference:
    """From `old`, the committed list, to `new`, of a fresh trace. Only what is kept counts, not its reasons."""
    before = {rule.line: rule for rule in old.rules}
    after = {rule.line: rule for rule in new.rules}
    return Difference(
        added=tuple(rule for line, rule in after.items() if line not in before),
        removed=tuple(rule for line, rule in before.items() if line not in after),
        packages=tuple(_packages(old, new)),
        stale=old.inputs != new.inputs,
    )


def render(difference: Difference) -> str:
    """Text for a person, "" where nothing differs."""
    lines: list[str] = []
    if difference.packages:
        lines += ["packages:", *(f"  {line}" for line in difference.packages)]
    elif difference.stale:
        lines.append("made from other settings or another policy than the image has now")
    for title, rules, sign in (
        ("kept from now on:", difference.added, "+"),
        ("no longer kept:", difference.removed, "-"),
    ):
        if rules:
            lines.append(title)
            lines += _grouped(rules, sign)
    return "\n".join(lines) + "\n" if lines else ""


def _grouped(rules: tuple[Rule, ...], sign: str) -> Iterator[str]:
    reason: str | None = None
    for rule in rules:
        if rule.reason != reason:
            reason = rule.reason
            yield f"  # {reason}" if reason else "  # without a reason"
        yield f"  {sign} {rule.line}"


def _packages(old: KeepList, new: KeepList) -> Iterator[str]:
    before: dict[tuple[str, str], set[str]] = {}
    after: dict[tuple[str, str], set[str]] = {}
    for keep, found in ((old, before), (new, after)):
        for each in keep.packages:
            found.setdefault((each.kind, each.name), set()).add(each.version)
    for key in sorted(before.keys() | after.keys()):
        was, now = (", ".join(sorted(side.get(key, ()))) for side in (before, after))
        name = " ".join(key)
        if key not in before:
            yield f"+ {name} {now}"
        elif key not in after:
            yield f"- {name} {was}"
        elif was != now:
            yield f"~ {name} {was} → {now}"
