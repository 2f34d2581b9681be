"""What a user's Dockerfile says about his Go program, beyond what `UsersDockerfile` reads for every language."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from unladen.dockerfile.arguments import exec_form
from unladen.dockerfile.stages import SHELL, Stage, StagedDockerfile, plain_words
from unladen.dockerfile.users import CONTEXT, SHELLS, Copy, Reading, Run, UsersDockerfile
from unladen.language.go.gorun import taken_apart
from unladen.syntax.bash import Command

_GOLANG = re.compile(r"(?:^|/)golang(?::|@|$)")
_GOLANG_ENV = {"GOPATH": "/go"}
_DECIDED = frozenset(["GOOS", "GOARCH", "GOPATH", "GO111MODULE"])
"""Variables of the toolchain that rungs set themselves."""
_RUN_TIME = frozenset(["GOMAXPROCS", "GOMEMLIMIT", "GOGC", "GODEBUG", "GOTRACEBACK"])
_GO_STEPS = frozenset(["mod", "build", "install", "test", "vet", "version", "env", "clean"])
_QUIET = re.compile(
    "mkdir|chmod|chown|adduser|addgroup|useradd|groupadd|rm|ls|strip|upx|update-ca-certificates|touch|mv|\\[|test|find"
)
"""Commands that a rung has its own way for, or that change nothing in it."""
_TAKE_VALUES = frozenset(
    ["o", "tags", "ldflags", "gcflags", "asmflags", "mod", "p", "buildmode", "installsuffix", "C"]
)
_ALWAYS_THERE = re.compile("git|make|gcc|g\\+\\+|build-essential|libc6-dev|musl-dev|ca-certificates|tzdata")
"""What the golang images have, or what every rung brings in its own way."""
_NOT_RUN = re.compile(
    "pkg-config|curl|wget|unzip|bash|upx(?:-ucl)?|binutils|protobuf-compiler|.*-dev|tini|dumb-init|libc6-compat|gcompat"
)
_WRAPPERS = frozenset({"tini", "dumb-init", "docker-init", "catatonit"})
_SYSTEM_FILES = re.compile(
    r"/(?:etc/(?:ssl|pki|passwd|group|nsswitch|localtime)|usr/share/zoneinfo|usr/local/go/lib/time)"
)


@dataclass(frozen=True)
class GoBuild:
    """A `go build` or `go install`. `output` is absolute; `args` are the ARGs that the ldflags name, with their
    defaults as written (None: no default); `dropped` are flags that only a shell can compute."""

    line: int
    package: str = ""
    output: str = ""
    tags: tuple[str, ...] = ()
    ldflags: str = ""
    cgo: str = ""
    dropped: str = ""
    args: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Start:
    """`program` is the binary's absolute path in the image; `needs_shell` says why a shell is needed to start it."""

    program: str = ""
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    line: int = 0
    needs_shell: str = ""
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Copied:
    """What the image is given, files of the system (certificates…) aside. `tree` is where the whole project is, None
    where there are chosen files only; `context` and `built` (files of the project, from the stage that builds) are
    (source, absolute target)."""

    tree: str | None = None
    context: tuple[tuple[str, str], ...] = ()
    built: tuple[tuple[str, str], ...] = ()
    made: tuple[tuple[str, str], ...] = ()
    """(target, the COPY) of what the stage that builds has made: the program is one of them."""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class UsersGo:
    """`final` is the stage that runs and `building` the one that builds, None where nothing does."""

    final: Reading
    building: Reading | None
    builder_line: int
    build: GoBuild | None
    start: Start
    copied: Copied
    env: Mapping[str, str]
    """For the program, ready for another ENV."""
    left_out: tuple[str, ...]
    """What no rung takes over, for the notes."""

    @property
    def builder(self) -> str:
        """The image that the program is built in ("golang:1.24-bookworm")."""
        return self.building.base if self.building else ""

    @property
    def build_dir(self) -> str:
        return self.building.scope.workdir if self.building else ""

    @property
    def build_env(self) -> Mapping[str, str]:
        """GOPROXY, GOFLAGS and the like: what the toolchain reads and no rung decides."""
        env = self.building.scope.env if self.building else {}
        return {
            name: f'"{value}"' if re.search(r"\s", value) else value
            for name, value in env.items()
            if name.startswith("GO") and name not in _DECIDED
        }

    def packages(self, kind: str) -> tuple[str, ...]:
        """Of apt or apk, to build with."""
        names = self.building.names(kind) if self.building else ()
        return tuple(name for name in names if not _ALWAYS_THERE.fullmatch(name))

    def runtime_packages(self, kind: str) -> tuple[str, ...]:
        """Of apt or apk, that the program may need while it runs."""
        known = (_ALWAYS_THERE, _NOT_RUN)
        return tuple(
            name for name in self.final.names(kind) if not any(each.fullmatch(name) for each in known)
        )

    @cached_property
    def keep(self) -> tuple[str, ...]:
        """Instructions that every rung takes over as they are; of health checks those that the program makes."""
        kept = [each for each in self.final.kept if each.keyword != "EXPOSE"]
        if check := self.final.healthcheck:
            kept += [check] if _checks_itself(check.arguments, self.start.program) else []
        others = [port for port, _ in self.final.other_ports]
        return (
            *(f"{each.keyword} {each.text}" for each in sorted(kept, key=lambda each: each.start)),
            *([f"EXPOSE {' '.join(others)}"] if others else []),
        )


def users_go(users: UsersDockerfile, root: Path) -> UsersGo:
    """What it does in ways of its own ends up in `left_out`."""
    staged = replace(users.staged, base_env=_GOLANG_ENV)
    users = replace(users, staged=staged)
    final = users.final
    on_go = (stage for stage in staged.stages if _GOLANG.search(stage.base))
    stage = users.stage_where(is_build) or next(on_go, None)
    building = users.reading(stage) if stage else None
    chain = staged.chain(stage) if stage else ()
    builds = [(run, each) for run, each in building.commands if is_build(each)] if building else []
    build = _build(*builds[0], chain) if builds else None
    copied = _copied(final, building, chain, build.output if build else "", root)
    start = _start(final, build, copied, root)
    return UsersGo(
        final=final,
        building=building,
        builder_line=chain[0].line if chain else 0,
        build=build,
        start=start,
        copied=copied,
        env={name: value for name, value in staged.env.items() if _is_for_the_program(name)},
        left_out=(
            *start.dropped,
            *copied.left_out,
            *(f"{copy}, made by steps of its own" for target, copy in copied.made if target != start.program),
            *_stages_left_out(staged, chain),
            *_steps_left_out([building, final] if building else map(users.reading, staged.stages)),
            *((build.dropped,) if build and build.dropped else ()),
            *_health_check(final, start.program),
        ),
    )


def _is_for_the_program(variable: str) -> bool:
    """The toolchain's own variables stay in the build; GOMAXPROCS and the like are the run time's."""
    return variable in _RUN_TIME or not re.match(r"(?:GO[A-Z0-9]+|CGO_\w+)$", variable)


# The build


def is_build(command: Command) -> bool:
    """Whether a command builds a program of the project; `go install path@version` fetches another's."""
    builds = command.name == "go" and command.words[1:2] in (("build",), ("install",))
    return builds and not any("@" in word for word in command.words)


def _build(run: Run, command: Command, chain: Sequence[Stage]) -> GoBuild:
    flags: dict[str, str] = {}
    packages: list[str] = []
    rest = iter(command.words[2:])
    for word in rest:
        if not word.startswith("-"):
            packages.append(run.scope.fill(word))
            continue
        name, equals, value = word.lstrip("-").partition("=")
        flags[name] = value if equals or name not in _TAKE_VALUES else next(rest, "")
    ldflags, output = flags.get("ldflags", ""), run.scope.fill(flags.get("o", ""))
    computed = "$(" in ldflags or "`" in ldflags
    package = next((word for word in packages if not word.endswith(".go") and "$" not in word), "")
    folder = next((posixpath.dirname(word) for word in packages if word.endswith(".go")), "")
    cgo = dict(command.assignments).get("CGO_ENABLED", run.scope.env.get("CGO_ENABLED", ""))
    return GoBuild(
        line=run.line,
        package=package or (f"./{posixpath.normpath(folder)}" if folder.strip("./") else ""),
        output=run.scope.path(output) if output and "$" not in output and output[-1] != "/" else "",
        tags=tuple(tag for tag in re.split(r"[,\s]+", flags.get("tags", "")) if re.fullmatch(r"[\w.]+", tag)),
        ldflags="" if computed else ldflags,
        cgo=cgo,
        dropped=f"-ldflags {ldflags!r} (Dockerfile:{run.line})" if computed else "",
        args=_args(chain, "" if computed else ldflags),
    )


def _args(chain: Sequence[Stage], ldflags: str) -> dict[str, str | None]:
    used = {name for pair in re.findall(r"\$\{(\w+)[^}]*\}|\$(\w+)", ldflags) for name in pair if name}
    words = [
        word for stage in chain for each in stage.instructions if each.keyword == "ARG" for word in each.words
    ]
    pairs = (word.partition("=") for word in words)
    return {name: value if equals else None for name, equals, value in pairs if name in used}


# What starts


def _start(final: Reading, build: GoBuild | None, copied: Copied, root: Path) -> Start:
    """A `go run` becomes the built program; an init wrapper is left out."""
    line = next((each.line for each in (final.entrypoint, final.cmd) if each), 0)
    entrypoint, dropped = _unwrapped(final.entrypoint.argv if final.entrypoint else (), line)
    cmd, workdir = final.cmd.argv if final.cmd else (), final.scope.workdir
    argv, output = entrypoint or cmd, build.output if build else ""
    if argv[:2] == ("go", "run"):
        started = ("./main", *taken_apart(argv[2:])[1])
        argvs = (started, cmd) if entrypoint else ((), started)
        return Start(posixpath.join(workdir, "main"), *argvs, line, "", dropped)
    word, needs_shell = argv[0] if argv else "", ""
    if argv[:2] == SHELL:
        needs_shell = f"Dockerfile:{line} starts it through a shell: {argv[2]}"
        first = re.split(r"\s|;|&|\|", re.sub(r"^exec\s+", "", argv[2]), maxsplit=1)[0]
        word = (plain_words(first) or ("",))[0]
    elif _is_script(word, workdir, copied, root):
        needs_shell = f"Dockerfile:{line} starts it through the script {' '.join(argv[:2])}"
        word = next((each for each in cmd if each in map(posixpath.basename, dict(copied.made))), "")
        output = output if output in dict(copied.made) or not copied.made else copied.made[0][0]
    return Start(_located(word, workdir, copied) or output, entrypoint, cmd, line, needs_shell, dropped)


def _unwrapped(entrypoint: tuple[str, ...], line: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    name = posixpath.basename(entrypoint[0]) if entrypoint else ""
    if name not in _WRAPPERS:
        return entrypoint, ()
    rest = entrypoint[entrypoint.index("--") + 1 :] if "--" in entrypoint else entrypoint[1:]
    return rest, (f"{name} (Dockerfile:{line}): the program gets its signals itself",)


def _is_script(word: str, workdir: str, copied: Copied, root: Path) -> bool:
    """By its name, or by the first characters of the project's file that is there in the image."""
    if word.endswith(".sh") or posixpath.basename(word) in SHELLS:
        return True
    path = posixpath.normpath(posixpath.join(workdir, word))
    for source, target in (*copied.context, *((".", copied.tree) for _ in "." if copied.tree is not None)):
        inside = posixpath.relpath(path, target)
        file = root / source.lstrip("/") / ("" if inside == "." else inside)
        if word and not inside.startswith("..") and file.is_file():
            return file.read_bytes()[:2] == b"#!"
    return False


def _located(word: str, workdir: str, copied: Copied) -> str:
    """A word without a slash is found in PATH."""
    if not word or "/" in word:
        return posixpath.normpath(posixpath.join(workdir, word)) if word else ""
    made = (target for target, _ in copied.made if posixpath.basename(target) == word)
    return next(made, f"/usr/local/bin/{word}")


# What lies beside it


def _copied(
    final: Reading, building: Reading | None, chain: Sequence[Stage], output: str, root: Path
) -> Copied:
    tree: str | None = None
    context: list[tuple[str, str]] = []
    built: list[tuple[str, str]] = []
    made: list[tuple[str, str]] = []
    left_out: list[str] = []
    for copy in final.copies:
        left_out += [f"COPY <<{each.name} (Dockerfile:{copy.line})" for each in copy.heredocs]
        for source in copy.sources:
            path = _path_in_project(source, copy, building, root)
            by_name = copy.into_folder or copy.target.endswith("/bin")
            landing = posixpath.join(copy.target, posixpath.basename(source.rstrip("/")))
            written = f"{copy.instruction.keyword} {f'--from={copy.origin} ' if copy.origin else ''}{source}"
            is_folder = (root / path).is_dir() if path else _in_the_image(source) and "." not in landing
            target = landing if by_name and not is_folder and "*" not in source else copy.target
            if not copy.origin and source in (".", "./", "*", "/"):
                tree = copy.target
            elif _SYSTEM_FILES.match(copy.target) or (copy.into_folder and _SYSTEM_FILES.match(source)):
                continue
            elif not copy.origin and source not in copy.urls:
                context.append((source, target))
            elif copy.stage is None or copy.stage.line not in {each.line for each in chain}:
                left_out.append(f"{written} (Dockerfile:{copy.line})")
            elif source != output and (path or _in_the_image(source)):
                built.append((source, target))
            else:
                made.append((target, f"{written} (Dockerfile:{copy.line})"))
    if tree is not None:  # the whole project is there: go.mod and the like need no copy of their own
        inside = tree.rstrip("/") + "/"
        context = [(source, to) for source, to in context if not (to + "/").startswith(inside)]
    return Copied(tree, tuple(context), tuple(built), tuple(made), tuple(left_out))


def _path_in_project(source: str, copy: Copy, building: Reading | None, root: Path) -> str | None:
    """The file or folder of the project that a COPY takes, from the context or by way of the stage that builds."""
    if not copy.origin:
        return source.lstrip("/")
    if building is None:
        return None
    whole = (each.target for each in building.copies if not each.origin and each.sources in ((".",), ("./",)))
    path = posixpath.relpath(source, next(whole, building.scope.workdir))
    there = path == "." or any(root.glob(path)) if not path.startswith("..") else False
    return path if there else None


def _in_the_image(source: str) -> bool:
    """Whether a file lies where the golang image or its packages bring theirs."""
    return bool(re.match(r"/(?:etc|s?bin|lib\w*|usr/(?:s?bin|lib\w*|share)|usr/local/go)/", source))


# What no rung takes over


def _stages_left_out(staged: StagedDockerfile, chain: Sequence[Stage]) -> Iterator[str]:
    read = {each.line for each in (*chain, *staged.chain())}
    for stage in staged.stages if chain else ():
        if stage.name and stage.line not in read:
            yield f"the stage {stage.name} (Dockerfile:{stage.line})"


def _steps_left_out(readings: Iterable[Reading]) -> Iterator[str]:
    steps = {step.line: step for each in readings for step in each.own_steps(_has_its_own_way)}
    for line, step in sorted(steps.items()):
        own = [unit.text for unit in step.units if not (unit.is_simple and _is_quiet(unit.commands[0]))]
        for text in own if step.units else [step.text]:
            yield f"RUN {text[:60]} (Dockerfile:{line})"


def _is_quiet(command: Command) -> bool:
    return command.name in (*CONTEXT, "echo", "true", ":") or _has_its_own_way(command)


def _has_its_own_way(command: Command) -> bool:
    if command.name == "go":
        return not _GO_STEPS.isdisjoint(command.words[1:2])
    return bool(_QUIET.fullmatch(command.name))


def _health_check(final: Reading, program: str) -> Iterator[str]:
    check = final.healthcheck
    if check is not None and not _checks_itself(check.arguments, program):
        yield f"HEALTHCHECK (Dockerfile:{check.line}), which needs a shell or curl"


def _checks_itself(check: str, program: str) -> bool:
    return (exec_form(re.sub(r"^CMD\s+", "", check)) or ("",))[0] == program
