"""What sessions have in an engine's store, found by the names that were written down, and how it is removed."""

from __future__ import annotations

import time
from collections.abc import Iterable

from unladen.engine.client import Client
from unladen.engine.facts import full_id
from unladen.engine.interface import LABEL
from unladen.engine.owned import Written

PATIENCE = 5.0
"""Seconds that an image in use by a container is tried again."""


def containers_of(client: Client, written: Written) -> dict[str, str]:
    """The session's containers that are still there: name → id. One of the same name without the label that says
    this name is not ours."""
    if not written.containers:
        return {}
    every = client.run("ps", "--all", "--format", "{{.Names}}").text.split()
    named = sorted(written.containers.intersection(every))
    if not named:
        return {}
    asked = f'{{{{.Id}}}} {{{{.Name}}}} {{{{index .Config.Labels "{LABEL}"}}}}'
    lines = client.run("container", "inspect", "--format", asked, *named).text.splitlines()
    found = [line.split() for line in lines]
    return {name.lstrip("/"): id for id, name, *label in found if label == [name.lstrip("/")]}


def networks_of(client: Client, written: Written) -> tuple[str, ...]:
    """The session's networks that are still there, each with the label that says its own name."""
    if not written.networks:
        return ()
    every = client.run("network", "ls", "--format", "{{.Name}}").text.split()
    named = sorted(written.networks.intersection(every))
    if not named:
        return ()
    asked = f'{{{{.Name}}}} {{{{index .Labels "{LABEL}"}}}}'
    lines = client.run("network", "inspect", "--format", asked, *named).text.splitlines()
    return tuple(name for name, *label in map(str.split, lines) if label == [name])


def images_of(client: Client, written: Written) -> dict[str, str]:
    """The session's images that are still there: name → id."""
    if not written.images:
        return {}
    lines = client.run(
        "images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"
    ).text.splitlines()
    every = dict(line.removeprefix("localhost/").split() for line in lines)
    return {name: full_id(id) for name, id in every.items() if name in written.images}


def nameless(client: Client, images: Iterable[str]) -> set[str]:
    """Those of the images that are still there and have no name."""
    ids = sorted(set(images))
    if not ids:
        return set()
    # An id that is gone is a complaint on stderr; the others are answered all the same.
    lines = client.run("image", "inspect", "--format", "{{.Id}} {{len .RepoTags}}", *ids).text.splitlines()
    return {full_id(line.split()[0]) for line in lines if line.endswith(" 0")}


def remove(client: Client, removal: tuple[str, ...], written: Written) -> bool:
    """Removes what the session left; `removal` is the engine's command for a container, with the anonymous volumes
    that were made with it. Whether nothing named is left."""
    if containers := containers_of(client, written):
        client.run(*removal, *containers.values())
    for network in networks_of(client, written):
        client.run("network", "rm", network)
    _remove_images(client, images_of(client, written))
    _remove_images(client, nameless(client, written.steps))
    return not (containers_of(client, written) or networks_of(client, written) or images_of(client, written))


def _remove_images(client: Client, images: Iterable[str]) -> None:
    """Those and no other, and never by force: a container of the user's may be made of one, an image of his built on
    one, and its nameless parents may be the cache of a build that is not ours.

    One that others are built on can only go after them, hence the rounds. The container of a step that was
    broken off goes in its own time, hence the patience. What stays in use stays.
    """
    deadline = time.monotonic() + PATIENCE
    todo = sorted(images)
    while todo:
        ran = client.run("image", "rm", "--no-prune", *todo)
        if ran.code == 0:
            return
        there = [
            image for image in todo if client.run("image", "inspect", "--format", "{{.Id}}", image).code == 0
        ]
        if there == todo:
            if "container" not in ran.complaint or time.monotonic() > deadline:
                return
            time.sleep(0.2)
        todo = there
