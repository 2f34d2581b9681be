"""What a Go program names: functions in its binary that read files of a system, constants in its source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from unladen.image.scene import Scene
from unladen.language.go.binary import read_binary
from unladen.language.go.needs import COMMANDS, needs_of
from unladen.language.go.source import Call, GoFile
from unladen.language.named import Named, NeedKind

_FIRST: tuple[tuple[NeedKind, re.Pattern[str], int], ...] = (
    ("program", re.compile(r"(?:exec\.(?:Command|LookPath)|os\.StartProcess|syscall\.(?:Exec|ForkExec))"), 0),
    ("program", re.compile(r"exec\.CommandContext"), 1),
    ("zone", re.compile(r"time\.LoadLocation"), 0),
    ("user", re.compile(r"user\.Lookup"), 0),
    ("group", re.compile(r"user\.LookupGroup"), 0),
    ("library", re.compile(r"plugin\.Open|purego\.Dlopen"), 0),
)
"""Function → which of its arguments names what."""


def named(scene: Scene) -> tuple[Named, ...] | None:
    """By the functions that are in the binary of the image's program; None where that is none of Go's."""
    path = scene.program(next(iter(scene.settings.command), ""))
    real = scene.real(path) if path else ""
    if not real or scene.is_dir(real) or scene.tree.part(real, 0, 4) != b"\x7fELF":
        return None
    binary = read_binary(scene.tree.read(real))
    if binary is None or not binary.functions:
        return None
    needs, found = needs_of(binary, scene.settings.env), []
    if needs.certificates:
        found.append(Named("certificates", "", f"{path} verifies TLS"))
    if needs.services:
        found.append(Named("services", "", f"{path} looks up ports"))
    if needs.zones:
        found.append(Named("zone", "Europe/Berlin", f"{path} loads time zones, this one for all"))
    if command := binary.has(*COMMANDS):
        found.append(Named("commands", "", f"{path} has {command}"))
    return tuple(found)


def named_in_source(files: Sequence[GoFile], root: Path) -> tuple[Named, ...]:
    """Constants of the program's own source."""
    return tuple(each for file in files for call in file.calls for each in _in_call(call, file, root))


def _in_call(call: Call, file: GoFile, root: Path) -> Iterator[Named]:
    for kind, pattern, number in _FIRST:
        if pattern.fullmatch(call.function) and (name := (*call.strings(), None, None)[number]):
            optional = call.name == "LookPath"
            yield Named(kind, name, file.where(call.node, root), optional=optional)
