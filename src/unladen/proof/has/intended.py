"""Why a rung is without a file: what it declares to take away, what keeps it out of the build."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from unladen.engine.ignore import IgnoreRules, parse_ignore
from unladen.language.interface import Lost
from unladen.language.registry import ecosystems
from unladen.proof.has.interface import SYMBOLS, Pair
from unladen.proof.has.origins import Instruction
from unladen.proof.has.users import user

LEFT_OUT = "kept out by .dockerignore"


@dataclass(frozen=True)
class Intended:
    """What the pair's rung intends."""

    pair: Pair

    def why(self, path: str, instruction: Instruction | None = None) -> str:
        """Why a path of the baseline's may be gone; "" where nothing says so. `instruction` put it there."""
        if instruction is not None and (left_out := self.left_out(path, instruction)):
            return left_out
        for folder, reason in self.pair.intent.settings.items():
            if folder.startswith("/") and (path + "/").startswith(folder.rstrip("/") + "/"):
                return reason
        return next((str(lost) for lost, takes in self._taken.items() if takes(path)), "")

    def gone(self, path: str, instruction: Instruction | None = None) -> str:
        """Why a path is not in the rung: as above, or because no case used it. What is there has no such excuse, nor
        has the application's own: a slimmed rung keeps that whole."""
        is_own = instruction is not None and self._is_application(path, instruction)
        return self.why(path, instruction) or ("" if is_own else self.unused)

    def without_symbols(self, path: str) -> str:
        """Why a file may be without its symbols; "" where nothing says so. A rung that names what it strips means no
        other file."""
        if Lost.SYMBOLS not in self.pair.intent.takes_away:
            return ""
        named = self._stripped
        return str(Lost.SYMBOLS) if not named or path in named else ""

    @cached_property
    def _stripped(self) -> frozenset[str]:
        return frozenset(
            setting.removeprefix(SYMBOLS)
            for setting in self.pair.intent.settings
            if setting.startswith(SYMBOLS)
        )

    def _is_application(self, path: str, instruction: Instruction) -> bool:
        """Whether the path came with a whole folder, or was copied to where the program works."""
        workdir = posixpath.normpath(f"/{self.pair.baseline.scene.settings.workdir.lstrip('/')}")
        at_work = workdir != "/" and path.startswith(f"{workdir}/")
        is_dependency = ecosystems().libraries.search(path) is not None
        return instruction.copies and not is_dependency and (at_work or instruction.copies_whole)

    @property
    def unused(self) -> str:
        """What a slimmed rung says of all that nothing used; "" for any other."""
        return str(Lost.UNUSED) if Lost.UNUSED in self.pair.intent.takes_away else ""

    def home(self, path: str) -> str:
        """Why a folder may be gone that is the home of the baseline's user: the rung runs as another on purpose."""
        is_his = path == user(self.pair.baseline).home
        return self.pair.intent.why("USER", str(user(self.pair.rung))) if is_his else ""

    def left_out(self, path: str, instruction: Instruction) -> str:
        """Why a path is none of the rung's concern: its build is not given what the instruction copied there."""
        return LEFT_OUT if self._is_left_out(path, instruction) else ""

    @cached_property
    def _taken(self) -> Mapping[Lost, Callable[[str], bool]]:
        declared = self.pair.intent.takes_away
        every = [each.takes(self.pair.baseline.scene) for each in ecosystems().each]
        found: dict[Lost, list[Callable[[str], bool]]] = {}
        for taken in every:
            for lost in taken.keys() & declared:
                found.setdefault(lost, []).append(taken[lost])
        return {lost: _any(found[lost]) for lost in Lost if lost in found}

    @cached_property
    def _ignored(self) -> IgnoreRules:
        return parse_ignore(self.pair.intent.left_out)

    def _is_left_out(self, path: str, instruction: Instruction) -> bool:
        """Rules are relative to the context, of which only what the instruction copied is known: the path below its
        target is tried behind each of its sources."""
        if not self._ignored.rules:
            return False
        if not instruction.keyword:  # not known: it may have copied any folder above to any place
            parts = path.strip("/").split("/")
            return any(self._ignored.excludes("/".join(parts[at:])) for at in range(len(parts)))
        target = instruction.target
        if not target or not path.startswith(target.rstrip("/") + "/"):
            return False
        inner = path[len(target.rstrip("/")) + 1 :]
        words = [word.strip('[]",') for word in instruction.text.split()[:-1]]
        names = {
            inner,
            *(posixpath.normpath(f"./{word}/{inner}") for word in words if not word.startswith("-")),
        }
        return any(self._ignored.excludes(name) for name in names)


def _any(each: list[Callable[[str], bool]]) -> Callable[[str], bool]:
    return lambda path: any(takes(path) for takes in each)
