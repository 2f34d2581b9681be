"""The engine of engine tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engines import found

from unladen.engine.interface import Engine

ENGINES = ("docker", "podman")


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Every engine in turn. Parametrize it indirectly for less: docker_alone, any_engine."""
    engine = found(request.param)
    yield engine
    engine.close()
