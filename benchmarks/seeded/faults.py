"""The programs and their faults, as data: a file per program in proof/faults, a fault a line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from seeded.edits import Edit

BENCHMARKS = Path(__file__).parent.parent
PROOF = BENCHMARKS / "proof"
KINDS = (
    "files",
    "packages",
    "metadata",
    "owners",
    "modes",
    "links",
    "configuration",
    "environment",
    "behaviour",
    "log and signals",
)


@dataclass(frozen=True)
class Fault:
    """One fault. `names` are words of which a cause must have one. `edit` is made to the candidate's image; `source`
    maps a file of the project to (old text, new text) and has the candidate built anew instead."""

    program: str
    name: str
    kind: str
    names: tuple[str, ...]
    edit: Edit = field(default_factory=Edit)
    source: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Seeded:
    """A program. `candidate` is what faults are put into: "baseline", or "rung NAME" of the project's own ladder.
    `language` false: unladen knows no language of it, and its image alone says how it runs."""

    name: str
    root: Path
    candidate: str
    language: bool
    faults: tuple[Fault, ...]


def programs(only: tuple[str, ...] = ()) -> tuple[Seeded, ...]:
    """All programs, or those of these names. Raises ValueError for a name or a line that is wrong."""
    files = sorted((PROOF / "faults").glob("*.toml"))
    if unknown := set(only) - {file.stem for file in files}:
        raise ValueError(
            f"no such program: {', '.join(sorted(unknown))}; there are {', '.join(f.stem for f in files)}"
        )
    return tuple(_program(file) for file in files if not only or file.stem in only)


def _program(file: Path) -> Seeded:
    said = tomllib.loads(file.read_text(encoding="utf-8"))
    faults = tuple(_fault(file.stem, line) for line in said["faults"])
    names = [fault.name for fault in faults]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{file.name}: two faults are named {', '.join(sorted(twice))}")
    root = BENCHMARKS / said["project"]
    return Seeded(file.stem, root.resolve(), said["candidate"], said.get("language", True), faults)


def _fault(program: str, line: dict[str, Any]) -> Fault:
    known = {each.name for each in fields(Edit)} | {"name", "kind", "names", "source"}
    if unknown := line.keys() - known:
        raise ValueError(f"{program}: {line['name']}: unknown: {', '.join(sorted(unknown))}")
    if line["kind"] not in KINDS:
        raise ValueError(f"{program}: {line['name']}: no such kind: {line['kind']}")
    names = line["names"] if isinstance(line["names"], list) else [line["names"]]
    parts = {each.name: line[each.name] for each in fields(Edit) if each.name in line}
    if "remove" in parts:
        parts["remove"] = tuple(parts["remove"])
    edit = Edit(**parts)
    return Fault(program, line["name"], line["kind"], tuple(names), edit, line.get("source", {}))
