"""The engine of engine tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import found

from unladen.engine.interface import Engine

ENGINES = ("docker", "podman")

sys.path.append(str(Path(__file__).parent.parent.parent / "benchmarks"))  # its seeded faults are tests, too


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Every engine in turn. Parametrize it indirectly for less: docker_alone, any_engine."""
    engine = found(request.param)
    yield engine
    engine.close()
