"""An image slimmed without its source: it is its own baseline, and the slim Dockerfile starts from it."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from unladen import temporary
from unladen.bases.sources import BaseChoice, resolve
from unladen.errors import BadImage, BaseMissing, Interrupted
from unladen.keep.keeplist import FILE_NAME, Policy
from unladen.keep.stages import FULL, PACKER
from unladen.proof.has.examine import side
from unladen.proof.interface import ProofPlan
from unladen.slimming.interface import Full, Slimmed, SlimOptions
from unladen.slimming.story import slim
from unladen.trial.ground import survey
from unladen.trial.image import ImageRun, battery_for, check_architecture, found, image_program
from unladen.trial.workplace import Workplace

_ID = re.compile(r"(?:sha256:)?[0-9a-f]{12,64}")


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
    image = found(engine, reference, "slim")
    if _ID.fullmatch(reference):
        raise BadImage(
            f"cannot slim {reference}: a Dockerfile starts FROM a name, not from an id",
            hint=f"Give it a name: {engine.name} tag {reference} NAME.",
        )
    facts = engine.inspect(image)
    check_architecture(engine, facts, reference, "slim")
    packer = resolve(engine, [PACKER], choice=bases, cache=cache / "bases", watcher=place.watch)[PACKER]
    if isinstance(packer, BaseMissing):
        raise packer
    program = image_program(facts, run, plan)
    place.say(reference, "reading the image, recording what it answers")
    with temporary.folder() as folder, ThreadPoolExecutor(1) as beside:
        reading = beside.submit(side, engine, image)
        try:
            begin = time.monotonic()
            battery = battery_for(engine, facts, place.host, cache)
            ground = survey(engine, image, program, plan, battery, reading)
        except (Interrupted, KeyboardInterrupt, SystemExit):
            engine.close()  # ends the reading, so that its thread can end too
            raise
        recording = time.monotonic() - begin
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
            apart=reference,
        )
        done = slim(place, full, ground, wanted, reading.result().image)
    place.sizes.save()
    return replace(done, seconds={"recording": recording, **done.seconds})
