"""How an image is run of which nothing is known but what it says itself: its port, its architecture, its battery."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from unladen.engine.contents import read_file
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Engine, ImageFacts
from unladen.errors import BadImage
from unladen.image.settings import Settings
from unladen.language.registry import by_interpreter
from unladen.proof.interface import BatteryProgram, Program, ProofPlan
from unladen.proof.sources.recipes import needed_env
from unladen.tracing.run import runs
from unladen.trial.battery import prepare


@dataclass(frozen=True)
class ImageRun:
    """How an image's program is run: `port` None and no port exposed is a program of commands. `health` None: any
    answer counts. `port_source` is why it is believed to listen there."""

    port: int | None = None
    health: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    port_source: str = ""


def image_program(facts: ImageFacts, run: ImageRun, plan: ProofPlan) -> Program:
    """The image's program: on the given port, else on the first that it exposes."""
    alone = [each for each in plan.commands if not each.inside]
    exposed = None if alone and not plan.requests else next(iter(facts.ports), None)
    told = {**plan.env, **run.env}
    others = f", the first of {', '.join(map(str, facts.ports))}" if len(facts.ports) > 1 else ""
    return Program(
        port=run.port or exposed,
        health=run.health,
        env={**needed_env(facts, told), **told},
        start_timeout=plan.healthy_within,
        grace=plan.stop_within,
        port_source=(run.port_source or "as told") if run.port else f"the image's EXPOSE{others}",
        services=plan.services or (),
        told=plan.env,
    )


def found(engine: Engine, reference: str, verb: str) -> str:
    """The image's id. Raises BadImage."""
    image = engine.find(reference)
    if image is None:
        raise BadImage(
            f"cannot {verb} {reference}: there is neither such a folder nor such an image",
            hint=f"Name a project's folder, or pull or build the image: {engine.name} pull {reference}.",
        )
    return image


def check_architecture(engine: Engine, facts: ImageFacts, reference: str, verb: str) -> None:
    """Raises BadImage where programs of the image's architecture do not run here."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    if facts.architecture != machine and not runs(engine, facts):
        raise BadImage(
            f"cannot {verb} {reference}: it is for {facts.architecture}, and such programs do not run here ({machine})",
            hint=f"Run it where it runs, or get the image for {machine} (--platform).",
        )


def battery_for(engine: Engine, facts: ImageFacts, host: HostSettings, cache: Path) -> BatteryProgram:
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
