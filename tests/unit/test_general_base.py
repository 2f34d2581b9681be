"""Lighter bases: which image has a lighter one, and how the user's FROM lines come to name it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from unladen.dockerfile.stages import parse
from unladen.dockerfile.users import UsersDockerfile
from unladen.general.base import on_lighter
from unladen.general.families import lighter


@pytest.mark.parametrize(
    ("base", "light"),
    [
        ("python:3.11", "python:3.11-slim"),
        ("python", "python:slim"),
        ("python:3.11-bookworm", "python:3.11-slim-bookworm"),
        ("docker.io/library/python:3.13-rc", "docker.io/library/python:3.13-rc-slim"),
        ("node:20-bullseye", "node:20-bullseye-slim"),
        ("node:lts", "node:lts-slim"),
        ("ruby:3.3-bookworm", "ruby:3.3-slim-bookworm"),
        ("perl:5.38", "perl:5.38-slim"),
        ("debian:bookworm", "debian:bookworm-slim"),
        ("debian:12.5", "debian:12.5-slim"),
        ("eclipse-temurin:17-jdk-jammy", "eclipse-temurin:17-jre-jammy"),
        ("openjdk:11-jdk", "openjdk:11-jre-slim"),
    ],
)
def test_each_family_has_its_lighter_image(base: str, light: str) -> None:
    assert lighter(base, is_last=True, own={}) == light


@pytest.mark.parametrize(
    "base",
    [
        "python:3.11-slim",
        "python:3.11-alpine",
        "python:3.11-windowsservercore",
        "python:3.11@sha256:0123",
        "node:20-alpine3.19",
        "golang:1.24",
        "rust:1.80",
        "maven:3",
        "gradle:8",
        "openjdk:21",
        "php:8.2-apache",
        "ubuntu:22.04",
        "eclipse-temurin:17-jre",
        "gcr.io/distroless/python3-debian12",
        "registry.example:5000/python:3.11",
        "localhost/python:3.11",
    ],
)
def test_what_is_light_a_toolchain_or_not_known_has_none(base: str) -> None:
    assert lighter(base, is_last=True, own={}) is None


def test_what_only_runs_is_nothing_to_build_with() -> None:
    assert lighter("eclipse-temurin:17-jdk", is_last=False, own={}) is None


def test_the_users_own_choice_comes_first() -> None:
    own = {"docker.io/library/python:3.11": "corp/python:3.11-hardened"}
    assert lighter("python:3.11", is_last=True, own=own) == "corp/python:3.11-hardened"


def moved(text: str, own: Mapping[str, str] = {}, target: str = "", **build_args: str) -> str:
    found = on_lighter(UsersDockerfile(parse(text, target=target, build_args=build_args)), own)
    return found if isinstance(found, str) else found.text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FROM python:3.11\r\nRUN x\r\n", "FROM python:3.11-slim\r\nRUN x\r\n"),
        (
            "\ufefffrom --platform=linux/amd64 python:3.11 as a",
            "\ufefffrom --platform=linux/amd64 python:3.11-slim as a",
        ),
        ("# syntax=x\n\n# why\nFROM python:3\n", "# syntax=x\n\n# why\nFROM python:3-slim\n"),
        ("ARG V=3.11\nFROM python:${V}\nRUN x", "ARG V=3.11\nFROM python:${V}-slim\nRUN x"),
        ("ARG B=python:3\nFROM $B\n", "ARG B=python:3-slim\nFROM $B\n"),
        ('ARG A B="python:3" C\nFROM $B\n', 'ARG A B="python:3-slim" C\nFROM $B\n'),
        ("ARG V=3-bookworm\nFROM python:$V\n", "ARG V=3-slim-bookworm\nFROM python:$V\n"),
        (
            "ARG V=3-bookworm\nFROM python:$V\nARG V\n",
            "ARG V=3-bookworm\nFROM python:3-slim-bookworm\nARG V\n",
        ),
        ("ARG B=python:3\nFROM $B AS a\nFROM $B\n", "ARG B=python:3\nFROM $B AS a\nFROM python:3-slim\n"),
        ("FROM python:3 AS python\nFROM python\nRUN x", "FROM python:3-slim AS python\nFROM python\nRUN x"),
        (
            "FROM golang:1.24 AS b\nFROM debian:12\nCOPY --from=b a a\n",
            "FROM golang:1.24 AS b\nFROM debian:12-slim\nCOPY --from=b a a\n",
        ),
        (
            "FROM python:3 AS b\nRUN make\nFROM debian:12\n",
            "FROM python:3 AS b\nRUN make\nFROM debian:12-slim\n",
        ),
    ],
)
def test_only_the_name_of_the_images_own_base_changes(before: str, after: str) -> None:
    assert moved(before) == after


def test_an_argument_that_is_given_is_not_its_default() -> None:
    assert moved("ARG B=python:3\nFROM $B\n", B="python:3.12") == "ARG B=python:3\nFROM python:3.12-slim\n"


def test_a_name_that_follows_from_variables_goes_on_to_do_so() -> None:
    assert moved("ARG B\nFROM ${B:-python:3}\n", B="python:3.12") == "ARG B\nFROM ${B:-python:3}-slim\n"


def test_the_target_decides_which_base_is_the_images() -> None:
    text = "FROM python:3 AS app\nFROM debian:12 AS tests\n"
    assert moved(text, target="app") == "FROM python:3-slim AS app\nFROM debian:12 AS tests\n"


def test_own_bases_are_for_every_stage() -> None:
    own = {"golang:1.24": "corp/go:1.24", "debian:12": "corp/run:12"}
    assert (
        moved("FROM golang:1.24 AS b\nFROM debian:12\n", own) == "FROM corp/go:1.24 AS b\nFROM corp/run:12\n"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("FROM scratch\nCOPY a /\n", "built from scratch"),
        ("FROM python:3@sha256:01\n", "pinned by its digest; --base python:3@sha256:01=NAME"),
        ("FROM python:3-slim\n", "python:3-slim is a light one already"),
        ("FROM debian:12-slim\n", "debian:12-slim is a light one already"),
        ("FROM golang:1.24\n", "what a toolchain made belongs on a base of its own"),
        ("FROM corp/base:1\n", "no lighter base than corp/base:1 is known; --base corp/base:1=NAME"),
    ],
)
def test_where_there_is_none_the_reason_says_what_could_be_done(text: str, why: str) -> None:
    assert why in moved(text)
