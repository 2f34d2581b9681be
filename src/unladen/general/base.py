"""The user's Dockerfile on lighter bases: the FROM lines change, or the ARG that names the image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from unladen.dockerfile import edit
from unladen.dockerfile.edit import Change, Edit
from unladen.dockerfile.lexer import LexError, expand
from unladen.dockerfile.parse import Instruction
from unladen.dockerfile.stages import Stage, StagedDockerfile
from unladen.dockerfile.users import UsersDockerfile
from unladen.general.families import chosen, family, lighter
from unladen.general.interface import Edited

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def on_lighter(users: UsersDockerfile, own: Mapping[str, str]) -> Edited | str:
    """The user's file with the lighter base below its image; or why there is none. What stages that only build stand
    on is no part of the image and stays, unless `own` names it."""
    staged = users.staged
    below = staged.chain()[0]
    wanted: list[tuple[Stage, str]] = []
    for stage in (each for each in staged.stages if each.parent is None):
        new = lighter(stage.base, is_last=True, own=own) if stage is below else chosen(stage.base, own)
        wanted += [(stage, new)] if new and new != stage.base else []
    replaced = {stage.start.start: new for stage, new in wanted}
    if below.start.start not in replaced:
        return _none(below.base)
    changes: list[Change] = []
    for stage, new in wanted:
        if (found := _renamed(staged, stage, new, replaced)) is None:
            return f"the FROM in line {stage.line} is written in a way that is not understood"
        changes.append(Change(found, f"the base is {new} instead of {stage.base}"))
    unique = tuple({each.edit: each for each in changes}.values())
    return Edited(edit.apply(staged.source, (each.edit for each in unique)), unique)


def _none(base: str) -> str:
    if base == "scratch":
        return "there is nothing below the image: it is built from scratch"
    if "@" in base:
        return f"{base.partition('@')[0]} is pinned by its digest; --base {base}=NAME names a lighter one"
    if re.search(r"slim|alpine|jre|distroless", base):
        return f"{base} is a light one already"
    if family(base):
        return (
            f"the family of {base} has no lighter image; what a toolchain made belongs on a base of its own"
        )
    return f"no lighter base than {base} is known; --base {base}=NAME names one"


def _renamed(staged: StagedDockerfile, stage: Stage, new: str, replaced: Mapping[int, str]) -> Edit | None:
    """How the name of a stage's base becomes `new`: variables stay where the name still follows from them."""
    span = _span(staged, stage.start)
    if span is None:
        return None
    start, end = span
    word = staged.source.text[start:end]
    if "$" not in word:
        return Edit(start, end, new)
    suffix = new.removeprefix(stage.base) if new.startswith(stage.base) else ""
    if suffix and not _VARIABLE.fullmatch(word) and _expands(staged, word + suffix) == new:
        return edit.insert(end, suffix)
    return _default(staged, word, new, replaced) or Edit(start, end, new)


def _span(staged: StagedDockerfile, start: Instruction) -> tuple[int, int] | None:
    """Where the image's name is written."""
    at = start.offset(start.arguments_at)
    word = start.values[0]
    return (at, at + len(word)) if staged.source.text.startswith(word, at) else None


def _expands(staged: StagedDockerfile, word: str) -> str:
    try:
        return expand(word, staged.args, escape=staged.source.escape)
    except LexError:
        return ""


def _default(staged: StagedDockerfile, word: str, new: str, replaced: Mapping[int, str]) -> Edit | None:
    """The edit of the ARG's default that makes the name `new`; None where the ARG is used elsewhere too, has no
    default, or has its value from the command line."""
    variables = list(_VARIABLE.finditer(word))
    if len(variables) != 1:
        return None
    name = variables[0][1] or variables[0][2]
    argument = _argument(staged, name)
    if argument is None or name in staged.build_args or not _is_for_base(staged, name, word, new, replaced):
        return None
    head, tail = (
        _expands(staged, part) for part in (word[: variables[0].start()], word[variables[0].end() :])
    )
    if not (new.startswith(head) and new.endswith(tail) and len(new) > len(head) + len(tail)):
        return None
    value = new[len(head) : len(new) - len(tail)]
    written = dict(argument.pairs)[name]
    at = staged.source.text.find(f"{name}={written}", argument.start, argument.end)
    if at < 0 or "$" in written:
        return None
    quote = written[0] if written[:1] in ("'", '"') else ""
    begin = at + len(name) + 1
    return Edit(begin, begin + len(written), f"{quote}{value}{quote}")


def _argument(staged: StagedDockerfile, name: str) -> Instruction | None:
    """The ARG before the first FROM that gives the variable its default; None where there is none, or several."""
    above = (each for each in staged.source.instructions if each.start < staged.stages[0].start.start)
    found = [each for each in above if each.keyword == "ARG" and name in dict(each.pairs)]
    return found[0] if len(found) == 1 else None


def _is_for_base(
    staged: StagedDockerfile, name: str, word: str, new: str, replaced: Mapping[int, str]
) -> bool:
    """Whether the variable makes nothing but the names of bases that become `new`."""
    for each in _users(staged, name):
        if each.keyword != "FROM" or replaced.get(each.start) != new or each.values[0] != word:
            return False
    return True


def _users(staged: StagedDockerfile, name: str) -> Iterator[Instruction]:
    """The instructions that use a variable of the top, those that take it into their stage included."""
    used = re.compile(rf"\$\{{?{re.escape(name)}\b")
    for each in staged.source.instructions:
        declares = each.keyword == "ARG" and each.start > staged.stages[0].start.start
        if used.search(each.source) or (
            declares and any(word.partition("=")[0] == name for word in each.values)
        ):
            yield each
