"""The sensor: a static program per architecture, built into the wheel from sensor/sensor.c."""

from __future__ import annotations

from pathlib import Path

from unladen.errors import SensorMissing

ARCHITECTURES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}
"""How images and kernels name an architecture → how the sensor's binary names it."""

FOLDER = Path(__file__).parent / "bin"


def sensor_for(architecture: str) -> Path:
    """The sensor that runs in an image of `architecture` ("amd64", "arm64/v8", "x86_64", …).

    Raises SensorMissing where tracing is not supported, or where this installation was not built.
    """
    name = ARCHITECTURES.get(architecture.partition("/")[0])
    if name is None:
        raise SensorMissing(
            f"cannot trace {architecture} images: the sensor exists for amd64 and arm64",
            hint="Without a trace, the policy `package` still works from static analysis alone.",
        )
    binary = FOLDER / f"sensor-{name}"
    if not binary.is_file():
        raise SensorMissing(
            f"cannot trace {architecture} images: {binary.name} is not part of this installation",
            hint="In a checkout, build it: pip install --editable .",
        )
    return binary
