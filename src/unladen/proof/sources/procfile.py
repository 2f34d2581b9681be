"""The steps that a Procfile runs before a release: a migration, a check, collected files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from unladen.errors import EngineFailed, NotHealthy
from unladen.proof.command import run_command
from unladen.proof.interface import NO_CASES, CommandCase, Corpus, Coverage
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.repository import read
from unladen.syntax import bash

FILE = "Procfile"
SECONDS = 30.0
_RELEASE = re.compile(r"release\s*:\s*(.+)")


def released(around: Surroundings) -> Corpus:
    """Each step that the baseline's image runs well, as a command of its own: what it prints and its exit code count,
    not the database that it writes. Others are named: a database of another service's is not there."""
    if around.root is None or around.engine is None:
        return NO_CASES
    program = replace(around.program, command_timeout=SECONDS)
    cases: list[CommandCase] = []
    failing: list[CommandCase] = []
    for case in steps(around.root):
        try:
            ends = run_command(around.engine, around.facts, program, case).exit_code == 0
        except (EngineFailed, NotHealthy):
            ends = False
        (cases if ends else failing).append(case)
    notes = [f"{case.id} fails here, and is no evidence" for case in failing]
    notes += [f"release steps from {FILE}"] if cases else []
    return Corpus(tuple(cases), Coverage(note="; ".join(notes))) if notes else NO_CASES


def steps(root: Path) -> Iterator[CommandCase]:
    """The commands of the release line. Where it needs a shell (pipes, variables), it is left out."""
    for number, line in enumerate(read(root / FILE).splitlines(), 1):
        if not (found := _RELEASE.fullmatch(line.strip())):
            continue
        script = bash.read(found[1])
        if not script.is_understood or any(unit.joiner not in ("", "&&", ";") for unit in script.units):
            return
        for unit in script.units:
            (command, *more) = unit.commands
            if more or not unit.is_simple or command.assignments or command.redirects or "$" in unit.text:
                return
            yield CommandCase(
                f"release: {unit.text}"[:80],
                command.words,
                files=None,
                origin=f"{FILE}:{number} release",
                own=True,
            )
