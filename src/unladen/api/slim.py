"""unladen.slim and unladen.write_slimmed: of a project, or of an image alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast, get_args

from unladen import session
from unladen.bases.sources import BaseChoice
from unladen.climb.interface import Options
from unladen.climb.project import slim_project
from unladen.config import Config, load
from unladen.dockerfile.choose import Choice
from unladen.engine.find import EngineChoice
from unladen.errors import BadConfig
from unladen.keep.keeplist import FILE_NAME, KeepList, Policy
from unladen.keep.parse import read
from unladen.progress import Watcher, silent
from unladen.proof.command import command_words
from unladen.proof.interface import CommandCase
from unladen.proof.sources.learned import learned
from unladen.slimming.image import slim_image
from unladen.slimming.interface import SlimOptions, Summary
from unladen.trial.image import ImageRun
from unladen.trial.services import with_services
from unladen.trial.workplace import workplace
from unladen.write import Place, Written, header, planned, write


def slim(
    subject: Path | str,
    *,
    policy: Policy | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    learn: Path | None = None,
    execs: Sequence[str] = (),
    check: bool = False,
    rounds: int = SlimOptions.rounds,
    rungs: Sequence[str] | None = None,
    output: Path | None = None,
    engine: EngineChoice = "auto",
    bases: BaseChoice = "auto",
    fresh: bool = False,
    config: Path | None = None,
    crawl: bool = True,
    dockerfile: Choice | None = None,
    cache: Path | None = None,
    watch: Watcher = silent,
) -> Summary:
    """Keeps only what the program of a project (a folder) or of an image (a name) uses, as `unladen slim` does;
    nothing is written. `policy` None is that of the list that is there, else "package"; `execs` are commands that run
    inside its container while it serves, as `docker exec` runs them.

    Raises the errors of `unladen.errors`.
    """
    folder = project_folder(subject)
    settings = load(folder, config) if folder else load(Path(), config) if config else Config()
    settings = settings.choosing(dockerfile or Choice()).crawling(crawl)
    target = writes_into(subject, output)
    former = None if fresh else read(target / FILE_NAME)
    _check_wishes(former, target, asked=bool(policy or include or exclude), check=check)
    wanted = SlimOptions(tuple(include), tuple(exclude), former, rounds=0 if check else rounds, check=check)
    plan = settings.plan()
    plan = replace(plan, commands=(*plan.commands, *map(_inside, execs)))
    if learn is not None:
        cases = learned(learn)
        plan = replace(plan, learned=cases)
        wanted = replace(wanted, learned=cases, learned_from=learn.name)
    chosen = (policy or "package") if former is None else _policy_of(former)
    host, kept = session.host_settings(dockerfile), cache or session.cache_folder()
    with session.engine(engine) as found:
        if folder is not None:
            only = tuple(rungs) if rungs is not None else None
            options = Options(cache=kept, only=only, bases=bases, slim=wanted)
            return slim_project(folder, found, host, settings.overrides(), plan, options, chosen, watch)
        run = ImageRun(settings.project.port, settings.project.health, settings.project.env, "unladen.toml")
        place = workplace(found, host, kept, watch)
        plan = with_services(place, plan, None, bases, kept)
        slimmed = slim_image(str(subject), place, run, plan, wanted, chosen, bases, kept)
    return Summary(str(subject), slimmed, slimmed.full.size_bytes, notes=plan.notes)


EXEC = "--exec"
"""The origin of what somebody will run inside the container."""


def _inside(text: str) -> CommandCase:
    """A command that runs inside the container. Raises BadConfig."""
    try:
        words = command_words(text)
    except ValueError as error:
        raise BadConfig(f"cannot run --exec {text!r}: {error}", hint="Quote it as a shell would.") from error
    if not words:
        raise BadConfig(
            "cannot run --exec: it names no program",
            hint='Give a program of the image\'s: --exec "redis-cli PING".',
        )
    return CommandCase(f"exec {text}", words, files=None, origin=EXEC, own=True, inside="serving")


def project_folder(subject: Path | str) -> Path | None:
    """The project's folder; None where the subject is an image: a name that neither is a path nor looks like one."""
    path, text = Path(subject), str(subject)
    is_path = (
        isinstance(subject, Path) or path.exists() or text.startswith((".", "/", "~")) or text.endswith("/")
    )
    return path if is_path else None


def writes_into(subject: Path | str, output: Path | None = None) -> Path:
    """The folder of the keep-list and of what is written: the project's; of an image `output`, or one in the working
    folder that is named for it ("registry/team/api:2": "api-slim"). Raises BadConfig."""
    folder = project_folder(subject)
    if folder is not None and output is not None:
        raise BadConfig(
            "cannot use --output: a project's files are written into the project", hint="Use --write."
        )
    name = str(subject).rpartition("/")[2].partition("@")[0].partition(":")[0]
    return folder or output or Path(re.sub(r"[^\w.-]", "-", name) + "-slim")


def write_slimmed(folder: Path, summary: Summary, *, accept_thin: bool = False) -> tuple[Written, ...]:
    """Writes the keep-list, the Dockerfile with the slim stages and the .dockerignore; former ones stay as .bak.

    Nothing is written where the slim image is not proved, or proved by little more than its start, unless that is
    accepted. Raises CannotWrite.
    """
    slimmed = summary.slimmed
    if slimmed.verdict is None or not slimmed.holds or (slimmed.is_thin and not accept_thin):
        return ()
    name = f"{slimmed.full.made_from}, slim"
    top = header(name, summary.baseline_bytes, slimmed.weight.size_bytes, slimmed.verdict)
    place = Place(folder, folder / summary.dockerfile, folder / summary.ignore_file)
    return tuple(map(write, planned(place, slimmed.proposal, top, slimmed.full.dockerignore)))


def _policy_of(keep: KeepList) -> Policy:
    """Raises BadConfig."""
    if keep.policy in get_args(Policy):
        return cast(Policy, keep.policy)
    raise BadConfig(
        f"cannot use {FILE_NAME}: its policy is {keep.policy or 'not said'}",
        hint='Write "# policy: package" or "# policy: file" among the comments on its top.',
    )


def _check_wishes(former: KeepList | None, target: Path, *, asked: bool, check: bool) -> None:
    """Raises BadConfig where what is asked for does not go together."""
    if former is not None and asked:
        raise BadConfig(
            f"cannot apply --policy, --include and --exclude to the {FILE_NAME} that is there",
            hint="Write the line into it, or make a new list with --fresh.",
        )
    if check and former is None:
        raise BadConfig(
            f"cannot check: there is no {FILE_NAME} in {target}",
            hint="`unladen slim --write` writes it; commit it. --check and --fresh exclude each other.",
        )
