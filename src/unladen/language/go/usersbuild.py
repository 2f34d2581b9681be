"""How a project's own Dockerfile builds its Go program: the stage, `go build`, the packages it installs."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from unladen.dockerfile.lexer import fill_in
from unladen.dockerfile.parse import Instruction
from unladen.dockerfile.stages import Stage, StagedDockerfile

_QUIET_STEPS = re.compile(
    r"^(?:go (?:mod|build|install|test|vet|version|env|clean)|apt-get|apt|apk|mkdir|chmod|chown"
    r"|adduser|addgroup|useradd|groupadd|rm|set|echo|true|ls|cd|strip|upx|update-ca-certificates|export|touch|mv"
    r"|\[|test|find)\b"
)
"""Commands that a rung has its own way for, or that change nothing in it."""


@dataclass(frozen=True)
class GoBuild:
    """The `go build` (or `go install`) of a Dockerfile. `output` is absolute; texts are as written."""

    line: int
    package: str = ""
    output: str = ""
    tags: tuple[str, ...] = ()
    ldflags: str = ""
    cgo: str = ""
    dropped: str = ""
    """Flags that need a shell to be computed, and so are not taken over."""


def go_stage(parsed: StagedDockerfile) -> Stage | None:
    """The stage that builds: the one that runs `go build`, else the one on a golang image."""
    builds = [stage for stage in parsed.stages if any(_go_words(step) for step in _steps(stage.instructions))]
    on_go = [stage for stage in parsed.stages if re.search(r"(?:^|/)golang(?::|@|$)", stage.base)]
    stage = next(iter([*builds, *on_go]), None)
    parent = next((each for each in on_go if stage and each.name and each.name == stage.base), None)
    if stage is None or parent is None:
        return stage
    return replace(parent, name=stage.name, instructions=(*parent.instructions, *stage.instructions))


def workdir_of(instructions: Sequence[Instruction]) -> str:
    """Relative ones add up."""
    folder = "/"
    for each in instructions:
        if each.keyword == "WORKDIR":
            folder = posixpath.normpath(posixpath.join(folder, filled(each.text.strip("\"' "), instructions)))
    return folder


def filled(text: str, instructions: Sequence[Instruction]) -> str:
    """The text with the values of the stage's ENV and ARG, and of what golang images set."""
    values = {"GOPATH": "/go"}
    for each in instructions:
        if each.keyword in ("ENV", "ARG"):
            values.update(_pairs(each.text))
    return fill_in(text, values)


def _steps(instructions: Sequence[Instruction]) -> Iterator[str]:
    """The single commands of every RUN, in order."""
    for each in instructions:
        if each.keyword == "RUN":
            for step in re.split(r"&&|;|\n", each.arguments):
                if step.strip() and not step.strip().startswith("#"):
                    yield step.strip()


def _go_words(step: str) -> list[str] | None:
    """The words of a step from `go` on, where it is `[NAME=value …] go build …` or `go install`."""
    try:
        words = shlex.split(step)
    except ValueError:
        words = step.split()
    at = next((n for n, word in enumerate(words) if "=" not in word), len(words))
    if words[at : at + 1] == ["go"] and words[at + 1 : at + 2] in (["build"], ["install"]):
        return words
    return None


def go_build(stage: Stage) -> GoBuild | None:
    """The first `go build` of the stage."""
    env = _env(stage)
    for each in stage.instructions:
        for step in _steps([each]):
            if words := _go_words(step):
                return _read_build(
                    each.line, words, workdir_of(stage.instructions), env.get("CGO_ENABLED", "")
                )
    return None


def build_env(stage: Stage) -> dict[str, str]:
    """GOPROXY, GOPRIVATE, GOFLAGS and the like: what the toolchain reads and no rung decides."""
    decided = ("GOOS", "GOARCH", "GOPATH", "GO111MODULE")
    return {
        name: value for name, value in _env(stage).items() if name.startswith("GO") and name not in decided
    }


def _env(stage: Stage) -> dict[str, str]:
    return {
        name: value
        for each in stage.instructions
        if each.keyword == "ENV"
        for name, value in _pairs(each.text)
    }


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r"([A-Z]\w*)=(\"[^\"]*\"|\S+)", text):
        yield match[1], match[2].strip("\"'")


def _read_build(line: int, words: list[str], build_dir: str, cgo: str) -> GoBuild:
    given = dict(word.split("=", 1) for word in words[: words.index("go")])
    flags: dict[str, str] = {}
    packages: list[str] = []
    rest = iter(words[words.index("go") + 2 :])
    for word in rest:
        if not word.startswith("-"):
            packages.append(word)
            continue
        name, equals, value = word.lstrip("-").partition("=")
        takes_value = name in (
            "o",
            "tags",
            "ldflags",
            "gcflags",
            "asmflags",
            "mod",
            "p",
            "buildmode",
            "installsuffix",
            "C",
        )
        flags[name] = value if equals or not takes_value else next(rest, "")
    ldflags = flags.get("ldflags", "")
    computed = "$(" in ldflags or "`" in ldflags
    output = flags.get("o", "")
    package = next((word for word in packages if not word.endswith(".go") and "$" not in word), "")
    folder = next((posixpath.dirname(word) for word in packages if word.endswith(".go")), "")
    return GoBuild(
        line=line,
        package=package or (f"./{posixpath.normpath(folder)}" if folder.strip("./") else ""),
        output=posixpath.normpath(posixpath.join(build_dir, output)) if output and "$" not in output else "",
        tags=tuple(tag for tag in re.split(r"[,\s]+", flags.get("tags", "")) if re.fullmatch(r"[\w.]+", tag)),
        ldflags="" if computed else ldflags,
        cgo=given.get("CGO_ENABLED", cgo),
        dropped=f"-ldflags {ldflags!r} (Dockerfile:{line})" if computed else "",
    )


def build_args(stage: Stage, build: GoBuild) -> dict[str, str | None]:
    """ARG name → default (None: none) of the variables that the ldflags name."""
    used = {name for pair in re.findall(r"\$\{(\w+)[^}]*\}|\$(\w+)", build.ldflags) for name in pair if name}
    found: dict[str, str | None] = {}
    for each in stage.instructions:
        if each.keyword == "ARG":
            for word in each.words:
                name, equals, value = word.partition("=")
                if name in used:
                    found[name] = value if equals else None
    return found


def installed(instructions: Sequence[Instruction], *managers: str) -> Iterator[str]:
    """Package names of `apt-get install` or `apk add` steps, without versions."""
    for step in _steps(instructions):
        words = step.split()
        if words and words[0] in managers and ("install" in words or "add" in words):
            names = words[words.index("install" if "install" in words else "add") + 1 :]
            skip = False
            for name in names:
                if skip or name.startswith(("-", "$", ".")):
                    skip = name in ("-t", "--virtual", "-X") and not skip
                    continue
                yield name.partition("=")[0].strip("\"'")


def steps_left_out(parsed: StagedDockerfile, stage: Stage | None) -> Iterator[str]:
    for each_stage in parsed.stages:
        if stage is not None and each_stage.line != stage.line and each_stage is not parsed.stages[-1]:
            if each_stage.name and each_stage.name != stage.name and each_stage.base != stage.name:
                yield f"the stage {each_stage.name} (Dockerfile:{each_stage.line})"
            continue
        for each in each_stage.instructions:
            if each.keyword == "RUN":
                for step in _steps([each]):
                    command = re.sub(r"^(?:\w+=\S*\s+)+", "", step)
                    if not _QUIET_STEPS.match(command) and not _go_words(step):
                        yield f"RUN {step[:60]} (Dockerfile:{each.line})"
