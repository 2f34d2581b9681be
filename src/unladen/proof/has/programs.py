"""What runs: the program that the image starts, and whether programs, libraries and scripts find what they load."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from unladen.image.accounts import Account, account
from unladen.image.elf import ARCHITECTURES
from unladen.image.settings import SHELL_FORM, Settings
from unladen.image.shebang import read_shebang
from unladen.language.interface import Lost
from unladen.language.registry import ecosystems
from unladen.proof.has.interface import Pair, Part, Side
from unladen.proof.has.links import in_the_way
from unladen.proof.interface import Loss
from unladen.syntax import bash

_DEEPEST = 4
"""Scripts that are the interpreters of scripts: Linux goes as deep."""
SHOWN = 3
_VERSIONED = re.compile(r"\.so\.[\w.]+$")
"""Libraries are loaded whatever their mode."""


def programs(pair: Pair) -> Part:
    """A file counts that the baseline has under any path, for rungs put things elsewhere; what does not find what it
    needs in the baseline either is no loss."""
    if machines := _machines(pair):
        return Part("programs", 1, (Loss("program", "architecture", machines),))
    known = _by_name(pair.baseline)
    both = [path for path in _candidates(pair.rung) if posixpath.basename(path) in known]
    losses = [
        *_starts(pair),
        *_beside(pair),
        *_libraries(pair, known, both),
        *_interpreters(pair, known, both),
        *_misfits(pair, known),
    ]
    return Part("programs", len(both), tuple(losses))


def _candidates(side: Side) -> Iterator[str]:
    return filter(side.elves.may_be, side.scene.tree)


def _by_name(side: Side) -> Mapping[str, list[str]]:
    """Paths of what may be programs and libraries."""
    found: dict[str, list[str]] = {}
    for path in _candidates(side):
        found.setdefault(posixpath.basename(path), []).append(path)
    return found


def _machines(pair: Pair) -> str:
    """How the rung's architecture is another than the baseline's; "" where it is the same."""
    old, new = _machine(pair.baseline), _machine(pair.rung)
    told = (pair.baseline.scene.settings.architecture, pair.rung.scene.settings.architecture)
    if all(told) and told[0] != told[1]:
        return f"made for {told[0]} → made for {told[1]}"
    if old and new and old != new:
        return f"the program is made for {old} → for {new}"
    return ""


def _machine(side: Side) -> str:
    """Of the program that starts, or of the one that interprets it."""
    path = side.scene.program(next(iter(side.scene.settings.command), ""))
    for _ in range(_DEEPEST):
        real = side.scene.real(path)
        if not real or side.scene.is_dir(real):
            return ""
        if elf := side.elves.read(real):
            return ARCHITECTURES.get(elf.machine, f"machine {elf.machine}")
        line = read_shebang(side.scene.tree, real)
        path = side.scene.program(line.wanted) if line else ""
    return ""


# What starts


def _starts(pair: Pair) -> Iterator[Loss]:
    """Programs that the start command and the health check name."""
    settings = pair.rung.scene.settings
    before = account(pair.baseline.scene.tree, pair.baseline.scene.settings.user)
    after = account(pair.rung.scene.tree, settings.user)
    if before is None or after is None:
        return  # said as another USER
    for origin, argv in started(settings):
        for word in dict.fromkeys(bash.programs(argv)):
            if not problem(pair.baseline, word, before) and (why := problem(pair.rung, word, after)):
                yield Loss("program", word, why, origin=origin)


def _beside(pair: Pair) -> Iterator[Loss]:
    """Interpreters by their other names: they lie beside the program that starts, where they do so in the baseline."""
    before, after = pair.baseline.scene, pair.rung.scene
    word = next(iter(before.settings.command), "")
    folder, new = posixpath.dirname(before.program(word)), posixpath.dirname(after.program(word))
    if not folder or not new or "/" in word:
        return
    for path in before.tree.children(before.real(folder)):
        name = posixpath.basename(path)
        if any(each.runs(name) for each in ecosystems().each) and before.program(name) == f"{folder}/{name}":
            found = after.program(name)
            if posixpath.dirname(found) != new:
                said = f"is not there: {name} is {found or 'not found'}"
                yield Loss("program", f"{new}/{name}", said, intended="" if found else _unused(pair))


def started(settings: Settings) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What an engine starts of an image: the command lines, each by what it is called."""
    test = tuple(settings.healthcheck.get("Test") or ())
    shell = settings.shell or SHELL_FORM
    yield "the start command", settings.command
    yield "HEALTHCHECK", (*shell, *test[1:]) if test[:1] == ("CMD-SHELL",) else test[1:]


def problem(side: Side, word: str, user: Account) -> str:
    """Why the user cannot run a program; "" where nothing is in the way, or the shell has it built in."""
    scene, path = side.scene, side.scene.program(word)
    for _ in range(_DEEPEST):
        real = scene.real(path) if path else ""
        entry = scene.tree.get(real) if real else None
        if entry is None or entry.kind == "dir":
            return "is not there"
        if why := in_the_way(scene, posixpath.dirname(real), user):
            return why
        if not user.may(entry, 1):
            return f"{user} may not run {real}"
        if side.elves.read(real):
            lost = side.elves.unresolved(real)
            return f"needs {', '.join(lost)}, which is not there" if lost else ""
        line = read_shebang(scene.tree, real)
        if line is None:
            return ""
        path = scene.program(line.wanted)
        if not path:
            return f"needs {line.wanted}, which is not there"
    return ""


# What stays


def _libraries(pair: Pair, known: Mapping[str, list[str]], both: Iterable[str]) -> Iterator[Loss]:
    """By what is missing: the programs and libraries that load it."""
    missing: dict[str, list[str]] = {}
    for path in filter(partial(_is_loaded, pair.rung), both):
        lost = pair.rung.elves.unresolved(path)
        before = (
            {each for old in known[posixpath.basename(path)] for each in pair.baseline.elves.unresolved(old)}
            if lost
            else set()
        )
        for name in lost:
            if name not in before:
                missing.setdefault(name, []).append(path)
    for name, paths in missing.items():
        yield Loss(
            "program",
            paths[0],
            f"needs {name}, which is not there{_others(paths)}",
            _origin(pair.rung, paths[0]),
            _unused(pair),
            len(paths),
        )


def _is_loaded(side: Side, path: str) -> bool:
    """Whether something may run or load it: test data of a toolchain (libtiffxx.so_) is neither."""
    entry = side.scene.tree.get(path)
    is_library = path.endswith(ecosystems().shared_objects) or _VERSIONED.search(path) is not None
    return is_library or (entry is not None and bool(entry.mode & 0o111))


def _interpreters(pair: Pair, known: Mapping[str, list[str]], both: Iterable[str]) -> Iterator[Loss]:
    """Scripts whose #! line names what is not there. Of packages, those that run in a shell are taken away with it."""
    for path in both:
        entry = pair.rung.scene.tree.get(path)
        if entry is None or not entry.mode & 0o111 or ecosystems().is_library_module(path):
            continue
        if pair.rung.elves.read(path) or (wanted := _wants(pair.rung, path)) == "":
            continue
        if any(_wants(pair.baseline, old) == "" for old in known[posixpath.basename(path)]):
            yield Loss(
                "program",
                path,
                f"needs {wanted}, which is not there",
                _origin(pair.rung, path),
                _taken(pair, path, wanted),
            )


def _wants(side: Side, path: str) -> str:
    """The interpreter that a script names and that is not there; "" where all is well."""
    line = read_shebang(side.scene.tree, path)
    if line is None or (
        side.scene.real(line.interpreter) and (not line.program or side.scene.program(line.program))
    ):
        return ""
    return line.wanted if side.scene.real(line.interpreter) else line.interpreter


def _taken(pair: Pair, path: str, wanted: str) -> str:
    """Why a package's script may be without its interpreter."""
    if pair.rung.scene.packages.of(path) is None:
        return _unused(pair) if pair.baseline.starts_commands else "nothing in the program starts a command"
    if posixpath.basename(wanted) in bash.SHELLS and Lost.SHELL in pair.intent.takes_away:
        return str(Lost.SHELL)
    return _unused(pair)


def _misfits(pair: Pair, known: Mapping[str, list[str]]) -> Iterator[Loss]:
    for each in ecosystems().each:
        before = {posixpath.basename(path) for path, _ in each.misfits(pair.baseline.scene)}
        found: dict[str, list[str]] = {}
        for path, why in each.misfits(pair.rung.scene):
            if (name := posixpath.basename(path)) in known and name not in before:
                found.setdefault(why, []).append(path)
        for why, paths in found.items():
            yield Loss(
                "program", paths[0], f"{why}{_others(paths)}", _origin(pair.rung, paths[0]), count=len(paths)
            )


def _others(paths: list[str]) -> str:
    return f", and so for {len(paths) - 1} more" if len(paths) > 1 else ""


def _origin(side: Side, path: str) -> str:
    package = side.scene.packages.of(path)
    return str(package) if package else ""


def _unused(pair: Pair) -> str:
    return str(Lost.UNUSED) if Lost.UNUSED in pair.intent.takes_away else ""
