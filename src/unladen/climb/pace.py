"""How long the rest of a climb takes, as far as what is done tells."""

from __future__ import annotations

BASELINE_RECORDINGS = 3
"""The baseline is run for its cases and recorded twice before a rung is recorded once."""


def left_s(ground_s: float, spent_s: float, done: int, to_do: int, then_s: float) -> float:
    """An estimate of the seconds for the `to_do` rungs that are left and what comes `then`: each takes as long as the
    `done` ones did in `spent_s` seconds or, before there is any, as one recording of the baseline, whose answers took
    `ground_s`."""
    each = spent_s / done if done else ground_s / BASELINE_RECORDINGS
    return each * to_do + then_s
