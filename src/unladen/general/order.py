"""Dependencies before source: what a manifest alone decides is installed before the rest of the project is copied."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from unladen.dockerfile.edit import Change, Edit
from unladen.dockerfile.parse import Instruction
from unladen.dockerfile.users import Copy, Run, UsersDockerfile
from unladen.engine.ignore import IgnoreRules
from unladen.language.registry import ecosystems

WHY = "dependencies are installed before the source is copied: a changed source installs nothing again"


def manifests_first(
    users: UsersDockerfile, root: Path, ignored: IgnoreRules, changes: tuple[Change, ...]
) -> tuple[Change, ...]:
    """The changes, and those that let a RUN that only installs change places with the COPY of everything right above
    it. Changes inside of either move along."""
    for copy, run, names in _pairs(users, root, ignored):
        one, two = copy.instruction, run.instruction
        inside = [each for each in changes if _is_in(each.edit, one) or _is_in(each.edit, two)]
        first = _changed(users, one, [each.edit for each in inside])
        second = _changed(users, two, [each.edit for each in inside])
        why = "; ".join(dict.fromkeys((WHY, *(each.why for each in inside))))
        swapped = (
            Change(Edit(one.start, one.end, f"{_of_manifests(copy, names)}\n{second}"), why),
            Change(Edit(two.start, two.end, first), why),
        )
        changes = (*(each for each in changes if each not in inside), *swapped)
    return changes


def _is_in(each: Edit, instruction: Instruction) -> bool:
    return instruction.start <= each.start and each.end <= instruction.end


def _changed(users: UsersDockerfile, instruction: Instruction, edits: Sequence[Edit]) -> str:
    """The instruction's text after the edits inside of it; line breaks as edits have them."""
    text, at = "", instruction.start
    source = users.staged.source.text
    for each in sorted((each for each in edits if _is_in(each, instruction)), key=lambda each: each.start):
        text, at = text + source[at : each.start] + each.text, each.end
    return (text + source[at : instruction.end]).replace("\r\n", "\n")


def _of_manifests(copy: Copy, names: tuple[str, ...]) -> str:
    """The COPY of these files, with what the user's says of owners and modes."""
    target = copy.instruction.values[-1].rstrip("/")
    flags = "".join(f"{word} " for word in copy.instruction.flag_words)
    return f"COPY {flags}{' '.join(names)} {target or ''}/"


def _pairs(
    users: UsersDockerfile, root: Path, ignored: IgnoreRules
) -> Iterator[tuple[Copy, Run, tuple[str, ...]]]:
    """COPY, RUN and the manifests that the RUN reads."""
    if any((root / name).exists() and not ignored.excludes(name) for name in ecosystems().not_source):
        return  # what is copied later would lie over what was installed
    for stage in users.staged.stages:
        reading = users.reading(stage)
        copies = {each.instruction.start: each for each in reading.copies}
        runs = {each.instruction.start: each for each in reading.runs}
        for one, two in pairwise(stage.instructions):
            copy, run = copies.get(one.start), runs.get(two.start)
            if copy is None or run is None or not _is_everything(copy) or copy.target != run.scope.workdir:
                continue
            names = _manifests(run, root)
            if names and not any(ignored.excludes(name) or _is_odd(name) for name in names):
                yield copy, run, names


def _is_everything(copy: Copy) -> bool:
    flags = set(copy.flags) - {"chown", "chmod", "link"}
    plain = not copy.origin and not copy.heredocs and not copy.instruction.is_exec and not flags
    return (
        plain
        and copy.instruction.keyword == "COPY"
        and [posixpath.normpath(s) for s in copy.sources] == ["."]
    )


def _is_odd(name: str) -> bool:
    """Whether the name cannot stand in a COPY as it is, or its folder would be lost there."""
    return "/" in name or any(char in name for char in " \t\"'*?[]$\\#")


def _manifests(run: Run, root: Path) -> tuple[str, ...]:
    """What a RUN reads that does nothing but install; none where it does more, or is not certain."""
    script = run.script
    if script is None or not script.is_understood or run.instruction.heredocs or run.mounts:
        return ()
    names: list[str] = []
    for unit in script.units:
        found = [ecosystems().installing(each, root) for each in unit.commands]
        if not unit.is_simple or len(found) != 1 or unit.commands[0].redirects:
            return ()
        if found[0] is None or found[0].manifests is None:
            return ()
        names += found[0].manifests
    return tuple(dict.fromkeys(names))
