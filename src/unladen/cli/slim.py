"""unladen slim: keep what the program uses, write down what and why, prove that nothing broke."""

from __future__ import annotations

import re
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from unladen import session
from unladen.cli.console import emit, err, out
from unladen.cli.names import Bases, EngineName, rung_names
from unladen.cli.watch import watching
from unladen.climb.interface import Options
from unladen.climb.slim_project import slim_project
from unladen.config import Config, load
from unladen.errors import BadConfig
from unladen.keep.keeplist import FILE_NAME, KeepList
from unladen.keep.keeplist import Policy as Keeping
from unladen.keep.parse import read
from unladen.proof.sources.learned import learned
from unladen.report import diff
from unladen.report import slim as report
from unladen.slimming.image import ImageRun, slim_image
from unladen.slimming.interface import Slimmed, SlimOptions
from unladen.trial.workplace import workplace
from unladen.write import header, writable, write_rung


class Policy(StrEnum):
    """What stays of a package of which something is used."""

    package = "package"
    file = "file"


def slim(
    subject: Annotated[
        str, typer.Argument(metavar="PATH|IMAGE", help="A project's folder, or an image.", show_default=False)
    ],
    policy: Annotated[
        Policy | None,
        typer.Option(
            help="A used package stays whole (safer), or only its used files.", show_default="package"
        ),
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="Keep this as well: a path, or pkg:NAME.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="Leave this out, if the proof allows it.")
    ] = None,
    learn: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Keep what these need, too: a HAR file, a k6 script, or commands, one a line.",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help=f"Is {FILE_NAME} stale, and what would a fresh trace change? For CI."),
    ] = False,
    write_files: Annotated[
        bool, typer.Option("--write", help=f"Write {FILE_NAME}, the Dockerfile and .dockerignore.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Of an image: write into this folder."),
    ] = None,
    removed: Annotated[bool, typer.Option("--removed", help="List what was removed, and why.")] = False,
    rounds: Annotated[int, typer.Option(min=0, help="The most rounds of repair.")] = SlimOptions.rounds,
    rungs: Annotated[
        str | None,
        typer.Option(metavar="A,B,…", help="Slim the leanest of these rungs.", show_default="the leanest"),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the report as JSON; - is stdout.")
    ] = None,
    engine: Annotated[EngineName, typer.Option(help="The container engine.")] = EngineName.auto,
    bases: Annotated[Bases, typer.Option(help="Where base images come from.")] = Bases.auto,
    fresh: Annotated[
        bool, typer.Option("--fresh", help=f"Trace again, also where there is an {FILE_NAME}.")
    ] = False,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Instead of unladen.toml.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Keep only what the program uses, as a list to review; prove it, and repair what is missing.

    Where the project has an unladen.keep, that list is proved and repaired; --fresh makes a new one. An image is
    slimmed without its source: the Dockerfile that is written starts FROM it.
    """
    folder = _folder(subject)
    settings = load(folder, config) if folder else load(Path(), config) if config else Config()
    target = folder or output or Path(_folder_name(subject))
    if output is not None and folder is not None:
        raise BadConfig(
            "cannot use --output: a project's files are written into the project", hint="Use --write."
        )
    former = read(target / FILE_NAME) if not fresh and (folder or target.is_dir()) else None
    _check_wishes(former, target, asked=bool(policy or include or exclude), check=check, write=write_files)
    write_files = write_files or (output is not None and not check)
    if write_files:
        target.mkdir(parents=True, exist_ok=True)
        writable(target)
    wanted = SlimOptions(
        include=tuple(include or ()),
        exclude=tuple(exclude or ()),
        former=former,
        rounds=0 if check else rounds,
        check=check,
    )
    plan = settings.plan()
    if learn is not None:
        cases = learned(learn)
        plan = replace(plan, learned=cases)
        wanted = replace(wanted, learned=cases, learned_from=learn.name)
    chosen = (policy or Policy.package).value if former is None else _policy_of(former)
    host = session.host_settings()
    cache = session.cache_folder()
    with session.engine(engine.value) as found, watching(err, quiet=quiet) as watch:
        if folder is not None:
            options = Options(cache=cache, only=rung_names(rungs), bases=bases.value, slim=wanted)
            done = slim_project(folder, found, host, settings.overrides(), plan, options, chosen, watch)
            summary = report.of_project(done)
            slimmed = done.slimmed
            dockerfile = (done.climb.project.dockerfile or Path("Dockerfile")).name
            before = done.climb.baseline.weight.size_bytes
        else:
            place = workplace(found, host, cache, watch)
            run = ImageRun(
                settings.project.port, settings.project.health, tuple(settings.project.env.items())
            )
            slimmed = slim_image(subject, place, run, plan, wanted, chosen, bases.value, cache)
            summary = report.of_image(subject, slimmed)
            dockerfile, before = "Dockerfile", slimmed.full.size_bytes
    if json_file != Path("-"):
        out.print(report.render(summary, ledger=removed))
    if json_file is not None:
        emit(report.render_json(summary), json_file)
    if not slimmed.holds or slimmed.change:
        raise typer.Exit(1)
    if write_files:
        _write(target, dockerfile, slimmed, before, quiet=json_file == Path("-"))


def _folder(subject: str) -> Path | None:
    """The project's folder; None where the subject is an image. What looks like a path is none."""
    path = Path(subject)
    is_path = path.exists() or subject.startswith((".", "/", "~")) or subject.endswith("/")
    return path if is_path else None


def _folder_name(image: str) -> str:
    """Where an image's files are written: "registry/team/api:2" → "api-slim"."""
    name = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
    return re.sub(r"[^\w.-]", "-", name) + "-slim"


def _policy_of(keep: KeepList) -> Keeping:
    """Raises BadConfig."""
    for policy in get_args(Keeping):
        if keep.policy == policy:
            return cast(Keeping, policy)
    raise BadConfig(
        f"cannot use {FILE_NAME}: its policy is {keep.policy or 'not said'}",
        hint='Write "# policy: package" or "# policy: file" among the comments on its top.',
    )


def _check_wishes(former: KeepList | None, target: Path, *, asked: bool, check: bool, write: bool) -> None:
    """Raises BadConfig where what is asked for does not go together."""
    if former is not None and asked:
        raise BadConfig(
            f"cannot apply --policy, --include and --exclude to the {FILE_NAME} that is there",
            hint="Write the line into it, or make a new list with --fresh.",
        )
    if check and write:
        raise BadConfig(
            "cannot check and write at once", hint="--check writes nothing: leave one of them out."
        )
    if check and former is None:
        raise BadConfig(
            f"cannot check: there is no {FILE_NAME} in {target}",
            hint="`unladen slim --write` writes it; commit it. --check and --fresh exclude each other.",
        )


def _write(folder: Path, dockerfile: str, slimmed: Slimmed, before: int, *, quiet: bool) -> None:
    assert slimmed.verdict is not None
    name, size = f"{slimmed.full.made_from}, slim", slimmed.weight.size_bytes
    top = header(name, before, size, slimmed.verdict.cases)
    written = write_rung(folder, slimmed.proposal, top, slimmed.full.dockerignore, dockerfile)
    for each in written:
        if each.backup is not None and not quiet:
            out.print(diff.render(each.path, each.backup), soft_wrap=True)
    if not quiet:
        names = ", ".join(each.path.name for each in written)
        out.print(f"written into {folder}: {names}", soft_wrap=True, markup=False)
