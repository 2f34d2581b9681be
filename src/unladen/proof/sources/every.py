"""Every source of cases, in the order in which their cases are asked."""

from __future__ import annotations

from unladen.proof.interface import Corpus
from unladen.proof.sources.collected import collected
from unladen.proof.sources.configured import corpus_from_config
from unladen.proof.sources.crawl import crawl
from unladen.proof.sources.documents import documented
from unladen.proof.sources.graphql import queried
from unladen.proof.sources.grpc import reflected
from unladen.proof.sources.healthchecks import checked
from unladen.proof.sources.interface import Source, Surroundings
from unladen.proof.sources.own_tests import tested
from unladen.proof.sources.procfile import released
from unladen.proof.sources.programs import called, with_own
from unladen.proof.sources.readme import shown
from unladen.proof.sources.recipes import known_image
from unladen.proof.sources.routes import routed
from unladen.proof.sources.websocket import spoken_to


def described(around: Surroundings) -> Corpus:
    """What unladen.toml describes."""
    return corpus_from_config(around.plan.requests, with_own(around, around.plan.commands))


def learned(around: Surroundings) -> Corpus:
    """What production showed (--learn)."""
    return around.plan.learned


SOURCES: tuple[Source, ...] = (
    described,
    documented,
    queried,
    routed,
    spoken_to,
    known_image,
    checked,
    shown,
    collected,
    crawl,
    called,
    tested,
    released,
    learned,
)
OVER_HTTP2: tuple[Source, ...] = (reflected,)
"""Those for a port that speaks HTTP/2 alone."""
