"""Reads why a build failed from what the builder printed: BuildKit's plain progress, the legacy builder,
podman and buildah."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from unladen.engine.answers import DISK_FULL, DISK_HINT, NO_IMAGE, last_line, missing_base, refused
from unladen.engine.interface import BuilderName
from unladen.engine.parts import missing_part
from unladen.engine.wants import asked_for
from unladen.errors import BadDockerfile, BaseMissing, BuildFailed, DiskFull, UnladenError

SHOWN = 20
"""Lines of the failing step's output that are shown."""

VERTEX = re.compile(r"^#(\d+) (.*)$")
OUTPUT = re.compile(r"^\d+\.\d+ ?(.*)$")
SOURCE = re.compile(r"^(?:\[internal\] load metadata for|(?:\[[^\]]*\] )?FROM|docker-image://) ?(\S+)")
NO_STAGE = re.compile(r"COPY --from=(\S+): no stage or image found with that name")
FRONTEND = re.compile(r"^resolve image config for (?:docker-image://)?(\S+)")
RUN = re.compile(r"RUN\b", re.IGNORECASE)
CLOSING = re.compile(r"(?:error|failed to)\b", re.IGNORECASE)
STAGE_MARK = re.compile(r"^\[[^\]]*\] ")
LEGACY_STEP = re.compile(r"^Step \d+/\d+ : (.*)$")
PODMAN_STEP = re.compile(r"^(?:\[\d+/\d+\] )?STEP \d+(?:/\d+)?: (.*)$")
SYNTAX = re.compile(
    r"dockerfile parse error(?: on)? line (?P<line>\d+): (?P<why>.*)"
    r"|(?P<whole>unknown instruction: .*|no build stage in current context.*|syntax error - .*"
    r"|dockerfile parse error: .*|the dockerfile .*cannot be empty|file with no instructions"
    r"|[A-Z]+ requires (?:at least|exactly|either) .*argument.*|unknown flag: .*"
    r"|circular dependency detected.*|no FROM statement found|Unknown type \".*\" in HEALTHCHECK.*)",
    re.IGNORECASE,
)
UNREAD = re.compile(
    r"^(?:ERROR: )?failed to (?:solve|build)|parsing main Dockerfile|no contents in", re.MULTILINE
)
_AGAIN = re.compile(
    r"(?:executor failed running \[.*\]|process \".*\" did not complete successfully): (?=exit code)"
)
"""The step once more, as BuildKit says it before the exit code."""
NEEDS_BUILDKIT = re.compile(r"requires? BuildKit", re.IGNORECASE)


class FrontendMissing(BaseMissing):
    """The image that a `# syntax=` line names cannot be had."""


@dataclass(frozen=True)
class _Step:
    """The failing step, its output, and the image it wanted when it was one that fetches an image."""

    text: str
    output: tuple[str, ...]
    image: str = ""
    frontend: bool = False


def failure(
    builder: BuilderName,
    log: str,
    step_of: Callable[[str], str] = str,
    line_of: Callable[[int], int] = int,
) -> UnladenError:
    """The error for a build that failed. `step_of` and `line_of` lead back from the text that was built
    to the user's own."""
    lines = log.splitlines()
    step = _buildkit_step(lines) if builder == "buildkit" else _plain_step(lines)
    tail = "\n".join(lines[-SHOWN:])
    text = step_of(step.text) if step else ""
    detail = step_of("\n".join(step.output[-SHOWN:])) if step else tail
    if DISK_FULL.search(detail) or DISK_FULL.search(tail):
        what = (
            f"cannot build: {text}: no space left on device" if text else f"cannot build: {last_line(tail)}"
        )
        return DiskFull(what, hint=DISK_HINT, detail=detail)
    if step and step.image and NO_IMAGE.search(tail):
        kind = FrontendMissing if step.frontend else BaseMissing
        found = missing_base(step.image, tail)
        return kind(found.what, hint=found.hint)
    if no_stage := NO_STAGE.search(tail):
        return missing_base(no_stage[1], "no stage of the Dockerfile and no image has that name")
    if not RUN.match(text) and (syntax := SYNTAX.search(_closing(lines))):
        return _bad_dockerfile(syntax, text, line_of)
    if not step and UNREAD.search(tail):
        return BadDockerfile(f"cannot read the Dockerfile: {last_line(tail)}")
    if not step:
        return refused("build", log)
    return BuildFailed(
        f"cannot build: {text}: {_AGAIN.sub('', last_line(tail))}",
        step=text,
        detail=detail,
        hint=_hint(text, f"{detail}\n{tail}"),
    )


def _hint(step: str, tail: str) -> str:
    if NEEDS_BUILDKIT.search(tail):
        return "This step needs BuildKit (docker with the buildx plugin)."
    part = missing_part(last_line(tail))  # above its last word the step's own programs speak
    return part.hint if part else asked_for(step, tail)


def _closing(lines: list[str]) -> str:
    """The builder's last word: a program that a RUN step runs may complain of its own syntax above it."""
    errors = [line for line in lines if CLOSING.match(line)]
    return (errors or [line for line in lines if line.strip()] or [""])[-1]


def _bad_dockerfile(match: re.Match[str], step: str, line_of: Callable[[int], int]) -> BadDockerfile:
    if match["line"]:
        return BadDockerfile(
            f"cannot read the Dockerfile: line {line_of(int(match['line']))}: {match['why']}"
        )
    why = last_line(match["whole"].split(" &imagebuilder.Step", 1)[0])
    circular = "A stage can stand on, and copy from, stages above it alone." if "circular" in why else ""
    return BadDockerfile(f"cannot read the Dockerfile: {why}", detail=step, hint=circular)


def _buildkit_step(lines: list[str]) -> _Step | None:
    """Steps run side by side: what belongs to one has its number, its first line its name."""
    names: dict[str, str] = {}
    output: dict[str, list[str]] = {}
    failed: list[str] = []
    for line in lines:
        match = VERTEX.match(line)
        if not match:
            continue
        number, rest = match[1], match[2]
        if number not in names:
            names[number] = rest
        elif said := OUTPUT.match(rest):
            output.setdefault(number, []).append(said[1])
        elif rest.startswith("ERROR: ") and "context canceled" not in rest:
            failed.append(number)
            output.setdefault(number, []).append(rest.removeprefix("ERROR: "))
    if not failed:
        return None
    name, said_lines = names[failed[0]], tuple(output[failed[0]])
    if frontend := FRONTEND.match(name):
        return _Step(name, said_lines, frontend[1], frontend=True)
    if source := SOURCE.match(name):
        image = short_name(source[1])
        return _Step(f"FROM {image}", said_lines, image)
    return _Step(STAGE_MARK.sub("", name), said_lines)


def _plain_step(lines: list[str]) -> _Step | None:
    """One step after the other: the last one that began is the one that failed."""
    starts = [i for i, line in enumerate(lines) if LEGACY_STEP.match(line) or PODMAN_STEP.match(line)]
    if not starts:
        return None
    match = LEGACY_STEP.match(lines[starts[-1]]) or PODMAN_STEP.match(lines[starts[-1]])
    assert match is not None
    text = match[1]
    words = text.split()
    image = next((word for word in words[1:] if not word.startswith("--")), "")
    output = tuple(line for line in lines[starts[-1] + 1 :] if not line.startswith(" ---> "))
    return _Step(text, output, image if words[0].upper() == "FROM" else "")


def short_name(image: str) -> str:
    """The name as a Dockerfile gives it."""
    return image.removeprefix("docker.io/").removeprefix("library/")


class StepImages:
    """The ids of the images that the steps of a build make, read from its log as it comes: the legacy builder
    and podman leave them in the store when a later step fails. Ids that come from the cache, or are a
    base's, are not among them. Each is handed to `made` at once."""

    MADE = re.compile(r"^ ?-{2,3}> ([0-9a-f]{11,12})$")
    NOT_MADE = re.compile(r"^ ?-{2,3}> Using cache|^Step \d+/\d+ : FROM ", re.IGNORECASE)

    def __init__(self, made: Callable[[str], None]) -> None:
        self._made = made
        self._before = ""

    def see(self, line: str) -> None:
        match = self.MADE.match(line)
        if match and not self.NOT_MADE.match(self._before):
            self._made(match[1])
        self._before = line
