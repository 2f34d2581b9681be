"""unladen doctor: what is there, what is missing, and the command that fixes it."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import typer
from rich.text import Text

from unladen import session
from unladen.bases.sources import registry_answers
from unladen.cli.console import emit, out
from unladen.cli.options import Json
from unladen.engine.find import Candidate, available_engines
from unladen.engine.interface import Engine
from unladen.engine.trial import trial
from unladen.errors import UnladenError
from unladen.tracing.sensor_binary import sensor_for

ROOM = 10_000_000_000
"""Bytes of free disk space below which a ladder may not fit (a fat Python ladder takes about 4 GB)."""

State = Literal["ok", "warning", "missing"]
_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "missing": ("✗", "red")}


@dataclass(frozen=True)
class Finding:
    name: str
    state: State
    says: str
    fix: str = ""


def doctor(json_file: Json = None) -> None:
    """Check the machine: engine, BuildKit, registry, disk space, CA bundle. Exit 1 when nothing can run."""
    candidates = available_engines()
    tried: dict[str, UnladenError | None] = {
        each.name: _tried(each.engine) for each in candidates if each.engine is not None
    }
    findings = [*_engines(candidates, tried), *_around(candidates)]
    for candidate in candidates:
        if candidate.engine is not None:
            candidate.engine.close()
    if json_file is not None:
        emit(json.dumps([asdict(finding) for finding in findings], indent=2) + "\n", json_file)
    else:
        for finding in findings:
            _show(finding)
    if not any(error is None for error in tried.values()):
        raise typer.Exit(1)


def _tried(engine: Engine) -> UnladenError | None:
    """What stops the engine from building an image and running it, if anything does."""
    try:
        trial(engine)
    except UnladenError as error:
        return error
    return None


def _show(finding: Finding) -> None:
    mark, style = _MARKS[finding.state]
    out.print(Text.assemble((mark, style), " ", (finding.name, "bold"), ": ", finding.says), soft_wrap=True)
    if finding.fix:
        out.print(Text.assemble("    fix: ", (finding.fix, "bold")), soft_wrap=True)


def _engines(
    candidates: tuple[Candidate, ...], tried: Mapping[str, UnladenError | None]
) -> Iterator[Finding]:
    bad: State = "warning" if any(error is None for error in tried.values()) else "missing"
    for candidate in candidates:
        engine = candidate.engine
        if engine is None:
            yield Finding(candidate.name, bad, candidate.why, candidate.fix)
            continue
        if error := tried[candidate.name]:
            yield Finding(candidate.name, bad, f"version {engine.version} answers, but {error}", error.hint)
        else:
            yield Finding(candidate.name, "ok", f"version {engine.version} builds images and runs containers")
        for part in candidate.lacks:
            yield Finding(candidate.name, "warning", f"{part.name} is missing; {part.use}", part.fix)
        if engine.builder == "legacy":
            yield Finding(
                "BuildKit", "warning",
                candidate.why or "not used: no cache mounts, and a CA bundle cannot be passed to builds",
                candidate.fix or "unset DOCKER_BUILDKIT",
            )  # fmt: skip
        elif engine.name == "docker":
            yield _buildkit(engine)


def _buildkit(engine: Engine) -> Finding:
    """A second docker on PATH is common, and it may be the one that a plain `docker build` runs."""
    first = shutil.which("docker")
    if first == engine.command[0]:
        return Finding("BuildKit", "ok", "used for docker builds")
    return Finding(
        "BuildKit", "warning",
        f"used for docker builds, through {engine.command[0]}; {first}, which is first on PATH, has no buildx plugin:"
        " a plain `docker build` uses the legacy builder",
        f"DOCKER_BUILDKIT=1 {engine.command[0]} build …, or install the buildx plugin",
    )  # fmt: skip


def _around(candidates: tuple[Candidate, ...]) -> Iterator[Finding]:
    engine = next((candidate.engine for candidate in candidates if candidate.engine), None)
    if engine is not None:
        if registry_answers():
            yield Finding("registry", "ok", "Docker Hub answers")
        else:
            yield Finding(
                "registry", "warning",
                "Docker Hub does not answer: bases are assembled from packages",
            )  # fmt: skip
    if shutil.which("mmdebstrap"):
        yield Finding("bases", "ok", "mmdebstrap can assemble bases from Debian packages")
    else:
        says = "no mmdebstrap: bases cannot be assembled from Debian packages"
        yield Finding("bases", "warning", says, "sudo apt-get install -y mmdebstrap")
    yield _disk()
    yield from _build_cache(candidates)
    yield _sensor()
    yield from _host()


def _build_cache(candidates: tuple[Candidate, ...]) -> Iterator[Finding]:
    """A ladder is built without the layer cache, yet what it builds stays there: tens of gigabytes in an afternoon."""
    for engine in (candidate.engine for candidate in candidates if candidate.engine):
        size = engine.cache_bytes()
        if size is not None:
            state: State = "warning" if size > 2 * ROOM else "ok"
            says = f"{engine.name}'s builder holds {size / 1e9:.1f} GB"
            yield Finding("build cache", state, says, f"{engine.name} builder prune" if size else "")


def _disk() -> Finding:
    folder = session.cache_folder()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < ROOM:
        says = f"{free / 1e9:.1f} GB free; a ladder of fat images may need {ROOM / 1e9:.0f} GB"
        return Finding("disk", "warning", says, "docker image prune, or unladen bases remove")
    return Finding("disk", "ok", f"{free / 1e9:.0f} GB free")


def _sensor() -> Finding:
    """Whether the tracer works on this machine; a container may forbid it all the same."""
    try:
        sensor = sensor_for(platform.machine())
    except UnladenError as error:
        return Finding("sensor", "warning", str(error), error.hint)
    ran = subprocess.run([sensor, "--check"], capture_output=True, text=True, check=False, timeout=20)
    if ran.returncode == 0:
        return Finding("sensor", "ok", "programs can be traced here")
    return Finding("sensor", "warning", f"tracing does not work here: {(ran.stderr or ran.stdout).strip()}")


def _host() -> Iterator[Finding]:
    host = session.host_settings()
    if host.ca_bundle is not None:
        yield Finding("CA bundle", "ok", f"{host.ca_bundle} is passed to builds, and left in no image")
    else:
        yield Finding("CA bundle", "ok", "none of the host's own is needed")
    rest = tuple(name for name in host.names if name != "CA bundle")
    if rest:
        yield Finding("host settings", "ok", f"{', '.join(rest)} passed to builds, and left in no image")
