"""What well-known servers are asked: recipes that ship with unladen, one file each (proof/images)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any

from unladen.engine.interface import ImageFacts
from unladen.proof.interface import (
    CONFIGURED,
    NO_CASES,
    CommandCase,
    Corpus,
    Coverage,
    ProofPlan,
    RequestCase,
)
from unladen.proof.sources.interface import Surroundings
from unladen.proof.sources.programs import is_program

FOLDER = "images"
_VARIABLE = re.compile(r"\{(\w+)=([^{}]*)\}")
_LETS_IN = re.compile(r"PASSWORD|AUTH_METHOD")
"""Names of variables by which a user says who is let in."""


@dataclass(frozen=True)
class Recipe:
    """How a server is proved that is started by one of these `programs` (names, or patterns of them). `env` is what it
    does not start without, where neither the image nor the user says it; `commands` run inside its container, by
    clients that the image has."""

    name: str
    programs: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    commands: tuple[CommandCase, ...] = ()
    requests: tuple[RequestCase, ...] = ()
    stays: bool = False
    """It has no port, and runs until it is stopped."""


def recipe_for(facts: ImageFacts) -> Recipe | None:
    """The recipe of the program that an image starts, by the names in its command line."""
    words = {word.rpartition("/")[2] for word in (*facts.entrypoint, *facts.cmd)}
    return next(
        (
            each
            for each in recipes()
            if any(fnmatchcase(word, name) for word in words for name in each.programs)
        ),
        None,
    )


def needed_env(facts: ImageFacts, told: Mapping[str, str]) -> Mapping[str, str]:
    """What a well-known server does not start without, where neither the image nor what it is `told` says it."""
    recipe = recipe_for(facts)
    if recipe is None or any(_LETS_IN.search(name) for name in (*facts.env, *told)):
        return {}
    return recipe.env


def stays(facts: ImageFacts, plan: ProofPlan) -> bool:
    """Whether a program without a port runs until it is stopped: a recipe says so, or commands are to run inside its
    container, or after a restart."""
    recipe = recipe_for(facts)
    return any(each.inside for each in plan.commands) or (recipe is not None and recipe.stays)


def known_image(around: Surroundings) -> Corpus:
    """The recipe's cases, where the baseline is such a server. What asks by a client that is not in the image is left
    out. A user's own commands take a recipe's place."""
    recipe = recipe_for(around.facts)
    if (
        recipe is None
        or not around.program.runs_on
        or any(each.inside and each.origin == CONFIGURED for each in around.plan.commands)
    ):
        return NO_CASES
    env = {**around.facts.env, **around.program.env}
    there = {name: is_program(around, name) for name in {case.argv[0] for case in recipe.commands}}
    commands = [_filled(case, env) for case in recipe.commands if there[case.argv[0]]]
    requests = recipe.requests if around.program.speaks == "http" else ()
    if not commands and not requests:
        return NO_CASES
    missing = sorted(name for name, found in there.items() if not found)
    left = f" (not asked: the image has no {', '.join(missing)})" if missing else ""
    names = tuple(case.id for case in commands) + tuple(case.route for case in requests)
    note = f"{len(commands) + len(requests)} cases of unladen's recipe for {recipe.name}{left}"
    return Corpus((*requests, *commands), Coverage(names, names, note))


@cache
def recipes() -> tuple[Recipe, ...]:
    """All that ship, by name."""
    folder = files("unladen.proof") / FOLDER
    found = sorted(
        (each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda each: each.name
    )
    return tuple(
        _recipe(each.name.removesuffix(".toml"), tomllib.loads(each.read_text("utf-8"))) for each in found
    )


def _recipe(name: str, said: Mapping[str, Any]) -> Recipe:
    origin = f"the recipe for {name}"
    commands = tuple(
        CommandCase(
            f"{name}: {each['name']}",
            tuple(each["args"]),
            each.get("stdin", "").encode(),
            None,
            origin,
            own=True,
            expects_failure=each.get("fails", False),
            inside="restarted" if each.get("restarted") else "serving",
        )
        for each in said.get("command", ())
    )
    requests = tuple(
        RequestCase(
            f"{name}: {each['name']}",
            f"{each.get('method', 'GET')} {each['path']}",
            each.get("method", "GET"),
            each["path"],
            tuple(sorted(each.get("headers", {}).items())),
            origin=origin,
            kind="invalid" if each.get("fails") else "valid",
        )
        for each in said.get("request", ())
    )
    return Recipe(
        name, tuple(said["programs"]), said.get("env", {}), commands, requests, said.get("stays", False)
    )


def _filled(case: CommandCase, env: Mapping[str, str]) -> CommandCase:
    """With the values of the environment for {NAME=else this}."""

    def filled(word: str) -> str:
        while (more := _VARIABLE.sub(lambda match: env.get(match[1]) or match[2], word)) != word:
            word = more
        return word

    return replace(case, argv=tuple(map(filled, case.argv)))
