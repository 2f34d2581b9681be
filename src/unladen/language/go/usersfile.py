"""What a project's own Dockerfile says about building and running its program, so that no rung loses it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from unladen.dockerfile.arguments import exec_form
from unladen.dockerfile.lexer import fill_in
from unladen.dockerfile.parse import Instruction
from unladen.dockerfile.stages import StagedDockerfile
from unladen.language.go.usersbuild import (
    GoBuild,
    build_args,
    build_env,
    go_build,
    go_stage,
    installed,
    steps_left_out,
    workdir_of,
)
from unladen.language.go.usersstart import copies, start

_ALWAYS_THERE = re.compile("git|make|gcc|g\\+\\+|build-essential|libc6-dev|musl-dev|ca-certificates|tzdata")
"""What the golang images have, or what every rung brings in its own way."""
_BUILD_ONLY = re.compile("pkg-config|curl|wget|unzip|bash|upx(?:-ucl)?|binutils|protobuf-compiler|.*-dev")
_DONE_WITHOUT = re.compile("tini|dumb-init|libc6-compat|gcompat")


@dataclass(frozen=True)
class UsersFile:
    """`builder` is the Go image named by FROM ("golang:1.24-bookworm"), empty where there is none.

    `tree` is where the baseline image has the whole project, None where it has chosen files only; these are
    `copies`: (path, destination), and `built_copies` the same from the stage that builds. `program` is the
    binary's absolute path; `entrypoint` and `cmd` as written (exec form); `needs_shell` says why a shell is
    needed to start it.
    """

    builder: str = ""
    builder_line: int = 0
    build: GoBuild | None = None
    build_dir: str = ""
    build_args: Mapping[str, str | None] = field(default_factory=dict)
    """ARG name → default (None: none) of the variables that the ldflags name."""
    build_env: Mapping[str, str] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    apk: tuple[str, ...] = ()
    runtime_packages: tuple[str, ...] = ()
    runtime_apk: tuple[str, ...] = ()
    program: str = ""
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    start_line: int = 0
    needs_shell: str = ""
    workdir: str = "/"
    tree: str | None = None
    copies: tuple[tuple[str, str], ...] = ()
    built_copies: tuple[tuple[str, str], ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[tuple[int, int], ...] = ()
    """(port, line) of each EXPOSE."""
    keep: tuple[str, ...] = ()
    """Instructions that every rung takes over as they are: LABEL, VOLUME, STOPSIGNAL…"""
    left_out: tuple[str, ...] = ()
    """What no rung takes over, for the notes."""

    @property
    def volumes(self) -> tuple[str, ...]:
        return tuple(
            word for line in self.keep if line.startswith("VOLUME") for word in re.findall(r"/[\w./-]+", line)
        )


def users_file(parsed: StagedDockerfile, root: Path) -> UsersFile:
    """Reads a Dockerfile as far as it goes; what it does in ways of its own ends up in `left_out`."""
    stage = go_stage(parsed)
    build = go_build(stage) if stage else None
    workdir = workdir_of(parsed.final)
    started = start(parsed, workdir, build)
    copied = copies(parsed, stage, started.program, build, root)
    packages = tuple(installed(stage.instructions, "apt-get", "apt")) if stage else ()
    return UsersFile(
        builder=stage.base if stage else "",
        builder_line=stage.line if stage else 0,
        build=build,
        build_dir=workdir_of(stage.instructions) if stage else "",
        build_args=build_args(stage, build) if stage and build else {},
        build_env=build_env(stage) if stage else {},
        packages=tuple(name for name in packages if not _ALWAYS_THERE.fullmatch(name)),
        apk=tuple(installed(stage.instructions, "apk")) if stage else (),
        runtime_packages=tuple(name for name in installed(parsed.final, "apt-get", "apt") if _runs(name)),
        runtime_apk=tuple(name for name in installed(parsed.final, "apk") if _runs(name)),
        program=started.program,
        entrypoint=started.entrypoint,
        cmd=started.cmd,
        start_line=started.line,
        needs_shell=started.needs_shell,
        workdir=workdir,
        tree=copied.tree,
        copies=copied.context,
        built_copies=copied.built,
        env={name: value for name, value in parsed.env.items() if _for_the_program(name)},
        ports=tuple(_ports(parsed)),
        keep=tuple(f"{each.keyword} {each.text}" for each in parsed.final if _stays(each, started.program)),
        left_out=(
            *started.dropped,
            *copied.left_out,
            *steps_left_out(parsed, stage),
            *((build.dropped,) if build and build.dropped else ()),
            *_health_check(parsed, started.program),
        ),
    )


def _runs(package: str) -> bool:
    return not any(known.fullmatch(package) for known in (_ALWAYS_THERE, _BUILD_ONLY, _DONE_WITHOUT))


def _for_the_program(variable: str) -> bool:
    """The Go toolchain's own variables stay in the build; GOMAXPROCS and the like are the run time's."""
    runtime = ("GOMAXPROCS", "GOMEMLIMIT", "GOGC", "GODEBUG", "GOTRACEBACK")
    return variable in runtime or not re.match(r"(?:GO[A-Z0-9]+|CGO_\w+)$", variable)


def _stays(instruction: Instruction, program: str) -> bool:
    """What every rung takes over as it is; of health checks those that the program itself makes."""
    if instruction.keyword == "HEALTHCHECK":
        words = exec_form(re.sub(r"^CMD\s+", "", instruction.arguments)) or ("",)
        return words[0] == program
    return instruction.keyword in ("LABEL", "VOLUME", "STOPSIGNAL")


def _health_check(parsed: StagedDockerfile, program: str) -> Iterator[str]:
    check = parsed.last("HEALTHCHECK")
    if check is not None and check.text.upper() != "NONE" and not _stays(check, program):
        yield f"HEALTHCHECK (Dockerfile:{check.line}), which needs a shell or curl"


def _ports(parsed: StagedDockerfile) -> Iterator[tuple[int, int]]:
    for each in parsed.all("EXPOSE"):
        for word in fill_in(each.text, parsed.env).split():
            port, _, protocol = word.partition("/")
            if port.isdigit() and protocol in ("", "tcp"):
                yield int(port), each.line
