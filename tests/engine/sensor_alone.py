"""Runs the sensor on this machine, without a container."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from unladen.tracing.log import Trace, parse
from unladen.tracing.sensor_binary import sensor_for

PYTHON = sys.executable
SOURCE = Path(__file__).parents[2] / "sensor" / "sensor.c"


@dataclass(frozen=True)
class Ran:
    code: int
    stderr: str
    trace: Trace

    def results(self, path: str | Path) -> set[tuple[str, int]]:
        """(call, errno) of every touch of the path."""
        return {(each.call, each.result) for each in self.trace.touches if each.path == str(path)}


Run = Callable[..., Ran]


def built_sensor() -> Path:
    """The sensor for this machine. Fails the test where it was built from another source than the checkout's."""
    binary = sensor_for(os.uname().machine)
    built_from = binary.with_name("sensor.c.sha256")
    source = hashlib.sha256(SOURCE.read_bytes()).hexdigest()
    if not built_from.is_file() or built_from.read_text() != source:
        pytest.fail(f"{binary} was not built from this {SOURCE}: pip install --no-deps --editable .")
    return binary


def run_sensor(
    sensor: Path, log: Path, *command: str, cwd: Path | None = None, under: tuple[str, ...] = ()
) -> Ran:
    """Runs `command` under the sensor, and the sensor itself under the command `under`."""
    log.unlink(missing_ok=True)
    done = subprocess.run(
        [*under, sensor, log, "--", *command], cwd=cwd, capture_output=True, timeout=60, check=False
    )
    with log.open("rb") as lines:
        return Ran(done.returncode, done.stderr.decode(), parse(lines))


def python(code: str) -> tuple[str, ...]:
    return (PYTHON, "-S", "-c", textwrap.dedent(code))
