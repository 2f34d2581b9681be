"""apt, apk and dnf in RUN lines: what they leave in the image and nobody needs there."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from unladen.dockerfile import edit
from unladen.dockerfile.edit import Change, Edit
from unladen.dockerfile.packages import installed
from unladen.dockerfile.stages import Stage
from unladen.dockerfile.users import Run, UsersDockerfile
from unladen.language.registry import ecosystems
from unladen.syntax.bash import Command, Unit

LISTS = "rm -rf /var/lib/apt/lists/*"
_APT = ("apt", "apt-get")
_DNF = ("dnf", "microdnf", "yum", "tdnf")
_INSTALL = r"(?<=\s)install(?:\s+(?:-[yq]+|--yes|--assume-yes|--quiet))*(?=\s|$)"
_NEEDS_WHAT_IT_RECOMMENDS = re.compile(
    r"imagemagick|graphicsmagick|ghostscript|libreoffice|texlive|chromium|r-base|software-properties"
    r"|postgresql|mysql|mariadb|default-mysql-server|librsvg|libgdk-pixbuf|gstreamer|fontconfig|xvfb|dbus|systemd"
)
"""Packages that do without part of what they are installed for where nothing else is: picture formats, plug-ins."""
_COMES_ALONG = {
    "curl": "ca-certificates",
    "wget": "ca-certificates",
    "git": "ca-certificates",
    "gcc": "libc6-dev",
}
"""Package → what it only recommends, and is of little use without."""


def system_packages(users: UsersDockerfile, *, recommends: bool) -> Iterator[Change]:
    """Fixes of the stages that the image consists of; what stages that only build leave behind is in no image."""
    readers, named = _readers(users), frozenset(users.final.names("apt"))
    for stage in users.staged.chain():
        own = {each.start for each in stage.instructions}
        runs = [run for run in users.reading(stage).runs if run.instruction.start in own and is_plain(run)]
        alone = dict(_alone(stage, runs))
        for run in runs:
            yield from () if recommends else _recommended(run, named)
            yield from _apk(run)
            yield from _dnf(run)
            if run.line in alone:
                yield from _joined(users, run, alone[run.line])
            elif _commands(run, _APT, "update") or run in alone.values():
                second = {each.instruction.start for each in alone.values()}
                yield from _lists(users, run, readers - second)


def is_plain(run: Run) -> bool:
    """Whether every character of its script has a place in the file."""
    return run.script is not None and run.script.is_understood and not run.instruction.heredocs


def _commands(run: Run, programs: tuple[str, ...], verb: str) -> tuple[Command, ...]:
    commands = run.script.commands if run.script else ()
    return tuple(each for each in commands if each.name in programs and verb in each.words[1:])


def _behind(run: Run, index: int) -> int:
    """The place in the file where what ends at this index of the script does."""
    return run.offset(index - 1) + 1


def behind_word(run: Run, command: Command, word: str) -> int | None:
    found = re.search(rf"(?<=\s){re.escape(word)}(?=\s|$)", command.text)
    return _behind(run, command.start + found.end()) if found else None


def _recommended(run: Run, named: frozenset[str]) -> Iterator[Change]:
    """What an earlier or a later line names (`named`) is no surprise."""
    for command in _commands(run, _APT, "install"):
        found = installed(command, run.line)
        at = re.search(_INSTALL, command.text)
        if found is None or at is None or re.search(r"(?i)recommends|install-suggests", command.text):
            continue
        if any(map(_needs_more, found.names)) or any("$" in name for name in found.words):
            continue
        more = {_COMES_ALONG[name] for name in found.names if name in _COMES_ALONG} - named
        if "build-essential" in named or "g++" in named:
            more.discard("libc6-dev")
        along = "".join(f"{name} " for name in sorted(more))
        kept = f"; {', '.join(sorted(more))} came that way, and is kept" if more else ""
        why = f"packages that others merely recommend are not installed{kept}"
        yield Change(edit.insert(_behind(run, command.start + at.end()), " --no-install-recommends"), why)
        first = (
            re.search(rf"(?<=\s)(?:{'|'.join(map(re.escape, found.words))})(?=\s|$)", command.text)
            if more
            else None
        )
        if first:
            yield Change(edit.insert(run.offset(command.start + first.start()), along), why)


def _alone(stage: Stage, runs: Sequence[Run]) -> Iterator[tuple[int, Run]]:
    """The line of each RUN that only gets the lists, with the RUN right below it that installs."""
    by_start = {run.instruction.start: run for run in runs}
    for one, two in pairwise(stage.instructions):
        first, second = by_start.get(one.start), by_start.get(two.start)
        if first is None or second is None or one.flag_words or two.flag_words or one.line != one.last_line:
            continue
        commands = [
            first.script.commands if first.script else (),
            second.script.commands if second.script else (),
        ]
        is_update = len(commands[0]) == 1 and commands[0][0] in _commands(first, _APT, "update")
        if is_update and commands[1] and commands[1][0] in _commands(second, _APT, "install"):
            yield first.line, second


def _joined(users: UsersDockerfile, first: Run, second: Run) -> Iterator[Change]:
    assert second.script is not None
    why = "lists that are got by a line of their own grow old in the cache: the line that installs gets them"
    update = (first.instruction.script or "").strip()
    yield Change(edit.remove(users.staged.source, first.instruction), why)
    yield Change(edit.insert(second.offset(second.script.units[0].start), f"{update} && "), why)


def _needs_more(name: str) -> bool:
    is_installer = any(name.rpartition("-")[2] in each.installers for each in ecosystems().each)
    return is_installer or _NEEDS_WHAT_IT_RECOMMENDS.match(name) is not None


def _lists(users: UsersDockerfile, run: Run, readers: frozenset[int]) -> Iterator[Change]:
    """Where a later installation reads the lists that this line leaves, they stay."""
    found = _appended(run, LISTS)
    if found is None or "/var/lib/apt" in run.instruction.logical:
        return
    if not any(other.instruction.start in readers for other in _later(users, run)):
        yield Change(found, "the lists of packages are of no use in the image")


def _readers(users: UsersDockerfile) -> frozenset[int]:
    """Where the RUN lines begin that install by the lists of an earlier one."""
    runs = (run for stage in users.staged.stages for run in users.reading(stage).runs)
    once = {run.instruction.start: run for run in runs}
    return frozenset(start for start, run in once.items() if not _updates_first(run))


def _later(users: UsersDockerfile, run: Run) -> Iterator[Run]:
    """The RUN lines that follow this one in any stage that is built on it."""
    parents = {stage.parent for stage in users.staged.stages}
    for number, stage in enumerate(users.staged.stages):
        runs = users.reading(stage).runs if number not in parents else ()
        place = bisect_left(runs, run.instruction.start, key=lambda each: each.instruction.start)
        if place < len(runs) and runs[place].instruction.start == run.instruction.start:
            yield from runs[place + 1 :]


def _updates_first(run: Run) -> bool:
    """Whether it installs nothing with apt, or gets lists of its own before it does."""
    if run.script is None or not run.script.is_understood:
        return re.search(r"\bapt", run.instruction.source) is None
    for command in run.script.commands:
        words = {word.rpartition("/")[2] for word in command.words}
        if words & {*_APT, "aptitude"}:
            if "update" in words:
                return True
            if words & {"install", "build-dep", "source", "download", "upgrade", "dist-upgrade"}:
                return False
    return True


def _apk(run: Run) -> Iterator[Change]:
    adds = _commands(run, ("apk",), "add")
    if not adds or "/var/cache/apk" in run.instruction.logical or not run.script:
        return
    for command in adds:
        at = behind_word(run, command, "add")
        if at is not None and "--no-cache" not in command.words:
            yield Change(edit.insert(at, " --no-cache"), "the index of packages is not kept in the image")
    units = run.script.units
    for unit, following in pairwise(units):
        if _only_updates(unit) and following.joiner == "&&" and "add" in following.commands[0].words:
            start, end = run.offset(unit.start), run.offset(following.start)
            if "#" not in run.instruction.source[start - run.instruction.start : end - run.instruction.start]:
                yield Change(Edit(start, end, ""), "apk add --no-cache reads the index by itself")


def _only_updates(unit: Unit) -> bool:
    return unit.is_simple and [each.words for each in unit.commands] == [("apk", "update")]


def _dnf(run: Run) -> Iterator[Change]:
    installs = _commands(run, _DNF, "install")
    text = run.instruction.logical
    found = _appended(run, f"{installs[0].name} clean all") if installs else None
    if found and not re.search(r"clean\s+all|/var/cache/(?:dnf|yum)", text):
        yield Change(found, "what was downloaded is not kept in the image")


def _appended(run: Run, command: str) -> Edit | None:
    """One command more, run where all before it went well; in the way in which the line is written."""
    assert run.script is not None
    last = run.script.units[-1]
    if not re.fullmatch(r"[\s;]*(?:#.*)?", run.script.text[last.end :]):
        return None
    is_long = run.instruction.line != run.instruction.last_line
    joiner = f" {run.instruction.escape}\n    && " if is_long else " && "
    return edit.insert(_behind(run, last.end), f"{joiner}{command}")
