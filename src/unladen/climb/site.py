"""A project at work: its ladder, its bases in the engine, and how a rung of it is built."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from unladen.climb.bases import Foundations, lay
from unladen.climb.interface import Base, Options
from unladen.climb.ladder import Ladder, ladder_for
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import BuildRequest, Built, Engine
from unladen.language.interface import Baseline, Buildable, Overrides, Proposal
from unladen.measure.interface import Timing
from unladen.progress import Watcher, silent
from unladen.trial.contexts import with_files
from unladen.trial.workplace import Workplace, workplace


@dataclass(frozen=True, kw_only=True)
class Site(Workplace):
    """All that the work on one project shares.

    `layers` is a word of this run's own. It goes into each RUN step's key in the engine's layer cache: builds share
    what this run made and nothing older, so that no rung has package lists of last month. Where the baseline is
    remembered, it is the word that the baseline was built with.
    """

    ladder: Ladder
    foundations: Foundations
    layers: str
    time: Timing

    @property
    def shares(self) -> bool:
        """Whether rungs are built from layers that the baseline and other rungs made. Such a build's time is nobody's
        figure. The legacy builder's cache cannot be told one run from another."""
        return self.time != "all" and self.engine.builder != "legacy"

    def apart(self, rung: Buildable) -> str:
        """The word of a rung's layers."""
        own = not self.shares and not isinstance(rung, Baseline)
        return f"{self.layers}-{rung.name}" if own else self.layers

    def bases_of(self, rung: Buildable) -> tuple[Base, ...]:
        return tuple(self.foundations.bases[name] for name in rung.bases if name in self.foundations.bases)


def open_site(
    root: Path,
    engine: Engine,
    host: HostSettings,
    overrides: Overrides,
    options: Options,
    watch: Watcher = silent,
) -> Site:
    """Raises BadProject, BadConfig (a rung that is not on the ladder), BadDockerfile, BaseMissing (the baseline's)."""
    place = workplace(engine, host, options.cache, watch)
    former = options.slim.former
    ladder = ladder_for(root, overrides, engine, host, options.only, former.made_from if former else "")
    with place.clock.engine():
        foundations = lay(engine, ladder, options.bases, options.cache, watch)
    word = secrets.token_hex(4)
    return Site(**vars(place), ladder=ladder, foundations=foundations, layers=word, time=options.time)


def quiet(site: Site) -> Site:
    """The site with nobody watching."""
    return replace(site, watch=silent)


def build(
    site: Site, rung: Buildable, *, cache: bool = False, root: Path | None = None, mounts: str = ""
) -> Built:
    """Builds a rung's image from the project's folder, or from `root`, a copy of it; with `cache`, from layers that
    were built with the same word. `mounts` is `BuildRequest.mounts`.

    Raises BuildFailed, BadDockerfile, DiskFull.
    """
    site.say(rung.name, "building")
    project = site.ladder.project
    files, ignore = {}, project.ignored if project.ignore_file.name != ".dockerignore" else None
    if isinstance(rung, Proposal):
        files, ignore = dict(rung.files), rung.dockerignore or site.ladder.ignore
    request = BuildRequest(
        context=root or project.root,
        dockerfile=rung.dockerfile,
        target=rung.target or None,
        cache=cache,
        build_args=users.staged.build_args if (users := project.users) else {},
        host=site.host or None,
        apart=site.apart(rung),
        mounts=mounts,
        dockerignore=ignore,
    )
    with with_files(request, files) as whole, site.clock.engine():
        return site.engine.build(whole, lambda line: site.say(rung.name, "building", line))


def discard(site: Site, built: Built, needed: str) -> None:
    """Removes an image that was built for its time alone, unless the engine's cache gave the `needed` one again."""
    if built.image != needed:
        site.engine.remove_image(built.image)
