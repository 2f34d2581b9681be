"""A bar: what was measured, against what it has to keep."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """`value` must not exceed `limit`, or with `at_least` must not fall below it."""

    name: str
    value: float
    limit: float
    unit: str
    at_least: bool = False

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        mark, sign = "ok  " if self.holds else "MISS", "≥" if self.at_least else "≤"
        return f"{mark} {self.name}: {self.value:.4g} {self.unit} (bar: {sign} {self.limit:.4g} {self.unit})"


@dataclass(frozen=True)
class NotMeasured:
    """A bar that nothing can be said of here. It holds nothing up."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"skip {self.name}: skipped, because {self.reason}"


def conclude(measured: Iterable[Bar | NotMeasured]) -> None:
    """Prints each as it comes and exits: 1 when a bar is missed."""
    missed = 0
    for each in measured:
        print(each, flush=True)
        missed += isinstance(each, Bar) and not each.holds
    sys.exit(1 if missed else 0)
