"""One project's ladder on one engine: build a rung, run it, compare it with the baseline, weigh and time it."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from unladen.engine.contents import read_file
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import BuildRequest, Built, Engine
from unladen.errors import BuildFailed, NotHealthy
from unladen.language.interface import Dialect, Language, Project, Rung
from unladen.measure.interface import Times, Weight
from unladen.measure.layersizes import LayerSizes
from unladen.measure.size import weigh
from unladen.progress import Event, Watcher
from unladen.proof.record import start_seconds
from unladen.trial.clock import Clock
from unladen.trial.ground import Ground, judge
from unladen.trial.outcome import Base, Different, Failed, Proved

STARTS = 5
"""Starts of each rung that are timed; the fastest counts, since noise only ever adds."""


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """What work on images needs. `sizes` remembers compressed layer sizes by diff id."""

    engine: Engine
    host: HostSettings
    sizes: LayerSizes
    clock: Clock
    watch: Watcher

    def say(self, rung: str, phase: str, detail: str = "") -> None:
        self.watch(Event(rung, phase, detail=detail))


@dataclass(frozen=True, kw_only=True)
class Site(Workplace):
    """All that the work on one project shares."""

    language: Language
    project: Project
    dialect: Dialect
    ignore: str
    bases: Mapping[str, Base]

    def bases_of(self, rung: Rung) -> tuple[Base, ...]:
        return tuple(self.bases[name] for name in rung.bases if name in self.bases)


@dataclass(frozen=True)
class Raised:
    """A rung whose image stands, not yet compared. `rung` may have been refined on the way."""

    rung: Rung
    built: Built


Lift = Raised | Failed


def build(site: Site, rung: Rung, *, cache: bool = False) -> Built:
    """Builds a rung's image. A baseline is built with the project's own .dockerignore, not the proposed one."""
    site.say(rung.name, "building")
    request = BuildRequest(
        context=site.project.root,
        dockerfile=rung.dockerfile,
        cache=cache,
        host=site.host or None,
        apart=rung.name,
        dockerignore=rung.dockerignore or (site.ignore if rung.proposed else None),
    )
    with with_files(request, rung.files) as whole, site.clock.engine():
        return site.engine.build(whole, lambda line: site.say(rung.name, "building", line))


@contextmanager
def with_files(request: BuildRequest, files: Mapping[str, str]) -> Iterator[BuildRequest]:
    """The request with these files (name → text) in its context's root; the folder itself is not touched."""
    if not files:
        yield request
        return
    with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
        context = linked_copy(request.context, Path(folder, "context"))
        for name, text in files.items():
            (context / name).unlink(missing_ok=True)  # the link, not the user's file
            (context / name).write_text(text, encoding="utf-8")
        yield replace(request, context=context)


def raise_rungs(
    site: Site, rungs: tuple[Rung, ...], pool: ThreadPoolExecutor, baseline: Future[Built]
) -> list[Future[Lift]]:
    """Builds the rungs side by side, in order; one that reads another's image waits for it."""
    futures: dict[str, Future[Lift]] = {}
    for rung in rungs:
        futures[rung.name] = pool.submit(_raise, site, rung, futures.get(rung.after or ""), baseline)
    return list(futures.values())


def _raise(site: Site, rung: Rung, before: Future[Lift] | None, baseline: Future[Built]) -> Lift:
    """`before` is the rung that this one wants to read; where that does not stand, the baseline has to do."""
    if rung.after is not None:
        lower = before.result() if before is not None else None
        image = lower.built.image if isinstance(lower, Raised) else baseline.result().image
        rung = _refined(site, rung, image)
    try:
        return Raised(rung, build(site, rung))
    except BuildFailed as error:
        site.watch(Event(rung.name, "build failed", "failed", error.step))
        return Failed(rung, str(error), error.detail, site.bases_of(rung))


def _refined(site: Site, rung: Rung, image: str) -> Rung:
    def read(path: str) -> bytes | None:
        return read_file(site.engine, image, path)

    return site.language.refine(rung, site.project, site.dialect, read)


def prove(site: Site, raised: Raised, ground: Ground) -> Proved | Different | Failed:
    """Runs a rung's image and compares it; weighs it. Its times but the cold build are not measured here."""
    rung, image = raised.rung, raised.built.image
    site.say(rung.name, "proving")
    try:
        verdict = judge(site.engine, image, ground)
    except NotHealthy as error:
        site.watch(Event(rung.name, "not healthy", "failed", str(error)))
        return Failed(rung, str(error), error.detail, site.bases_of(rung))
    kind = Proved if verdict.holds else Different
    return kind(
        rung=rung,
        image=image,
        weight=weight(site, rung, image),
        times=Times(build_cold_s=raised.built.seconds),
        verdict=verdict,
        bases=site.bases_of(rung),
    )


def weight(site: Site, rung: Rung, image: str) -> Weight:
    site.say(rung.name, "weighing")
    return weigh(site.engine, image, compressed_by_layer=site.sizes)


def time_starts(site: Site, images: Mapping[str, str], ground: Ground) -> dict[str, float]:
    """Fastest start → healthy of each rung's image. The rungs take turns, so that a noisy moment hits all."""
    best: dict[str, float] = {}
    if ground.program.port is None:
        return best
    for turn in range(STARTS):
        for name, image in images.items():
            site.say(name, "timing starts", f"{turn + 1} of {STARTS}")
            with site.clock.engine():
                seconds = start_seconds(site.engine, image, ground.program)
            best[name] = min(seconds, best.get(name, seconds))
    return best


def time_rebuild(site: Site, rung: Rung, touched: Path) -> float | None:
    """Seconds to build again after one source file changed; `touched` is such a context. None if it failed."""
    site.say(rung.name, "timing a rebuild")
    moved = replace(site, project=replace(site.project, root=touched), watch=lambda event: None)
    try:
        built = build(moved, rung, cache=True)
    except BuildFailed:
        return None
    site.engine.remove_image(built.image)
    return built.seconds


@contextmanager
def touched_copy(project: Project, suffixes: tuple[str, ...]) -> Iterator[Path | None]:
    """A copy of the project (hard links: no contents are copied) in which one source file has a line more.

    None where the project holds no source file to change.
    """
    source = _source_file(project.root, suffixes)
    if source is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="unladen-") as folder:
        copy = linked_copy(project.root, Path(folder, "context"))
        target = copy / source.relative_to(project.root)
        text = target.read_bytes()
        target.unlink()  # the link, not the user's file
        target.write_bytes(text + _blank_line())
        yield copy


def linked_copy(root: Path, target: Path) -> Path:
    """The folder again at `target`, by hard links: to change a file there, unlink it first."""
    shutil.copytree(root, target, symlinks=True, copy_function=_link_or_copy, ignore=_left_out)
    return target


def _blank_line() -> bytes:
    """A line of white space that no earlier run has written: an engine's cache would know the rebuild otherwise."""
    return b"\n" + bytes(b" \t"[bit == "1"] for bit in f"{secrets.randbits(64):064b}") + b"\n"


def _source_file(root: Path, suffixes: tuple[str, ...]) -> Path | None:
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith(".") and name not in _LEFT_OUT)
        for name in sorted(files):
            if name.endswith(suffixes) and not name.startswith(("test_", "setup.")) and "_test." not in name:
                return Path(folder, name)
    return None


_LEFT_OUT = {"node_modules", "venv", "__pycache__"}


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Sockets and other things that are no files cannot be copied (nor built from)."""
    kinds = ((name, Path(folder, name)) for name in names)
    return {name for name, path in kinds if not (path.is_symlink() or path.is_file() or path.is_dir())}


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another file system
        shutil.copy2(source, target, follow_symlinks=False)
