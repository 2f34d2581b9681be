"""Which tests are run one after the other when two processes share them."""

from __future__ import annotations

import pytest

from processes import group

FILE = "tests/engine/test_keep_build.py"


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (f"{FILE}::test_one[podman]", "podman"),
        (f"{FILE}::test_one[buildah]", "podman"),
        (f"{FILE}::test_one[:nonroot-podman]", "podman"),
        (f"{FILE}::test_one[podman-cache]", "podman"),
        (f"{FILE}::test_one[docker-cache]", "docker"),
        (f"{FILE}::test_one[legacy]", "docker"),
        (f"{FILE}::test_one", "docker"),
        ("tests/unit/test_engine_parts.py::test_one[podman]", "tests/unit/test_engine_parts.py"),
        ("tests/engine/test_sensor_alone.py::test_one", "tests/engine/test_sensor_alone.py"),
    ],
)
def test_an_engine_is_in_one_process(test: str, expected: str) -> None:
    assert group(test) == expected
