"""An image slimmed without its source: it is its own baseline, and the slim Dockerfile starts from it."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from unladen import temporary
from unladen.bases.sources import BaseChoice, resolve
from unladen.engine.contents import read_file
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Engine, ImageFacts
from unladen.errors import BadImage, BaseMissing, Interrupted
from unladen.image.local import open_image
from unladen.image.settings import Settings
from unladen.keep.keeplist import FILE_NAME, Policy
from unladen.keep.stages import FULL, PACKER
from unladen.language.registry import by_interpreter
from unladen.proof.interface import BatteryProgram, Program, ProofPlan
from unladen.slimming.interface import Full, Slimmed, SlimOptions
from unladen.slimming.story import slim
from unladen.tracing.run import runs
from unladen.trial.battery import prepare
from unladen.trial.ground import survey
from unladen.trial.workplace import Workplace

_ID = re.compile(r"(?:sha256:)?[0-9a-f]{12,64}")


@dataclass(frozen=True)
class ImageRun:
    """How an image's program is run: `port` None and no port exposed is a program of commands. `health` None: any
    answer counts."""

    port: int | None = None
    health: str | None = None
    env: tuple[tuple[str, str], ...] = ()


def slim_image(
    reference: str,
    place: Workplace,
    run: ImageRun,
    plan: ProofPlan,
    wanted: SlimOptions,
    policy: Policy,
    bases: BaseChoice,
    cache: Path,
) -> Slimmed:
    """Slims the image `reference` of the place's engine; `cache` is the folder of what is remembered.

    Raises BadImage (no such image, an id instead of a name, of another architecture), BaseMissing, and what `slim`
    and `survey` raise.
    """
    engine = place.engine
    image = _found(engine, reference)
    facts = engine.inspect(image)
    _check_architecture(engine, facts, reference)
    packer = resolve(engine, [PACKER], choice=bases, cache=cache / "bases", watcher=place.watch)[PACKER]
    if isinstance(packer, BaseMissing):
        raise packer
    program = Program(
        port=run.port or (None if plan.commands and not plan.requests else next(iter(facts.ports), None)),
        health=run.health,
        env=dict(run.env),
        start_timeout=plan.healthy_within,
        grace=plan.stop_within,
    )
    place.say(reference, "reading the image, recording what it answers")
    with temporary.folder() as folder, ThreadPoolExecutor(1) as beside:
        reading = beside.submit(open_image, engine, image, folder)
        try:
            battery = _battery_for(engine, facts, place.host, cache)
            ground = survey(engine, image, program, plan, battery)
        except (Interrupted, KeyboardInterrupt, SystemExit):
            engine.close()  # ends the reading, so that its thread can end too
            raise
        context = folder / "context"
        context.mkdir()
        full = Full(
            name=reference,
            made_from=reference,
            dockerfile=f"FROM {reference} AS {FULL}\n",
            bases=(reference,),
            image=image,
            size_bytes=facts.size_bytes,
            context=context,
            dockerignore=f"*\n!{FILE_NAME}\n",
            policy=policy,
        )
        done = slim(place, full, ground, wanted, reading.result())
    place.sizes.save()
    return done


def _found(engine: Engine, reference: str) -> str:
    """The image's id. Raises BadImage."""
    image = engine.find(reference)
    if image is None:
        raise BadImage(
            f"cannot slim {reference}: there is neither such a folder nor such an image",
            hint=f"Name a project's folder, or pull or build the image: {engine.name} pull {reference}.",
        )
    if _ID.fullmatch(reference):
        raise BadImage(
            f"cannot slim {reference}: a Dockerfile starts FROM a name, not from an id",
            hint=f"Give it a name: {engine.name} tag {reference} NAME.",
        )
    return image


def _check_architecture(engine: Engine, facts: ImageFacts, reference: str) -> None:
    """Raises BadImage where programs of the image's architecture do not run here."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    if facts.architecture != machine and not runs(engine, facts):
        raise BadImage(
            f"cannot slim {reference}: it is for {facts.architecture}, and such programs do not run here ({machine})",
            hint=f"Run it where it runs, or get the image for {machine} (--platform).",
        )


def _battery_for(engine: Engine, facts: ImageFacts, host: HostSettings, cache: Path) -> BatteryProgram:
    """The environment battery of the language that the image's program is written in, as far as its command line
    and the first line of its script tell; an empty one else."""
    command = (*facts.entrypoint, *facts.cmd)
    if not command:
        return BatteryProgram()
    words = [command[0]] if by_interpreter(command[0]) else _shebang(engine, facts, command[0])
    for word in words:
        if found := by_interpreter(word):
            battery = prepare(found.battery(None), engine, host, cache / "batteries")
            return replace(battery, argv=(word, *battery.argv[1:]))  # the interpreter by the name it has here
    return BatteryProgram()


def _shebang(engine: Engine, facts: ImageFacts, word: str) -> list[str]:
    """The words of the first line of the script that a command line names; none where it is no script."""
    tried = [word] if "/" in word else [f"{each}/{word}" for each in Settings(env=facts.env).search_path]
    for path in tried:
        if (content := read_file(engine, facts.id, path)) is not None:
            first = content[:200].partition(b"\n")[0].decode("utf-8", "replace")
            return first[2:].split() if first.startswith("#!") else []
    return []
