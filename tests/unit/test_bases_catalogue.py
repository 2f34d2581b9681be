"""The names under which base images can be had, and what changes with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from unladen.bases.assemble import changes
from unladen.bases.catalogue import CATALOGUE, canonical, find
from unladen.bases.recipe import Bootstrapped, Settings


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("python:3.11", "python:3.11"),
        ("docker.io/library/python:3.11", "python:3.11"),
        ("docker.io/python:3", "python:3.11"),
        ("python:3.11-slim-bookworm", "python:3.11-slim"),
        ("localhost/golang:1.24-trixie", "golang:1.24"),
        ("golang:1.26-alpine3.23", "golang:1.26-alpine"),
        ("python:3.11.2-alpine", "python:3.11-alpine"),
        ("debian:12-slim", "debian:bookworm-slim"),
        ("gcr.io/distroless/static-debian12:latest", "gcr.io/distroless/static-debian12"),
        ("gcr.io/distroless/python3-debian12:nonroot", "gcr.io/distroless/python3-debian12:nonroot"),
    ],
)
def test_every_true_name_finds_its_recipe(reference: str, name: str) -> None:
    recipe = find(reference)
    assert recipe is not None
    assert recipe.name == name


@pytest.mark.parametrize(
    "reference",
    [
        "python:3.10-alpine",
        "python:3.11-alpine3.22",
        "python:alpine",
        "alpine",
        "alpine:3.22",
        "golang:alpine",
        "golang:1.26.10",
        "python:3.12",
        "python",
        "golang:1.24-bookworm",
        "someone/python:3.11",
        "quay.io/library/python:3.11",
        "gcr.io/distroless/python3-debian12:debug",
    ],
)
def test_no_stand_in_takes_a_name_that_would_be_a_lie(reference: str) -> None:
    assert find(reference) is None


def test_no_two_recipes_share_a_name() -> None:
    names = [name for recipe in CATALOGUE.values() for name in (recipe.name, *recipe.aliases)]
    assert len(names) == len(set(names))
    assert all(canonical(name) == name for name in names)


def test_users_share_files_and_differ_as_images() -> None:
    root = CATALOGUE["gcr.io/distroless/static-debian12"]
    nonroot = CATALOGUE["gcr.io/distroless/static-debian12:nonroot"]
    assert root.content_digest == nonroot.content_digest
    assert root.digest != nonroot.digest


def test_a_changed_package_list_is_another_content() -> None:
    recipe = CATALOGUE["python:3.11-slim"]
    assert isinstance(recipe.root, Bootstrapped)
    longer = replace(recipe, root=replace(recipe.root, packages=(*recipe.root.packages, "git")))
    assert longer.content_digest != recipe.content_digest
    assert replace(recipe, settings=Settings()).content_digest == recipe.content_digest


def test_the_configuration_is_that_of_the_registry_s_image() -> None:
    recipe = CATALOGUE["gcr.io/distroless/python3-debian12:nonroot"]
    assert changes(recipe, "0123") == (
        'ENV PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"',
        'ENV SSL_CERT_FILE="/etc/ssl/certs/ca-certificates.crt"',
        'ENV LANG="C.UTF-8"',
        'ENTRYPOINT ["/usr/bin/python3.11"]',
        "WORKDIR /home/nonroot",
        "USER 65532",
        'LABEL dev.unladen.base="assembled from Debian packages"',
        f'LABEL dev.unladen.base.recipe="{recipe.digest}"',
        'LABEL dev.unladen.base.key="0123"',
    )
