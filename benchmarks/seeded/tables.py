"""What was measured, for people: tables in Markdown, and bars."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from bars import Bar

from seeded.alarms import Alarms
from seeded.faults import KINDS
from seeded.judging import Finding, Way

CAUGHT, FALSE, ROUTES = 99.0, 0, 90.0
FEWEST = 200


def by_program_and_kind(findings: Sequence[Finding]) -> str:
    """ "caught / seeded" for every program and kind."""
    kinds = [kind for kind in KINDS if any(each.kind == kind for each in findings)]
    rows = [("program", *kinds, "all")]
    for program in dict.fromkeys(each.program for each in findings):
        own = [each for each in findings if each.program == program]
        rows.append((program, *(_share([e for e in own if e.kind == kind]) for kind in kinds), _share(own)))
    rows.append(
        ("all", *(_share([e for e in findings if e.kind == kind]) for kind in kinds), _share(findings))
    )
    return table(rows)


def by_evidence(findings: Iterable[Finding]) -> str:
    """How many faults each kind of evidence named."""
    counted = Counter(each.way for each in findings)
    words: dict[Way, str] = {
        "has": "what it has",
        "can": "what it can",
        "does": "what it does",
        "start": "it did not start",
        "unnamed": "caught, the cause does not name it",
        "missed": "missed",
        "broken": "could not be made",
    }
    return table(
        [("evidence", "faults"), *((words[way], str(counted[way])) for way in words if counted[way])]
    )


def table(rows: Sequence[tuple[str, ...]]) -> str:
    head, *rest = rows
    lines = [head, tuple("---" for _ in head), *rest]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def misses(findings: Iterable[Finding]) -> Iterator[str]:
    for each in findings:
        if not each.caught:
            yield f"{each.program}: {each.name} ({each.kind}): {each.way}: {each.said or 'nothing differed'}"


def bars_of_faults(findings: Sequence[Finding], *, whole: bool) -> Iterator[Bar]:
    """`whole`: all programs were run, so that their number counts, too."""
    share = 100 * sum(each.caught for each in findings) / len(findings)
    yield Bar("seeded faults caught, with a cause that names them", share, CAUGHT, "%", at_least=True)
    if whole:
        yield Bar("seeded faults", len(findings), FEWEST, "faults", at_least=True)
        programs = len({each.program for each in findings})
        yield Bar("programs with seeded faults", programs, 7, "programs", at_least=True)


def bars_of_alarms(measured: Iterable[Alarms]) -> Iterator[Bar]:
    for each in measured:
        yield Bar(f"{each.program}: false alarms in {each.runs} runs", len(each.false), FALSE, "runs")


def _share(findings: Sequence[Finding]) -> str:
    return f"{sum(each.caught for each in findings)} / {len(findings)}" if findings else ""
