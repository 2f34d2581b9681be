"""Which rung is recommended, and what is said of those that are not."""

from __future__ import annotations

from dataclasses import replace

from report_climbs import BASELINE, DIFFERENT, HOLDS, PROJECT, SLIM, rung

from unladen.climb.decide import decide, hardened, starts_slower
from unladen.climb.interface import Proved, Slimming
from unladen.language.interface import Lost
from unladen.measure.interface import Times, Weight


def proved(
    name: str, megabytes: int, *takes_away: Lost, goal: str = "balanced", start: float = 0.6
) -> Proved:
    size = Weight(megabytes * 1_000_000, megabytes * 400_000, megabytes * 20, 4)
    return Proved(
        rung(name, takes_away=takes_away, goal=goal),
        f"sha256:{name}",
        size,
        Times(10, 1, start, (start,) * 5, (0.65,) * 5),
        HOLDS,
        (SLIM,),
    )


LEAN = proved("lean", 300, Lost.ROOT)
DISTROLESS = proved("distroless", 167, Lost.ROOT, Lost.SHELL, Lost.PACKAGE_MANAGER)
SLIMMED = replace(
    proved("slimmed", 153, Lost.ROOT, Lost.SHELL, Lost.PACKAGE_MANAGER, Lost.UNUSED, goal="smallest"),
    slimming=Slimming("distroless", "package", 14_000_000, 34, 34, 0),
)
LADDER = (LEAN, DISTROLESS, SLIMMED)


def test_what_nobody_tested_is_only_given_up_on_request() -> None:
    balanced = decide(PROJECT, BASELINE, LADDER, "balanced")
    assert balanced.recommended == "distroless"
    assert (
        "slimmed is smaller but also takes away what no case used: --goal smallest takes it."
        in balanced.reasons
    )
    assert decide(PROJECT, BASELINE, LADDER, "smallest").recommended == "slimmed"
    assert decide(PROJECT, BASELINE, LADDER, "secure").recommended == "slimmed"  # as hard, and fewer files


def test_a_rung_that_saves_little_is_not_worth_its_price() -> None:
    little = proved("little", 290, Lost.PIP)
    assert decide(PROJECT, BASELINE, (LEAN, little), "balanced").recommended == "lean"
    assert decide(PROJECT, BASELINE, (LEAN, little), "smallest").recommended == "little"


def test_a_slow_start_is_no_balance() -> None:
    slow = proved("slow", 100, Lost.ROOT, start=2.0)
    found = decide(PROJECT, BASELINE, (LEAN, slow), "balanced")
    assert found.recommended == "lean"
    assert "slow is smaller but starts slower (2.00 s)." in found.reasons


def test_what_differs_is_never_recommended() -> None:
    for goal in ("balanced", "smallest", "secure"):
        found = decide(PROJECT, BASELINE, (LEAN, DIFFERENT), goal)
        assert found.recommended == "lean"
        assert "distroless is smaller but does not behave the same." in found.reasons
    assert decide(PROJECT, BASELINE, (DIFFERENT,), "balanced").recommended is None


def test_only_an_intruders_tools_count_as_hardening() -> None:
    """Whatever the words are in which a loss is told: "certificate roots" has "root" in it, too."""
    counted = {lost for lost in Lost if hardened(proved("one", 100, lost))}
    assert counted == {Lost.SHELL, Lost.PACKAGE_MANAGER, Lost.ROOT}


def started(own: tuple[float, ...], baseline: tuple[float, ...]) -> Proved:
    times = Times(10, 1, min(own), own, baseline)
    return replace(proved("scratch", 8, Lost.ROOT), times=times)


def test_starts_are_compared_within_their_turns_and_noise_is_no_difference() -> None:
    quiet, noisy = (0.30, 0.31, 0.30, 0.32, 0.31), (0.44, 0.30, 0.95, 0.31, 0.33)
    assert not starts_slower(started(noisy, quiet))  # a busy machine: two of five turns were disturbed
    assert starts_slower(started(tuple(each + 0.2 for each in quiet), quiet))
    assert not starts_slower(
        started((1.30, 1.31, 1.33), (1.29, 1.30, 1.30))
    )  # both slow: an earlier run is no measure
