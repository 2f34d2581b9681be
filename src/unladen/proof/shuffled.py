"""Differences that may be chance: the same parts in another order, as sets and maps give them anew in each process, and
what becomes of a request in flight, which is a race."""

from __future__ import annotations

import re

from unladen.proof.interface import Recording, Response, Verdict
from unladen.proof.restarts import STOPPING

_PARTS = re.compile(rb"\w+|[^\w\s]")


def may_be_chance(verdict: Verdict, baseline: Recording, rung: Recording) -> bool:
    """Whether all that differs is the order of the parts of answers, or a request in flight."""
    cases = [mismatch.case for mismatch in verdict.mismatches if not mismatch.case.endswith(STOPPING)]
    return bool(verdict.mismatches) and all(
        _reordered(baseline.answers.get(case), rung.answers.get(case)) for case in cases
    )


def _reordered(before: object, after: object) -> bool:
    if not isinstance(before, Response) or not isinstance(after, Response) or before.status != after.status:
        return False
    return before.body != after.body and sorted(_PARTS.findall(before.body)) == sorted(
        _PARTS.findall(after.body)
    )
