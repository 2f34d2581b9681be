"""A project at work: its ladder, its bases in the engine, and how a rung of it is built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from unladen.climb.bases import Foundations, lay
from unladen.climb.interface import Base, Options
from unladen.climb.ladder import Ladder, ladder_for
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import BuildRequest, Built, Engine
from unladen.language.interface import Baseline, Buildable, Overrides, Proposal
from unladen.progress import Watcher, silent
from unladen.trial.contexts import with_files
from unladen.trial.workplace import Workplace, workplace


@dataclass(frozen=True, kw_only=True)
class Site(Workplace):
    """All that the work on one project shares."""

    ladder: Ladder
    foundations: Foundations

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
    return Site(**vars(place), ladder=ladder, foundations=foundations)


def build(site: Site, rung: Buildable, *, cache: bool = False, root: Path | None = None) -> Built:
    """Builds a rung's image from the project's folder, or from `root`, a copy of it.

    Raises BuildFailed, BadDockerfile, DiskFull.
    """
    site.say(rung.name, "building")
    files, ignore = {}, None
    if isinstance(rung, Proposal):
        files, ignore = dict(rung.files), rung.dockerignore or site.ladder.ignore
    request = BuildRequest(
        context=root or site.ladder.project.root,
        dockerfile=rung.dockerfile,
        target=(rung.target or None) if isinstance(rung, Baseline) else None,
        cache=cache,
        build_args=users.staged.build_args if (users := site.ladder.project.users) else {},
        host=site.host or None,
        apart=rung.name,
        dockerignore=ignore,
    )
    with with_files(request, files) as whole, site.clock.engine():
        return site.engine.build(whole, lambda line: site.say(rung.name, "building", line))


def discard(site: Site, built: Built, needed: str) -> None:
    """Removes an image that was built for its time alone, unless the engine's cache gave the `needed` one again."""
    if built.image != needed:
        site.engine.remove_image(built.image)
