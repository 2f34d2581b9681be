"""What an image costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Timing = Literal["none", "recommended", "all"]
"""What is timed: nothing; starts, and a cold build of the rung that is recommended; or starts and builds of each."""


@dataclass(frozen=True)
class Weight:
    """Sizes in bytes. `compressed_bytes` is the sum of the layers, each gzip level 6, as a registry stores
    them; `files` counts the regular files of the merged tree; `layers` those that hold something."""

    size_bytes: int
    compressed_bytes: int
    files: int
    layers: int


@dataclass(frozen=True)
class Times:
    """Seconds of wall time; None where it was not measured.

    `build_cold_s`: without the engine's layer cache; `build_warm_s`: after one source file changed;
    `start_s`: from starting the container to the first healthy answer, minimum of several starts (`starts_s`);
    `baseline_starts_s`: those of the baseline, one in each turn with one of these. `timed` is how much was to be
    measured.
    """

    build_cold_s: float | None = None
    build_warm_s: float | None = None
    start_s: float | None = None
    starts_s: tuple[float, ...] = ()
    baseline_starts_s: tuple[float, ...] = ()
    timed: Timing = "all"
