"""What `--write` changes, as a unified diff: for people with the reason of each hunk, and for `git apply`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from rich.text import Text

from unladen.dockerfile.edit import Reason
from unladen.report.figures import clean

_STYLES = {"+": "green", "-": "red", "@": "cyan", "\\": "dim"}
_NO_NEWLINE = "\\ No newline at end of file"


@dataclass(frozen=True)
class Change:
    """What becomes of a file. `name` is its path in the diff, `before` None where there was none; `reasons` count the
    lines of `after`."""

    name: str
    before: str | None
    after: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Hunk:
    """`place` is "@@ -1,4 +1,5 @@"; `lines` have their sign and no line end; `reasons` are those that are known."""

    place: str
    lines: tuple[str, ...]
    reasons: tuple[str, ...]


def hunks(change: Change) -> tuple[Hunk, ...]:
    """None where nothing changes."""
    before, after = _lines(change.before or ""), _lines(change.after)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return tuple(
        _hunk(group, before, after, change.reasons)
        for group in matcher.get_grouped_opcodes()
        if any(tag != "equal" for tag, *_ in group)
    )


def render(change: Change) -> Text:
    """The coloured diff; the reasons stand above the lines that they are for."""
    said = [_coloured(line) for line in _head(change)]
    for hunk in hunks(change):
        said += [_coloured(hunk.place), *(Text(f"   {clean(why)}", style="italic") for why in hunk.reasons)]
        said += [_coloured(line) for line in hunk.lines]
    return Text("\n").join(said)


def patch(changes: Iterable[Change]) -> str:
    """What `git apply` takes, byte for byte; the reasons stand behind the places, where git shows functions."""
    said: list[str] = []
    for change in changes:
        if not (found := hunks(change)):
            continue
        said += [f"diff --git {_quoted('a/' + change.name)} {_quoted('b/' + change.name)}"]
        said += ["new file mode 100644"] if change.before is None else []
        said += _head(change)
        for hunk in found:
            said += [" ".join([hunk.place, _one_line("; ".join(hunk.reasons))]).rstrip(), *hunk.lines]
    return "".join(f"{line}\n" for line in said)


def _head(change: Change) -> list[str]:
    old = "/dev/null" if change.before is None else _quoted(f"a/{change.name}")
    return [_ended(f"--- {old}"), _ended(f"+++ {_quoted(f'b/{change.name}')}")]


def _ended(line: str) -> str:
    """A name with a space ends with a tab, as git writes it."""
    return f"{line}\t" if " " in line[4:] and not line.endswith('"') else line


def _quoted(name: str) -> str:
    """As git quotes a path that its own grammar could misread."""
    if not re.search(r'[\x00-\x1f"\\\x7f]', name):
        return name
    kept = name.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\{ord(found[0]):03o}", kept) + '"'


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> list[str]:
    """With their line ends: only \\n ends a line, as git sees it."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


_Opcodes = list[tuple[str, int, int, int, int]]


def _hunk(group: _Opcodes, before: list[str], after: list[str], reasons: tuple[Reason, ...]) -> Hunk:
    lines: list[str] = []
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            lines += _signed(" ", before[i1:i2])
        else:
            lines += [*_signed("-", before[i1:i2]), *_signed("+", after[j1:j2])]
    place = f"@@ -{_span(group[0][1], group[-1][2])} +{_span(group[0][3], group[-1][4])} @@"
    changed = [(j1, max(j1, j2 - 1)) for tag, _, _, j1, j2 in group if tag != "equal"]
    first, last = changed[0][0], changed[-1][1]
    why = [each.why for each in reasons if each.first <= last and each.last >= first]
    return Hunk(place, tuple(lines), tuple(dict.fromkeys(why)))


def _signed(sign: str, lines: list[str]) -> list[str]:
    return [part for line in lines for part in _marked(sign + line)]


def _marked(line: str) -> list[str]:
    return [line[:-1]] if line.endswith("\n") else [line, _NO_NEWLINE]


def _span(start: int, end: int) -> str:
    """As unified diffs count: from 1, or the line before where there is none."""
    count = end - start
    first = start + 1 if count else start
    return str(first) if count == 1 else f"{first},{count}"


def _coloured(line: str) -> Text:
    style = "bold" if line.startswith(("--- ", "+++ ")) else _STYLES.get(line[:1], "")
    return Text(clean(line.removesuffix("\r")), style=style)
