"""What a Dockerfile means: its stages, the images below them, and what holds at each instruction."""

from __future__ import annotations

import platform
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from types import MappingProxyType

from unladen.dockerfile.lexer import LexError, expand, expanded
from unladen.dockerfile.parse import KEYWORDS, Dockerfile, Instruction, parse_checked
from unladen.dockerfile.parse import parse as parse_text
from unladen.errors import BadDockerfile

_MAY_BE_EMPTY = frozenset(["CMD", "ENTRYPOINT", "RUN", "SHELL"])
_SHELL_ONLY = re.compile(r"[|&;<>()$`*?\[\]{}~#\n\\]|^\w+=")
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm/v7", "i686": "386"}
SHELL = ("/bin/sh", "-c")
"""What runs the shell forms unless SHELL says otherwise."""
LONGEST = 131_072
"""Bytes of the longest variable that Linux hands to a program: execve(2), MAX_ARG_STRLEN."""


@dataclass(frozen=True)
class Stage:
    """A FROM and what follows. `base` is the image that it names, variables filled in, or the name of the earlier
    stage that it builds on, which then is the `parent`th; `name` is in lower case, "" where it has none."""

    base: str
    name: str
    parent: int | None
    start: Instruction
    instructions: tuple[Instruction, ...]

    @property
    def line(self) -> int:
        return self.start.line


@dataclass(frozen=True)
class Scope:
    """What holds where an instruction stands. What comes from the base image is not known: `user` and `workdir`
    are then "" and "/"."""

    env: Mapping[str, str] = field(default_factory=dict)
    args: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    workdir: str = "/"
    shell: tuple[str, ...] = SHELL
    escape: str = "\\"

    @property
    def values(self) -> Mapping[str, str]:
        return {**self.args, **self.env}

    def fill(self, text: str) -> str:
        """The text without quotes, variables replaced as far as they are known here; as it is where that would be more
        than a program can be handed: `ENV A=$A$A` doubles it each time."""
        filled = expanded(text, self.values, escape=self.escape)
        return text if len(filled) > max(LONGEST, len(text)) else filled

    def path(self, text: str) -> str:
        """An absolute path of a filled-in text."""
        return _absolute(self.workdir, self.fill(text))


@dataclass(frozen=True)
class StagedDockerfile:
    """A Dockerfile read for one target with some build arguments. `stages` is never empty."""

    source: Dockerfile
    stages: tuple[Stage, ...]
    args: Mapping[str, str]
    """The ARGs before the first FROM, and those that the engines define (TARGETARCH…)."""
    build_args: Mapping[str, str]
    target: Stage
    base_env: Mapping[str, str] = field(default_factory=dict)
    """What is known of the base images' own ENV."""

    @property
    def bases(self) -> tuple[str, ...]:
        """The images that the FROM lines name, stages that build on other stages aside."""
        return tuple(stage.base for stage in self.stages if stage.parent is None)

    def chain(self, stage: Stage | None = None) -> tuple[Stage, ...]:
        """The stages that a stage (None: the target) builds on, the one on an image first, and itself."""
        chain = [stage or self.target]
        while chain[0].parent is not None:
            chain.insert(0, self.stages[chain[0].parent])
        return tuple(chain)

    @property
    def target_name(self) -> str:
        """What --target has to say: the stage's name or number, "" for the last one."""
        number = next(at for at, each in enumerate(self.stages) if each.start is self.target.start)
        return "" if number + 1 == len(self.stages) else self.target.name or str(number)

    @property
    def final_base(self) -> str:
        """The image below the target."""
        return self.chain()[0].base

    @property
    def final(self) -> tuple[Instruction, ...]:
        """The instructions behind the target, those of the stages it builds on first."""
        return tuple(each for stage in self.chain() for each in stage.instructions)

    def last(self, keyword: str) -> Instruction | None:
        """The instruction that counts where only the last one does (CMD, WORKDIR, USER…)."""
        found = self.all(keyword)
        return found[-1] if found else None

    def all(self, keyword: str) -> tuple[Instruction, ...]:
        return tuple(each for each in self.final if each.keyword == keyword)

    @property
    def env(self) -> Mapping[str, str]:
        """Variable → value as written, quotes and `$` included, ready for another ENV."""
        return {name: _quoted(value) for each in self.all("ENV") for name, value in each.pairs}

    @property
    def first_scope(self) -> Scope:
        """What holds at the beginning of a stage that stands on an image."""
        return Scope(env=self.base_env, escape=self.source.escape)

    def stage_named(self, name: str) -> Stage | None:
        """The stage that --from, --target or FROM means: by its name, the latest of them, or by its number."""
        found = [stage for stage in self.stages if stage.name and stage.name == name.lower()]
        if not found and name.isdecimal() and int(name) < len(self.stages):
            return self.stages[int(name)]
        return found[-1] if found else None

    def after(self, each: Instruction, scope: Scope) -> Scope:
        """What holds below an instruction."""
        match each.keyword:
            case "ENV":
                return replace(
                    scope,
                    env={**scope.env, **{scope.fill(name): scope.fill(value) for name, value in each.pairs}},
                )
            case "ARG":
                return replace(
                    scope, args={**scope.args, **_arguments(each, scope, self.build_args, self.args)}
                )
            case "USER":
                return replace(scope, user=scope.fill(each.arguments))
            case "WORKDIR":
                return replace(scope, workdir=scope.path(each.arguments))
            case "SHELL" if each.is_exec:
                return replace(scope, shell=each.values)
        return scope


@dataclass(frozen=True)
class Command:
    """What CMD or ENTRYPOINT says. `shell`: the argv runs text through /bin/sh -c."""

    argv: tuple[str, ...]
    line: int
    form: str


MARK = "# Written by unladen"
"""First words of every Dockerfile that unladen wrote; only what has to stand on top (`# syntax=`) is above them."""


def is_ours(text: str) -> bool:
    """Whether unladen wrote this Dockerfile."""
    return text[top_of(text) :].startswith(MARK)


def top_of(text: str) -> int:
    """Where the first line begins that may be any comment: after a byte order mark and `# syntax=`, `# escape=`."""
    parsed = parse_text(text)
    if parsed.directives:
        return min(parsed.line_starts[parsed.directives[-1].line], len(text))
    return int(text.startswith("\ufeff"))


def parse(
    text: str,
    name: str = "Dockerfile",
    *,
    target: str = "",
    build_args: Mapping[str, str] = MappingProxyType({}),
    machine: str = "",
) -> StagedDockerfile:
    """`target` is a stage's name or number ("": the last), `machine` the platform built for ("linux/arm64"; "": this
    machine's). Raises BadDockerfile."""
    if "\0F\0R\0O\0M" in text or "F\0R\0O\0M" in text:
        raise BadDockerfile(f"cannot parse {name}: it is written in UTF-16", hint="Save it as UTF-8.")
    source = parse_checked(text, name)
    scope = Scope(
        args={**platform_args(machine), **_given(build_args, platform_args(machine))}, escape=source.escape
    )
    stages: list[Stage] = []
    for each in source.instructions:
        _refuse_what_no_engine_builds(each, source, name)
        if each.keyword == "FROM":
            stages.append(_stage(each, stages, scope, name))
        elif stages:
            last = stages[-1]
            stages[-1] = replace(last, instructions=(*last.instructions, each))
        elif each.keyword == "ARG":
            scope = replace(scope, args={**scope.args, **_arguments(each, scope, build_args, {})})
        else:
            raise _bad(name, each.line, f"{each.keyword} before the first FROM")
    if not stages:
        raise _without_from(name)
    staged = StagedDockerfile(source, tuple(stages), scope.args, dict(build_args), stages[-1])
    if not target:
        return staged
    if (found := staged.stage_named(target)) is None:
        named = ", ".join(stage.name for stage in stages if stage.name) or "none has a name"
        raise BadDockerfile(
            f"cannot build the stage {target}: {name} has no such stage", hint=f"Its stages: {named}."
        )
    return replace(staged, target=found)


def platform_args(machine: str = "") -> dict[str, str]:
    """The ARGs that BuildKit defines by itself, for a target platform ("": this machine's).
    https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope"""
    here = f"linux/{_MACHINES.get(platform.machine(), platform.machine())}"
    values: dict[str, str] = {}
    for prefix, chosen in (("BUILD", here), ("TARGET", machine or here)):
        system, _, rest = chosen.partition("/")
        architecture, _, variant = rest.partition("/")
        values[f"{prefix}PLATFORM"] = chosen
        values |= {f"{prefix}OS": system, f"{prefix}ARCH": architecture, f"{prefix}VARIANT": variant}
    return values


def command(instruction: Instruction) -> Command:
    """CMD or ENTRYPOINT as argv. Shell text of plain words becomes those words (a leading `exec` aside);
    what needs a shell stays with one: ("/bin/sh", "-c", text)."""
    if instruction.is_exec:
        return Command(instruction.values, instruction.line, "exec form")
    text = instruction.text
    if not text:
        return Command((), instruction.line, "exec form")
    if (words := plain_words(re.sub(r"^exec\s+", "", text))) is not None:
        return Command(words, instruction.line, "shell form of plain words")
    return Command((*SHELL, text), instruction.line, "shell form")


def plain_words(text: str) -> tuple[str, ...] | None:
    """The words of a command that no shell has to interpret, or None."""
    if _SHELL_ONLY.search(text):
        return None
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return None


def _stage(each: Instruction, stages: list[Stage], scope: Scope, name: str) -> Stage:
    words = each.values
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
        raise _bad(name, each.line, f"FROM {each.text}: one image is expected, and AS with a name")
    base = _base(words[0], scope, each.line, name)
    parent = next((at for at in reversed(range(len(stages))) if stages[at].name == base.lower() != ""), None)
    return Stage(
        base if parent is None else base.lower(),
        words[2].lower() if len(words) == 3 else "",
        parent,
        each,
        (),
    )


def _base(text: str, scope: Scope, line: int, name: str) -> str:
    """The image that FROM names."""
    try:
        base, cause = expand(text, scope.values, escape=scope.escape), "a variable in it has no value"
    except LexError as error:
        base, cause = "", str(error)
    if base and not base.endswith((":", "@", "/")):
        return base
    unset = re.findall(r"\$\{?(\w+)", text)
    variable = next((each for each in unset if not scope.values.get(each)), unset[0] if unset else "")
    hint = f"Give it one with --build-arg {variable}=VALUE." if variable else ""
    raise BadDockerfile(f"cannot parse {name}: line {line}: FROM {text}: {cause}", hint=hint)


def _arguments(
    each: Instruction, scope: Scope, given: Mapping[str, str], outer: Mapping[str, str]
) -> dict[str, str]:
    """The values of an ARG's names: the one given for this build, its own default, or the one before the FROMs."""
    found: dict[str, str] = {}
    for word in each.values:
        name, equals, value = word.partition("=")
        if name in given:
            found[name] = given[name]
        elif equals:
            found[name] = scope.fill(value)
        elif name in outer:
            found[name] = outer[name]
    return found


def _given(build_args: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in build_args.items() if name in known}


def _refuse_what_no_engine_builds(each: Instruction, source: Dockerfile, name: str) -> None:
    """A frontend of another kind (`# syntax=`) may know other instructions."""
    foreign = any(
        d.name == "syntax"
        and not re.match(r"(?:docker\.io/)?docker/dockerfile(?:-upstream)?(?:[:@ ]|$)", d.value)
        for d in source.directives
    )
    if each.keyword not in KEYWORDS and not foreign:
        raise _bad(name, each.line, f"unknown instruction {each.keyword}")
    if not each.arguments and not each.is_exec and each.keyword in KEYWORDS - _MAY_BE_EMPTY:
        raise _bad(name, each.line, f"{each.keyword} without arguments")


def _quoted(value: str) -> str:
    """The value of an old-form ENV (`NAME some words`) as one word; other values as they are."""
    if value[:1] in ("'", '"') or not re.search(
        r"(?<!\\)\s", re.sub(r"\"(?:\\.|[^\"\\])*\"|'[^']*'", "", value)
    ):
        return value
    return '"' + value.replace('"', '\\"') + '"'


def _absolute(folder: str, path: str) -> str:
    parts: list[str] = []
    for part in (PurePosixPath(folder) / path).parts[1:]:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/" + "/".join(parts)


def _without_from(name: str) -> BadDockerfile:
    return BadDockerfile(
        f"cannot parse {name}: it has no FROM", hint="A Dockerfile begins with FROM <image>."
    )


def _bad(name: str, line: int, what: str) -> BadDockerfile:
    return BadDockerfile(f"cannot parse {name}: line {line}: {what}")
