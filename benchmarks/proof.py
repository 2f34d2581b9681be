"""Puts faults into images that are proved, and holds what the proof says of them against the bars.

    python benchmarks/proof.py [--engine docker|podman] [--part faults|alarms|routes|times]… [--program NAME]…
                               [--fault WORDS] [--jobs N] [--runs N] [--again] [--write]

Exits 1 when a bar is missed. Findings are remembered as long as neither the code nor the program nor the fault changes;
--again makes all of them anew.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from bars import Bar, NotMeasured, conclude
from seeded.alarms import alarms
from seeded.faults import Seeded, programs
from seeded.grounds import Laid, clean, lay
from seeded.judging import Finding, environment, find, losses, mismatches
from seeded.kept import Kept
from seeded.results import RESULTS, Results, write
from seeded.routes import Counted, counted
from seeded.tables import (
    ROUTES,
    bars_of_alarms,
    bars_of_faults,
    by_evidence,
    by_program_and_kind,
    misses,
)
from seeded.times import of_files, of_rung

from unladen import session
from unladen.engine.interface import Engine
from unladen.errors import UnladenError

PARTS = ("faults", "alarms", "routes", "times")
TIMED, FILLED = "python-fastapi", "starlette"


def main() -> None:
    wanted = options()
    try:
        chosen = programs(tuple(wanted.program))
    except ValueError as error:
        sys.exit(f"proof.py: {error}")
    results = Results()
    with session.engine(wanted.engine) as engine:
        kept = Kept(session.cache_folder() / "proof-bench.jsonl", engine.name)
        measured = list(bars(engine, chosen, wanted, kept, results))
    if wanted.write:
        write(RESULTS, results, [each for each in measured if isinstance(each, Bar)])
    conclude(measured)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", default="docker")
    parser.add_argument("--part", action="append", choices=PARTS, help="default: all")
    parser.add_argument("--program", action="append", default=[], help="default: all")
    parser.add_argument("--fault", default="", help="only faults whose name or kind has this")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--runs", type=int, default=20, help="judgements of each rebuilt baseline")
    parser.add_argument("--again", action="store_true", help="make findings anew that are remembered")
    parser.add_argument("--write", action="store_true", help="write docs/results.md")
    return parser.parse_args()


def bars(
    engine: Engine, chosen: tuple[Seeded, ...], wanted: argparse.Namespace, kept: Kept, results: Results
) -> Iterator[Bar | NotMeasured]:
    """Program by program, so that each baseline is surveyed once; then the routes."""
    parts = wanted.part or PARTS
    for seeded in chosen if set(parts) & {"faults", "alarms", "times"} else ():
        begun = time.monotonic()
        try:
            laid = lay(engine, seeded)
            yield from measured(engine, laid, wanted, kept, results)
        except (UnladenError, ValueError) as error:
            yield Bar(f"{seeded.name}: cannot be measured: {error}", 1, 0, "errors")
        print(f"{seeded.name}: {time.monotonic() - begun:.0f} s\n", flush=True)
    if results.findings:
        print(by_program_and_kind(results.findings), by_evidence(results.findings), sep="\n\n")
        print("", *misses(results.findings), "", sep="\n", flush=True)
        yield from bars_of_faults(results.findings, whole=not (wanted.program or wanted.fault))
    yield from bars_of_alarms(results.alarms)
    if "routes" in parts:
        results.routes = [told(each) for each in counted(engine)]
        share = (
            100 * sum(each.asked for each in results.routes) / sum(each.expected for each in results.routes)
        )
        yield Bar("routes known and asked", share, ROUTES, "%", at_least=True)
        yield Bar("projects whose routes are counted", len(results.routes), 8, "projects", at_least=True)


def measured(
    engine: Engine, laid: Laid, wanted: argparse.Namespace, kept: Kept, results: Results
) -> Iterator[Bar | NotMeasured]:
    """Of one program: its candidate has to be proved before a fault in it says anything."""
    parts, name = wanted.part or PARTS, laid.seeded.name
    if "faults" in parts:
        verdict = clean(engine, laid)
        said = [*losses(verdict.static), *environment(verdict), *mismatches(verdict)]
        for line in said if not verdict.holds else ():
            print(f"{name}: without any fault: {line}", flush=True)
        corpus = laid.ground.corpus
        print(f"{name}: {verdict.cases} cases, {len(corpus.coverage.known)} routes known", flush=True)
        yield Bar(f"{name}: its candidate is proved", verdict.holds, 1, "proof", at_least=True)
        results.findings += faults(engine, laid, wanted, kept)
    if "alarms" in parts:
        found = alarms(engine, laid, wanted.runs, wanted.jobs)
        for line in found.false:
            print(f"{name}: false alarm: {line}", flush=True)
        results.alarms.append(found)
    if "times" in parts and name == TIMED:
        yield from of_rung(engine, laid)
    if "times" in parts and name == FILLED:
        yield from of_files(laid)


def faults(engine: Engine, laid: Laid, wanted: argparse.Namespace, kept: Kept) -> list[Finding]:
    chosen = [each for each in laid.seeded.faults if wanted.fault in f"{each.name} {each.kind}"]
    keys = {each.name: kept.key(laid.seeded, each) for each in chosen}
    found = {} if wanted.again else {n: f for n, key in keys.items() if (f := kept.get(key))}
    new = [each for each in chosen if each.name not in found]
    with ThreadPoolExecutor(wanted.jobs) as pool:
        for finding in pool.map(lambda fault: find(engine, laid, fault), new):
            kept.add(keys[finding.name], finding)
            found[finding.name] = finding
            print(f"  {finding.way:8} {finding.seconds:5.1f} s  {finding.name}: {finding.said}", flush=True)
    return [found[each.name] for each in chosen]


def told(counted: Counted) -> Counted:
    print(f"{counted.project}: {counted.asked} of {counted.expected} routes asked", flush=True)
    for line in (*counted.missing, counted.error):
        if line:
            print(f"  not asked: {line}", flush=True)
    return counted


if __name__ == "__main__":
    main()
