"""Times a usual optimize against one that times the whole table; ratios within one run.

    python benchmarks/quick.py [--engine docker|podman] [--sample NAME] [--rungs A,B,…]

Exits 1 when a bar is missed. `--time all` builds each rung without the layer cache, as every run once did.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bars import Bar, conclude

import unladen
from unladen.climb.interface import Climb
from unladen.engine.find import EngineChoice
from unladen.measure.interface import Timing
from unladen.progress import Event

SAMPLES = Path(__file__).parent.parent / "samples"


@dataclass(frozen=True)
class Run:
    """`picture_s` is how long after the baseline was built its picture came."""

    climb: Climb
    seconds: float
    picture_s: float


def run(sample: str, engine: EngineChoice, rungs: tuple[str, ...] | None, timing: Timing) -> Run:
    at: dict[str, float] = {}

    def watch(event: Event) -> None:
        if event.parts or event.phase == "built":
            at.setdefault("picture" if event.parts else "built", time.monotonic())
        print(f"{time.monotonic() - begin:6.1f} s  {event.subject}: {event.phase}", file=sys.stderr)

    with tempfile.TemporaryDirectory() as folder:
        shared = Path(os.environ.get("UNLADEN_CACHE") or Path.home() / ".cache" / "unladen") / "bases"
        shared.mkdir(parents=True, exist_ok=True)
        Path(folder, "bases").symlink_to(shared)  # bases are not what is timed here
        begin = time.monotonic()
        climb = unladen.optimize(
            SAMPLES / sample, engine=engine, rungs=rungs, time=timing, cache=Path(folder), watch=watch
        )
        return Run(climb, time.monotonic() - begin, at["picture"] - at["built"])


def bars(sample: str, usual: Run, whole: Run) -> Iterator[Bar]:
    print(f"{sample}: {usual.seconds:.0f} s, {whole.seconds:.0f} s with --time all")
    if usual.climb.recommended != whole.climb.recommended:
        sys.exit(f"{usual.climb.recommended} is recommended, and {whole.climb.recommended} with --time all")
    yield Bar(f"{sample}: usual run", usual.seconds / whole.seconds, 0.5, "x of --time all")
    yield Bar(f"{sample}: first picture", usual.picture_s, 5, "s after the baseline is built")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", default="auto", choices=("auto", "docker", "podman"))
    parser.add_argument("--sample", action="append")
    parser.add_argument("--rungs")
    wanted = parser.parse_args()
    rungs = tuple(wanted.rungs.split(",")) if wanted.rungs else None
    found: list[Bar] = []
    for sample in wanted.sample or ("python-fastapi", "go-users"):
        whole = run(sample, wanted.engine, rungs, "all")
        found += bars(sample, run(sample, wanted.engine, rungs, "recommended"), whole)
    conclude(found)


if __name__ == "__main__":
    main()
