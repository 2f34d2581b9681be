"""Climbs the samples' ladders and holds the figures against the bars; ratios within one run.

    python benchmarks/ladders.py [--engine docker|podman] [--update-readme]

Exits 1 when a bar is missed. Every figure is measured in this run; nothing is taken from an earlier one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bars import Bar, conclude

HERE = Path(__file__).parent
README = HERE.parent / "README.md"


@dataclass(frozen=True)
class Run:
    report: dict[str, Any]
    markdown: str
    svg: str
    seconds: float
    peak_mb: float


def climb(sample: str, engine: str, cache: Path, *, fresh: bool) -> Run:
    """One run of the command line, as a user would; its own peak memory, without the engine's."""
    with tempfile.TemporaryDirectory() as folder:
        report, table, svg = Path(folder, "report.json"), Path(folder, "table.md"), Path(folder, "table.svg")
        command = [sys.executable, "-m", "unladen", "optimize", f"samples/{sample}", "--quiet"]
        command += ["--engine", engine, "--json", str(report), "--markdown", str(table)]
        command += ["--svg", str(svg), "--time", "all"]
        command += ["--fresh"] if fresh else []
        begin = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=HERE.parent,
            env={**os.environ, "UNLADEN_CACHE": str(cache)},
            stdout=subprocess.DEVNULL,
        )
        peak = _peak(process)
        if process.returncode != 0:
            sys.exit(f"unladen optimize {sample} failed with exit code {process.returncode}")
        seconds = time.monotonic() - begin
        return Run(json.loads(report.read_text()), table.read_text(), svg.read_text(), seconds, peak)


def _peak(process: subprocess.Popen[bytes]) -> float:
    """Peak resident memory in MB of the tool and the Python helpers it starts (VmHWM, summed), by sampling."""
    peak: dict[int, int] = {}
    while process.poll() is None:
        for pid in _family(process.pid):
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            name = re.search(r"Name:\s+(\S+)", status)
            high = re.search(r"VmHWM:\s+(\d+)", status)
            if name and high and name[1].startswith("python"):
                peak[pid] = int(high[1])
        time.sleep(0.1)
    return max(peak.values(), default=0) / 1e3


def _family(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def bars(python: Run, again: Run, go: Run) -> Iterator[Bar]:
    """The bars of the specification."""
    for run, name, share in (
        (python, "distroless", 14.5),
        (python, "sourceless", 12.0),
        (go, "scratch", 1.2),
    ):
        rung = rung_of(run, name)
        percent = 100 * rung["size_bytes"] / run.report["baseline"]["size_bytes"]
        yield Bar(f"{run.report['project']['language']} {name}: size", percent, share, "% of its baseline")
    yield Bar("go scratch: size", rung_of(go, "scratch")["size_bytes"] / 1e6, 11, "MB")
    balanced = rung_of(python, "distroless")
    yield Bar(
        "python distroless: start", balanced["start_s"] / python.report["baseline"]["start_s"], 1.1, "x"
    )
    for run in (python, go):
        language = run.report["project"]["language"]
        yield Bar(
            f"{language}: own time", 100 * run.report["own_seconds"] / run.report["seconds"], 15, "% of all"
        )
        yield Bar(f"{language}: peak memory", run.peak_mb, 200, "MB")
    yield Bar("python: second run", 100 * again.seconds / python.seconds, 20, "% of the first")


def rung_of(run: Run, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(rung for rung in run.report["rungs"] if rung["name"] == name)
    if found["status"] != "proved":
        sys.exit(f"{name} is {found['status']}: {found['reason']}")
    return found


def update_readme(tables: dict[str, str]) -> None:
    """Replaces what stands between the README's markers."""
    text = README.read_text()
    for sample, table in tables.items():
        begin, end = f"<!-- bench:{sample} -->", f"<!-- /bench:{sample} -->"
        before, rest = text.split(begin, 1)
        text = f"{before}{begin}\n{table.strip()}\n{end}{rest.split(end, 1)[1]}"
    README.write_text(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--update-readme", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        shared = Path(os.environ.get("UNLADEN_CACHE") or Path.home() / ".cache" / "unladen")
        (shared / "bases").mkdir(parents=True, exist_ok=True)
        (cache / "bases").symlink_to(shared / "bases")  # bases are not what is timed here
        python = climb("python-fastapi", wanted.engine, cache, fresh=True)
        again = climb("python-fastapi", wanted.engine, cache, fresh=False)
        go = climb("go-users", wanted.engine, cache, fresh=True)
    for run in (python, go):
        print(run.markdown)
    if wanted.update_readme:
        update_readme({"python-fastapi": python.markdown, "go-users": go.markdown})
        (README.parent / "docs" / "optimize.svg").write_text(python.svg)
    conclude(bars(python, again, go))


if __name__ == "__main__":
    main()
