"""Builds the sensor (sensor/sensor.c) for every architecture into the wheel, or into a development checkout.

The compiler is the `ziglang` wheel in one exact version, which brings its own C library, linker and kernel headers:
the same source gives the same bytes on every machine. It is asked for only when a sensor of this very source is not
in the user's cache yet, so that installing again takes no longer than without it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

COMPILER = "ziglang==0.17.1"
ARCHITECTURES = ("x86_64", "aarch64")
SOURCE = Path("sensor/sensor.c")
PLACE = Path("src/unladen/tracing/bin")
WARNINGS = ("-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Werror")
FLAGS = ("-std=gnu11", "-Os", "-static", "-s", *WARNINGS)


class SensorHook(BuildHookInterface[BuilderConfig]):
    """Runs before hatchling collects the files of a wheel; an editable install counts as one."""

    def dependencies(self) -> list[str]:
        cached = cache(Path(self.root))
        return [] if all((cached / name(each)).is_file() for each in ARCHITECTURES) else [COMPILER]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root, cached = Path(self.root), cache(Path(self.root))
        compile_missing(root / SOURCE, cached)
        (root / PLACE).mkdir(parents=True, exist_ok=True)
        for architecture in ARCHITECTURES:
            shutil.copyfile(cached / name(architecture), root / PLACE / name(architecture))
            (root / PLACE / name(architecture)).chmod(0o755)
        # the tests ask it whether what is here was built from what is there
        (root / PLACE / "sensor.c.sha256").write_text(
            hashlib.sha256((root / SOURCE).read_bytes()).hexdigest()
        )
        build_data["artifacts"].append(f"{PLACE}/*")


def name(architecture: str) -> str:
    return f"sensor-{architecture}"


def cache(root: Path) -> Path:
    """The folder of the binaries that this source, this compiler and these flags make."""
    content = (root / SOURCE).read_bytes() + "\0".join((COMPILER, *FLAGS)).encode()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "unladen" / "sensor" / hashlib.sha256(content).hexdigest()[:16]


def compile_missing(source: Path, folder: Path) -> None:
    """Compiles side by side what `folder` lacks; a binary appears there whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    running = []
    for architecture in ARCHITECTURES:
        made, unfinished = folder / name(architecture), folder / f"{name(architecture)}.{os.getpid()}"
        if not made.is_file():
            compiler = (sys.executable, "-m", "ziglang", "cc", "-target", f"{architecture}-linux-musl")
            command = (*compiler, *FLAGS, "-o", str(unfinished), str(source))
            running.append((subprocess.Popen(command), unfinished, made))
    for process, unfinished, made in running:
        if process.wait() != 0:
            raise RuntimeError(f"cannot compile {source} for {made.name}: see the compiler's messages above")
        unfinished.replace(made)
