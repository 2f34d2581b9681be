"""Reads a keep-list back, also one that somebody edited."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from unladen.errors import BadKeepList
from unladen.image.packages import SYSTEM
from unladen.keep import lines
from unladen.keep.keeplist import (
    FORMAT,
    FORMAT_WITH_STRIP,
    HEADER,
    PACKAGES,
    SECTIONS,
    STRIP,
    KeepList,
    Named,
    Rule,
    Section,
    keep_list,
)
from unladen.keep.reasons import one_line
from unladen.language.registry import ecosystems

TITLE = "unladen keep-list, format "


@dataclass
class _Reading:
    """What was read so far; `comment` is the group's, open while comment lines follow one another."""

    section: str = ""
    comment: list[str] = field(default_factory=list)
    commenting: bool = False
    rules: list[Rule] = field(default_factory=list)
    packages: list[Named] = field(default_factory=list)
    strip: list[str] = field(default_factory=list)
    header: dict[str, list[str]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)


class _Wrong(ValueError):
    """What is wrong with a line, and what to try."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


def read(file: Path) -> KeepList | None:
    """The list in a file, None where there is none. Raises BadKeepList."""
    if not file.is_file():
        return None
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadKeepList(f"cannot read {file.name}: {error}", hint="--fresh makes a new one.") from error
    return parse(text, file.name)


def parse(text: str, name: str = "unladen.keep") -> KeepList:
    """The list that `text` says. Raises BadKeepList with the number of the first line that is wrong."""
    reading = _Reading()
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        try:
            _line(reading, number, raw.rstrip())
        except (_Wrong, lines.BadLine) as wrong:
            hint = getattr(wrong, "hint", "")
            raise BadKeepList(
                f"cannot read {name}: line {number}: {wrong}", line=number, hint=hint
            ) from wrong
    header = {key: " ".join(values) for key, values in reading.header.items() if key != "note"}
    return keep_list(
        reading.rules,
        reading.packages,
        made_from=header.get("made from", ""),
        policy=header.get("policy", "package"),
        architecture=header.get("architecture", ""),
        inputs=header.get("inputs", ""),
        notes=reading.header.get("note", ()),
        strip=reading.strip,
    )


def _line(reading: _Reading, number: int, line: str) -> None:
    if number == 1:
        _title(line)
    elif line.startswith("#"):
        _comment(reading, line[1:].strip())
        return
    elif line.startswith("["):
        _section(reading, line)
    elif line and reading.section == PACKAGES:
        reading.packages.append(_package(line))
    elif line and reading.section == STRIP:
        reading.strip.append(_stripped(line))
    elif line:
        _rule(reading, number, line)
    reading.commenting = False


def _title(line: str) -> None:
    if not line.startswith(f"# {TITLE}"):
        raise _Wrong("it does not begin as a keep-list does", f"The first line is `# {TITLE}{FORMAT}`.")
    version = line.removeprefix(f"# {TITLE}")
    if version not in (str(FORMAT), str(FORMAT_WITH_STRIP)):
        raise _Wrong(f"format {version!r} is not known here", "A newer unladen wrote it: upgrade unladen.")


def _comment(reading: _Reading, text: str) -> None:
    if not reading.section:
        key, colon, value = text.partition(": ")
        if colon and key in HEADER:
            reading.header.setdefault(key, []).append(value)
        return
    if not reading.commenting:
        reading.comment = []
    reading.commenting = True
    reading.comment.append(text)


def _section(reading: _Reading, line: str) -> None:
    name = line[1:].removesuffix("]").strip()
    if not line.endswith("]") or name not in (*SECTIONS, PACKAGES, STRIP):
        known = ", ".join(f"[{each}]" for each in (*SECTIONS, PACKAGES, STRIP))
        raise _Wrong(f"{line!r} is no section", f"Sections are {known}.")
    reading.section, reading.comment = name, []


def _stripped(line: str) -> str:
    lines.check(line)
    if lines.is_pattern(line) or line.endswith("/"):
        raise _Wrong(f"{line!r} is no file", f"[{STRIP}] names files one by one, without wildcards.")
    return lines.unescape(line)


def _package(line: str) -> Named:
    kind, _, rest = line.partition(" ")
    name, _, version = rest.partition(" ")
    kinds = (*SYSTEM, *ecosystems().by_kind)
    if kind not in kinds or not name or " " in version:
        raise _Wrong(f"{line!r} is no package: it is a kind ({', '.join(kinds)}), a name, and a version")
    return Named(kind, name, version)


def _rule(reading: _Reading, number: int, line: str) -> None:
    if not reading.section:
        raise _Wrong("a path before the first section", f"Put it under one of [{'], ['.join(SECTIONS)}].")
    drops, text = line.startswith("!"), line.removeprefix("!")
    lines.check(text)
    if (before := reading.seen.setdefault(line, number)) != number:
        raise _Wrong(f"{line} is listed already, on line {before}")
    other = text if drops else "!" + text
    if other in reading.seen:
        raise _Wrong(f"{line} says the opposite of line {reading.seen[other]}")
    reason = one_line(" ".join(reading.comment))
    reading.rules.append(Rule(text, reason, cast(Section, reading.section), drops))
