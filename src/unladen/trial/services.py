"""The services of a proof, found and tried: unladen.toml's, or those that the compose file says the program needs."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from unladen.bases.catalogue import related
from unladen.bases.sources import BaseChoice, Provided, resolve
from unladen.dockerfile.compose import Service, pointing, services_of
from unladen.errors import BaseMissing, EngineFailed
from unladen.proof.beside import CANNOT_USE, opened, start
from unladen.proof.interface import ProofPlan
from unladen.trial.workplace import Workplace


def with_services(
    place: Workplace, plan: ProofPlan, root: Path | None, choice: BaseChoice, cache: Path
) -> ProofPlan:
    """The plan with the services that can be had here and become ready, each by its image's id, with what the compose
    file tells the program of these, and with notes that say what is started, and what is not and why. `root` is the
    project's folder, None for an image alone; `cache` the folder of what is remembered."""
    wanted = plan.services
    if wanted is None:
        wanted = services_of(root, plan.composed) if root is not None else ()
    found = {each.name: _provided(place, each, choice, cache) for each in wanted}
    had = tuple(each for each, _ in (one for one in found.values() if not isinstance(one, str)))
    failed = _failing(place, had)
    started = tuple(each for each in had if each.name not in failed)
    notes = tuple(_note(name, failed.get(name) or one) for name, one in found.items())
    env = pointing(root, started, plan.composed) if root is not None else {}
    return replace(plan, services=started, env=env, notes=notes)


def _note(name: str, found: tuple[Service, str] | str) -> str:
    if isinstance(found, str):
        return f"The service {name} was not started, because {found}; cases that need it fail alike."
    return f"The proof starts the service {name}: {found[1]}."


def _provided(
    place: Workplace, service: Service, choice: BaseChoice, cache: Path
) -> tuple[Service, str] | str:
    """The service by its image's id, and what that is in words; or why it cannot be had."""
    if service.refused:
        return service.refused
    image = _image(place, service.image, choice, cache)
    instead = ""
    if isinstance(image, BaseMissing) and (other := related(service.image)):
        stand_in = _image(place, other.name, choice, cache)
        if isinstance(stand_in, Provided):
            image, instead = stand_in, f" instead of {service.image}"
    if isinstance(image, BaseMissing):
        return str(image).removeprefix("base ")
    ports = place.engine.inspect(image.image).ports
    ready = service.ready or next(iter(ports), None)
    return replace(service, image=image.image, ready=ready), f"{image.name} ({image.origin}){instead}"


def _image(place: Workplace, name: str, choice: BaseChoice, cache: Path) -> Provided | BaseMissing:
    return resolve(place.engine, [name], choice=choice, cache=cache / "bases", watcher=place.watch)[name]


def _failing(place: Workplace, services: tuple[Service, ...]) -> dict[str, str]:
    """Why some do not become ready, by their names: all are started once, together."""
    failed: dict[str, str] = {}
    if services:
        with ExitStack() as running, place.clock.engine():
            try:
                network = opened(place.engine, running)
            except EngineFailed as error:
                return {each.name: str(error) for each in services}
            for each in services:
                place.say(each.name, "starting the service")
                try:
                    start(place.engine, each, network, running)
                except EngineFailed as error:
                    failed[each.name] = str(error).removeprefix(CANNOT_USE.format(each.name))
    return failed
