"""What sessions have in an engine's store, found by LABEL, and how it is removed."""

from __future__ import annotations

import time
from collections.abc import Iterable

from unladen.engine.client import Client
from unladen.engine.facts import full_id
from unladen.engine.interface import LABEL

PATIENCE = 5.0
"""Seconds that an image in use by a container is tried again."""


def sessions(client: Client) -> set[str]:
    """Every session that something here is labelled with."""
    found: set[str] = set()
    for kind, listing in (("container", ("ps", "--all")), ("image", ("images", "--all"))):
        ids = set(client.run(*listing, "--quiet", "--filter", f"label={LABEL}").text.split())
        if ids:
            label = f'{{{{index .Config.Labels "{LABEL}"}}}}'
            found |= set(client.run(kind, "inspect", "--format", label, *ids).text.split())
    return found


def images_of(client: Client, session: str) -> set[str]:
    label = f"label={LABEL}={session}"
    listed = client.run("images", "--all", "--quiet", "--no-trunc", "--filter", label).text
    return {full_id(line) for line in listed.split()}


def nameless(client: Client, images: Iterable[str]) -> set[str]:
    """Those of the images that are still there and have no name."""
    ids = sorted(set(images))
    if not ids:
        return set()
    # An id that is gone is a complaint on stderr; the others are answered all the same.
    lines = client.run("image", "inspect", "--format", "{{.Id}} {{len .RepoTags}}", *ids).text.splitlines()
    return {full_id(line.split()[0]) for line in lines if line.endswith(" 0")}


def remove_containers_of(client: Client, session: str, removal: tuple[str, ...]) -> None:
    """`removal` is the engine's command for it."""
    label = f"label={LABEL}={session}"
    ids = client.run("ps", "--all", "--quiet", "--no-trunc", "--filter", label).text.split()
    if ids:
        client.run(*removal, *ids)


def remove_images(client: Client, images: set[str]) -> None:
    """Those and no other: their nameless parents may be the cache of a build that is not ours.

    One that others are built on can only go after them, hence the rounds. The container of a step that was
    broken off goes in its own time, hence the patience. What stays in use stays.
    """
    deadline = time.monotonic() + PATIENCE
    before: set[str] = set()
    while images:
        ran = client.run("image", "rm", "-f", "--no-prune", *sorted(images))
        if ran.code == 0:
            return
        here = client.run("images", "--all", "--quiet", "--no-trunc").text.split()
        before, images = images, images & {full_id(id) for id in here}
        if images == before:
            if "container" not in ran.complaint or time.monotonic() > deadline:
                return
            time.sleep(0.2)
