"""A project slimmed: the leanest rung that proved itself is slimmed, whatever became of it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from unladen.climb.interface import Options
from unladen.climb.ladder import SLIMMED
from unladen.climb.memory import memory_of, on_remembered_layers
from unladen.climb.site import open_site
from unladen.climb.slimmed import full_image, ground_for
from unladen.climb.story import climb
from unladen.dockerfile.choose import standing
from unladen.engine.hostsettings import HostSettings
from unladen.engine.interface import Engine
from unladen.errors import BaseMissing
from unladen.keep.keeplist import Policy
from unladen.language.interface import Overrides
from unladen.progress import Watcher, silent
from unladen.proof.interface import ProofPlan
from unladen.slimming.interface import Summary
from unladen.slimming.story import slim
from unladen.trial.services import with_services


def slim_project(
    root: Path,
    engine: Engine,
    host: HostSettings,
    overrides: Overrides,
    plan: ProofPlan,
    options: Options,
    policy: Policy,
    watch: Watcher = silent,
) -> Summary:
    """Writes nothing into the project. `options.only` None climbs the rung that a former list was made from, else the
    leanest ones. Raises what `optimize` and `slim` raise, and BaseMissing where the image that packs cannot be had."""
    name = next(rung for rung, its in SLIMMED.items() if its == policy)
    options = replace(options, only=(*(options.only or ()), name))
    site = open_site(root, engine, host, overrides, options, watch)
    if missing := site.foundations.missing.get(name):
        raise BaseMissing(missing)
    plan = with_services(site, plan, root, options.bases, options.cache)
    memory = memory_of(site, plan, options)
    site = on_remembered_layers(site, memory)
    climbed = climb(site, plan, options, memory)
    [rung] = site.ladder.to_slim
    ground = ground_for(site, climbed, plan, options.cache)
    full = full_image(site, climbed, rung, options.slim.former)
    slimmed = slim(site, full, ground, options.slim)
    site.sizes.save()
    project = site.ladder.project
    return Summary(
        subject=project.name,
        slimmed=slimmed,
        baseline_bytes=climbed.baseline.weight.size_bytes,
        dockerfile=os.path.relpath(standing(root, project.users.path if project.users else None), root),
        ignore_file=os.path.relpath(project.ignore_file, root),
        notes=plan.notes,
    )
