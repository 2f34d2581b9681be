"""The engine of engine tests, and which process runs which of them."""

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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two processes never use the same engine at once: `pytest -n 2 --dist loadgroup` keeps groups together."""
    for item in items:
        if item.get_closest_marker("engine"):
            item.add_marker(pytest.mark.xdist_group(_engine_of(item)))


def _engine_of(item: pytest.Item) -> str:
    spec = getattr(item, "callspec", None)
    values = spec.params.values() if spec else ()
    return "podman" if any(value in ("podman", "buildah") for value in values) else "docker"
