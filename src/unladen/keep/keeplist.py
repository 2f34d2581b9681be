"""The keep-list: its values, and its text, which people review.

    # unladen keep-list, format 1
    # …
    # policy: package

    [system]

    # always kept: names of users
    /etc/passwd

Sections are the slim image's layers. A comment says why the lines below it are kept; lines are as in
`unladen.keep.lines`. Of all lines that match a path or a directory above it, the one that matches deepest
counts; on equal terms a path without wildcards beats a pattern, and to keep beats to leave out only where it is
written without wildcards. Directories above what is kept are kept without being listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from unladen.keep import lines, reasons

FILE_NAME = "unladen.keep"
FORMAT, FORMAT_WITH_STRIP = 1, 2
"""A list without a section [strip] is of the first format, which every unladen reads."""

Section = Literal["system", "runtime", "dependencies", "application"]
SECTIONS: tuple[Section, ...] = get_args(Section)
"""The layers of the slim image, lowest first: what changes most is on top."""

Policy = Literal["package", "file"]
PACKAGES = "packages"
STRIP = "strip"
STRIPPED = "without symbols, which only debuggers and profilers read"

EXPLANATION = """\
What the slim image keeps, and why. The slim stages of the Dockerfile copy what is listed here and nothing
else. Change it, build, and see; `unladen explain` tells more about a path.

  /path     a file, a link, or a directory without what is in it
  /path/    a directory with all below it
  !/path    left out of the directories above, with all below it

* and ? stand for characters of one name, **/ for any directories, \\xNN for a byte. The line that matches a
path deepest counts. Directories on the way are kept without being listed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line: `text` is the line without its "!", as written; `reason` the comment that it stands under."""

    text: str
    reason: str
    section: Section = "system"
    drops: bool = False

    @property
    def line(self) -> str:
        return "!" + self.text if self.drops else self.text

    @property
    def opposite(self) -> str:
        """The line that would contradict this one."""
        return self.text if self.drops else "!" + self.text

    @property
    def whole(self) -> bool:
        """A directory with all below it."""
        return self.text.endswith("/")

    @property
    def is_pattern(self) -> bool:
        return lines.is_pattern(self.text)

    @property
    def path(self) -> str:
        """The path that a line without wildcards names."""
        return lines.unescape(self.text.rstrip("/"))


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """A package of which something is kept: `kind` is "deb", "runtime" or a language's."""

    kind: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.version}".rstrip()


@dataclass(frozen=True)
class KeepList:
    """`rules` and `packages` are in the order in which they are written (see `keep_list`).

    `made_from` names the rung or image, `architecture` is the image's, `inputs` a digest of everything but the
    trace that the list was made from, `notes` what the user should know. `strip` are the paths of files that lose
    their symbols.
    """

    rules: tuple[Rule, ...]
    packages: tuple[Named, ...] = ()
    made_from: str = ""
    policy: str = "package"
    architecture: str = ""
    inputs: str = ""
    notes: tuple[str, ...] = ()
    strip: tuple[str, ...] = ()


HEADER = ("made from", "policy", "architecture", "inputs", "note")


def keep_list(
    rules: Iterable[Rule],
    packages: Iterable[Named] = (),
    *,
    made_from: str = "",
    policy: str = "package",
    architecture: str = "",
    inputs: str = "",
    notes: Iterable[str] = (),
    strip: Iterable[str] = (),
) -> KeepList:
    """A list in its one order: the same rules give the same text to the byte."""
    return KeepList(
        tuple(sorted(dict.fromkeys(rules), key=_place)),
        tuple(sorted(set(packages))),
        reasons.one_line(made_from),
        reasons.one_line(policy),
        reasons.one_line(architecture),
        reasons.one_line(inputs),
        tuple(dict.fromkeys(line for note in notes if (line := reasons.one_line(note)))),
        tuple(sorted(set(strip))),
    )


def render(keep: KeepList) -> str:
    """The list's text, ready to be written and reviewed."""
    parts = ["\n".join(_header(keep))]
    for section in SECTIONS:
        rules = [rule for rule in keep.rules if rule.section == section]
        if rules:
            parts.append(f"[{section}]")
            parts.extend(_groups(rules))
    if keep.packages:
        parts.append(f"[{PACKAGES}]")
        parts.append("\n".join(map(str, keep.packages)))
    if keep.strip:
        parts.append(f"[{STRIP}]")
        parts.append("\n".join((f"# {STRIPPED}", *map(lines.escape, keep.strip))))
    return "\n\n".join(parts) + "\n"


def _header(keep: KeepList) -> Iterable[str]:
    yield f"# unladen keep-list, format {FORMAT_WITH_STRIP if keep.strip else FORMAT}"
    yield "#"
    yield from (f"# {line}".rstrip() for line in EXPLANATION.splitlines())
    values = (keep.made_from, keep.policy, keep.architecture, keep.inputs)
    pairs = [(name, value) for name, value in zip(HEADER, values, strict=False) if value]
    pairs += [("note", note) for note in keep.notes]
    if pairs:
        yield "#"
    yield from (f"# {name}: {value}" for name, value in pairs)


def _groups(rules: list[Rule]) -> Iterable[str]:
    """Each group with its comment; those that somebody wrote have none, and come first."""
    by_reason: dict[str, list[str]] = {}
    for rule in rules:
        by_reason.setdefault(rule.reason, []).append(rule.line)
    for reason, texts in by_reason.items():
        comment = [f"# {reason}"] if reason else []
        yield "\n".join([*comment, *texts])


def _place(rule: Rule) -> tuple[object, ...]:
    return (SECTIONS.index(rule.section), reasons.order(rule.reason), rule.drops, rule.text)
