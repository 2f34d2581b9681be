"""docs/results.md: what the benchmark measured, and nothing that it did not."""

from __future__ import annotations

import datetime
import os
import platform
from dataclasses import dataclass, field
from pathlib import Path

from bars import Bar

from seeded.alarms import Alarms
from seeded.faults import BENCHMARKS
from seeded.judging import Finding
from seeded.routes import Counted
from seeded.tables import by_evidence, by_program_and_kind, misses, table

RESULTS = BENCHMARKS.parent / "docs" / "results.md"
BEGIN, END = "<!-- bench:proof -->", "<!-- /bench:proof -->"
TITLE = "# Results\n"


@dataclass
class Results:
    """Filled as the benchmark goes."""

    findings: list[Finding] = field(default_factory=list)
    alarms: list[Alarms] = field(default_factory=list)
    routes: list[Counted] = field(default_factory=list)


def write(file: Path, results: Results, bars: list[Bar]) -> None:
    """Replaces what stands between the markers; the file is made where there is none."""
    text = file.read_text(encoding="utf-8") if file.is_file() else f"{TITLE}\n{BEGIN}\n{END}\n"
    if BEGIN not in text:
        text = f"{text.rstrip()}\n\n{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    file.write_text(f"{before}{BEGIN}\n{section(results, bars)}\n{END}{after}", encoding="utf-8")


def section(results: Results, bars: list[Bar]) -> str:
    today = datetime.date.today()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [
        "## The proof",
        f"By `benchmarks/proof.py` on {today:%d %B %Y}, on a machine with {os.cpu_count()} cores and "
        f"{memory:.0f} GB of memory ({platform.machine()}, {platform.system()}), Python {platform.python_version()}.",
        table([("bar", "measured", "wanted"), *(_row(bar) for bar in bars)]),
    ]
    if results.findings:
        parts += [
            "Faults that were put into a proved image, and how many of them were caught with a cause that names them:",
            by_program_and_kind(results.findings),
            "Which evidence named them:",
            by_evidence(results.findings),
        ]
        lines = [f"- {line}" for line in misses(results.findings)]
        parts += ["Not caught:", "\n".join(lines)] if lines else []
    if results.routes:
        rows = [(each.project, str(each.expected), str(each.asked)) for each in results.routes]
        parts += [
            "Routes of projects without an OpenAPI document, as a person counts them in the source:",
            table([("project", "counted", "known and asked"), *rows]),
        ]
    return "\n\n".join(parts)


def _row(bar: Bar) -> tuple[str, str, str]:
    sign = "≥" if bar.at_least else "≤"
    mark = "" if bar.holds else " (missed)"
    return bar.name, f"{bar.value:.4g} {bar.unit}{mark}", f"{sign} {bar.limit:.4g} {bar.unit}"
