"""What a user's Dockerfile says, read once for all languages.

`read_users` gives a `UsersDockerfile`; its `final` is what the target stage says through its whole FROM chain, and
`reading(stage)` the same for any other stage. Nothing is dropped in silence: what has no field of its own is in
`unread`, and RUN lines that are no installation come out of `own_steps`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from unladen.dockerfile.packages import Packages, installed, is_of_packages
from unladen.dockerfile.parse import Heredoc, Instruction, read_text
from unladen.dockerfile.stages import Command as Start
from unladen.dockerfile.stages import Scope, Stage, StagedDockerfile, command, parse
from unladen.syntax import bash
from unladen.syntax.bash import Command, Script, Unit

SHELLS = frozenset(["sh", "bash", "ash", "dash", "zsh", "ksh"])
CONTEXT = frozenset(
    ["", "cd", "export", "set", "source", ".", "umask", "shopt", "unset", "alias", "trap", "ulimit"]
)
"""Commands that change nothing but how the following ones run; "" are mere assignments."""
_NOTHING = frozenset(["true", ":", "echo"])

Takes = Callable[[Command], bool]
"""Whether a command is one that the language does in its own way: its installer, its compiler."""


@dataclass(frozen=True)
class Copy:
    """A COPY or ADD. `target` is an absolute path; `sources` have their variables filled in.

    `origin` is "" for the build context, else what --from names: `stage` where that is one of the file's own, an
    image otherwise. `heredocs` are sources that stand in the Dockerfile itself; they are not in `sources`.
    """

    sources: tuple[str, ...]
    target: str
    into_folder: bool
    """Whether the target is written as a folder, or there are several sources."""
    origin: str
    stage: Stage | None
    flags: Mapping[str, str]
    heredocs: tuple[Heredoc, ...]
    instruction: Instruction
    scope: Scope

    @property
    def line(self) -> int:
        return self.instruction.line

    @property
    def urls(self) -> tuple[str, ...]:
        """What ADD downloads."""
        return tuple(each for each in self.sources if "://" in each or each.startswith("git@"))


@dataclass(frozen=True)
class Run:
    """A RUN with what holds there. `script` is None where no shell that is known reads it (the exec form, another
    SHELL, a here-document with an interpreter of its own)."""

    instruction: Instruction
    scope: Scope
    script: Script | None

    @property
    def line(self) -> int:
        return self.instruction.line

    @property
    def mounts(self) -> tuple[str, ...]:
        """The values of --mount."""
        return self.instruction.flag("mount")

    def offset(self, at: int) -> int:
        """Where in the Dockerfile the character of the script at this index is."""
        if self.instruction.heredocs:
            return self.instruction.start
        return self.instruction.offset(self.instruction.arguments_at + at)


@dataclass(frozen=True)
class Step:
    """What remains of a RUN without the units that are done in another way: shell text, quotes as written. What
    the remaining ones need (cd, export, set…) is still in front of them. `start` and `end` are offsets in the
    Dockerfile; `is_whole` says that nothing was left out."""

    text: str
    run: Run
    units: tuple[Unit, ...]
    start: int
    end: int
    is_whole: bool

    @property
    def line(self) -> int:
        return self.run.line

    @property
    def scope(self) -> Scope:
        """WORKDIR, USER, SHELL, ENV and ARG at this place."""
        return self.run.scope


@dataclass(frozen=True)
class Reading:
    """What a stage says through its FROM chain, in the order of the file. Texts have their variables filled in as
    far as they are known, and no quotes."""

    base: str
    """The image at the bottom of the chain."""
    stage: Stage
    scope: Scope
    """Workdir, env, args, user and shell at the end of the stage."""
    runs: tuple[Run, ...] = ()
    copies: tuple[Copy, ...] = ()
    entrypoint: Start | None = None
    cmd: Start | None = None
    """None also where an ENTRYPOINT of a later stage takes it away."""
    ports: tuple[tuple[int, int], ...] = ()
    """(TCP port, line) of EXPOSE."""
    other_ports: tuple[tuple[str, int], ...] = ()
    """("53/udp" or "8000-8010", line) of EXPOSE."""
    healthcheck: Instruction | None = None
    volumes: tuple[str, ...] = ()
    stop_signal: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[Instruction, ...] = ()
    """LABEL, VOLUME, STOPSIGNAL and EXPOSE as they stand."""
    unread: tuple[Instruction, ...] = ()
    """What has no field here: ONBUILD, MAINTAINER, UDP ports, RUN lines that no known shell reads."""

    @property
    def has_workdir(self) -> bool:
        """Whether the chain names a working directory at all."""
        return self.scope.workdir != "/"

    @cached_property
    def commands(self) -> tuple[tuple[Run, Command], ...]:
        """Every simple command of every RUN, those in loops and substitutions included."""
        return tuple((run, each) for run in self.runs if run.script for each in run.script.commands)

    @cached_property
    def packages(self) -> tuple[Packages, ...]:
        """The installations of system packages; words have their variables filled in."""
        filled = ((run, _filled(each, run.scope)) for run, each in self.commands)
        return tuple(found for run, each in filled if (found := installed(each, run.line)))

    def names(self, kind: str) -> tuple[str, ...]:
        """The packages installed with apt, apk, dnf or zypper, each once."""
        return tuple(
            dict.fromkeys(name for each in self.packages if each.kind == kind for name in each.names)
        )

    def own_steps(self, takes: Takes = lambda command: False) -> tuple[Step, ...]:
        """The RUN lines without system packages and without what `takes` says the language does itself. A unit
        (a link of `a && b`) is left out where all of its commands are of these kinds; loops, pipes and `a || b`
        are one unit. Lines of which only `cd`, `set` and the like remain are left out."""
        return tuple(step for run in self.runs if (step := _step(run, takes)))


@dataclass(frozen=True)
class UsersDockerfile:
    """A user's Dockerfile, read for its target."""

    staged: StagedDockerfile
    path: Path | None = None
    said: str = ""
    """Why it is this file and this target, where that is not obvious."""

    @cached_property
    def final(self) -> Reading:
        """What the target says."""
        return self.reading(self.staged.target)

    def reading(self, stage: Stage) -> Reading:
        """What a stage says through its FROM chain."""
        reading = None
        for each in self.staged.chain(stage):
            if (known := self._readings.get(each.start.start)) is None:
                known = self._readings[each.start.start] = _read(self.staged, each, reading)
            reading = known
        assert reading is not None
        return reading

    @cached_property
    def _readings(self) -> dict[int, Reading]:
        """What was read before, by where its stage begins: a long file is gone through once."""
        return {}

    @cached_property
    def commands(self) -> tuple[tuple[Run, Command], ...]:
        """Every simple command of the RUN lines of every stage, in the order of the file, variables filled in."""
        return tuple(
            (run, _filled(each, run.scope)) for stage in self.staged.stages for run, each in self._own(stage)
        )

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Every source that a stage copies from the build context, in the order of the file."""
        return tuple(
            source
            for stage in self.staged.stages
            for own in [{each.start for each in stage.instructions}]
            for copy in self.reading(stage).copies
            if not copy.origin and copy.instruction.start in own
            for source in copy.sources
        )

    def _own(self, stage: Stage) -> Iterator[tuple[Run, Command]]:
        own = {each.start for each in stage.instructions}
        return (each for each in self.reading(stage).commands if each[0].instruction.start in own)

    def stage_where(self, does: Callable[[Command], bool]) -> Stage | None:
        """The first stage with a RUN of such a command of its own: the one that calls a compiler, say."""
        found = (stage for stage in self.staged.stages if any(does(each) for _, each in self._own(stage)))
        return next(found, None)


def read_users(
    path: Path | None, *, target: str = "", build_args: Mapping[str, str] = MappingProxyType({})
) -> UsersDockerfile | None:
    """The Dockerfile at a path (see `stages.users`), None where there is none. Raises BadDockerfile."""
    if path is None or not path.is_file():
        return None
    return UsersDockerfile(parse(read_text(path), path.name, target=target, build_args=build_args), path)


def _read(staged: StagedDockerfile, stage: Stage, below: Reading | None) -> Reading:
    """What a stage says on top of what the one below it does."""
    scope = below.scope if below else staged.first_scope
    reading = replace(below, stage=stage) if below else Reading(stage.base, stage, scope)
    has_cmd = False
    for each in stage.instructions:
        if each.keyword == "ENTRYPOINT":
            reading = replace(reading, entrypoint=command(each), cmd=reading.cmd if has_cmd else None)
        elif each.keyword == "CMD":
            has_cmd = True
            reading = replace(reading, cmd=command(each))
        else:
            reading = _with(reading, each, scope, staged)
        scope = staged.after(each, scope)
    return replace(reading, scope=scope)


def _with(reading: Reading, each: Instruction, scope: Scope, staged: StagedDockerfile) -> Reading:
    """The reading after one more instruction."""
    match each.keyword:
        case "RUN":
            run = Run(each, scope, _script(each, scope))
            unread = () if run.script else (each,)
            return replace(reading, runs=(*reading.runs, run), unread=(*reading.unread, *unread))
        case "COPY" | "ADD":
            return replace(reading, copies=(*reading.copies, _copy(each, scope, staged)))
        case "EXPOSE":
            ports = tuple(_ports(each, scope))
            unread = () if len(ports) == len(each.values) else (each,)
            return replace(
                reading,
                ports=(*reading.ports, *ports),
                other_ports=(*reading.other_ports, *_other_ports(each, scope)),
                kept=(*reading.kept, each),
                unread=(*reading.unread, *unread),
            )
        case "HEALTHCHECK":
            return replace(reading, healthcheck=None if each.values[:1] == ("NONE",) else each)
        case "VOLUME":
            volumes = tuple(scope.fill(word) for word in each.values)
            return replace(reading, volumes=(*reading.volumes, *volumes), kept=(*reading.kept, each))
        case "STOPSIGNAL":
            return replace(reading, stop_signal=scope.fill(each.arguments), kept=(*reading.kept, each))
        case "LABEL":
            labels = {scope.fill(name): scope.fill(value) for name, value in each.pairs}
            return replace(reading, labels={**reading.labels, **labels}, kept=(*reading.kept, each))
        case "ENV" | "ARG" | "USER" | "WORKDIR" | "SHELL":
            return reading  # in the scope
    return replace(reading, unread=(*reading.unread, each))


def _script(each: Instruction, scope: Scope) -> Script | None:
    text = each.script
    by_itself = len(each.heredocs) == 1 and text is not None and text.startswith("#!")
    if _feeds_a_shell(each):
        return bash.read(each.heredocs[0].text)
    shell = scope.shell[0].rpartition("/")[2] if scope.shell else ""
    return None if text is None or by_itself or shell not in SHELLS else bash.read(text)


def _feeds_a_shell(each: Instruction) -> bool:
    """`RUN <<EOF bash`: the here-document is a script for another shell."""
    words = [word for word in each.arguments.split() if "<<" not in word]
    return len(each.heredocs) == 1 and bool(words) and words[0].rpartition("/")[2] in SHELLS


def _copy(each: Instruction, scope: Scope, staged: StagedDockerfile) -> Copy:
    words = each.values if each.is_exec else tuple(scope.fill(word) for word in each.values)
    *sources, target = words or ("",)
    origin = each.flags.get("from", "")
    inline = bool(each.heredocs)
    kept = tuple(
        word for word, raw in zip(sources, each.values, strict=False) if not (inline and "<<" in raw)
    )
    return Copy(
        sources=kept,
        target=scope.path(target),
        into_folder=target.endswith("/") or target in (".", "..") or len(sources) > 1,
        origin=origin,
        stage=staged.stage_named(origin) if origin else None,
        flags=each.flags,
        heredocs=each.heredocs,
        instruction=each,
        scope=scope,
    )


def _ports(each: Instruction, scope: Scope) -> Iterator[tuple[int, int]]:
    for word in each.values:
        number, _, protocol = scope.fill(word).partition("/")
        if _is_tcp(number, protocol):
            yield int(number), each.line


def _other_ports(each: Instruction, scope: Scope) -> Iterator[tuple[str, int]]:
    for word in map(scope.fill, each.values):
        number, _, protocol = word.partition("/")
        if not _is_tcp(number, protocol):
            yield word, each.line


def _is_tcp(number: str, protocol: str) -> bool:
    return number.isdecimal() and protocol.lower() in ("", "tcp")


def _step(run: Run, takes: Takes) -> Step | None:
    instruction = run.instruction
    if run.script is None or not run.script.is_understood:
        script = shlex.join(instruction.values) if instruction.is_exec else instruction.script or ""
        units = run.script.units if run.script else ()
        return Step(script, run, units, instruction.start, instruction.end, True) if script else None
    kept = [unit for unit in run.script.units if not _is_done(unit, takes)]
    if all(_only_prepares(unit) for unit in kept):
        return None
    is_whole = len(kept) == len(run.script.units)
    is_whole = is_whole or _feeds_a_shell(instruction)
    text = (instruction.script or "") if is_whole else _joined(kept)
    return Step(text, run, tuple(kept), run.offset(kept[0].start), _end(run, kept), is_whole)


def _end(run: Run, units: Sequence[Unit]) -> int:
    return run.instruction.end if run.instruction.heredocs else run.offset(units[-1].end - 1) + 1


def _is_done(unit: Unit, takes: Takes) -> bool:
    acting = [each for each in unit.commands if not _prepares(each)]
    return bool(acting) and all(is_of_packages(each) or takes(each) for each in acting)


def _only_prepares(unit: Unit) -> bool:
    return unit.is_simple and all(_prepares(each) for each in unit.commands)


def _prepares(command: Command) -> bool:
    return command.name in CONTEXT or (command.name in _NOTHING and not command.redirects)


def _joined(units: Sequence[Unit]) -> str:
    """The units as one text, joined as they were."""
    text = units[0].text
    for unit in units[1:]:
        text += {"&&": " && ", ";": "; ", "&": " & "}.get(unit.joiner, "\n") + unit.text
    return text


def _filled(command: Command, scope: Scope) -> Command:
    values = scope.values
    return replace(
        command, words=tuple(scope.fill(word) if "$" in word and values else word for word in command.words)
    )
