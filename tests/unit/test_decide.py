"""Which rung is recommended, and what is said of those that are not."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_climbs import BASELINE, DIFFERENT, HOLDS, PROJECT, SLIM, rung

from unladen.climb.decide import decide, hardened, start_against, starts_slower, wants_more_turns
from unladen.climb.interface import Different, Goal, Proved, Slimming, Unproved, kind_of
from unladen.language.interface import Lost
from unladen.measure.interface import Times, Weight
from unladen.proof.interface import Coverage, Loss, Worth


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
    nothing = decide(PROJECT, BASELINE, (DIFFERENT,), "balanced")
    first = DIFFERENT.verdict.mismatches[0]
    assert nothing.recommended is None
    assert nothing.reasons[1].endswith(f"MB, but differs. {first.request}: {first.difference}.")


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


def test_noise_never_chooses_between_two_rungs() -> None:
    """L9: 0.44 s against 0.30 s on a busy machine. The rungs start alike; 20 of 20 runs choose the leaner one."""
    for busy in (0.0, 0.15, 0.6):
        chosen = {
            decide(
                PROJECT,
                BASELINE,
                (noisy(DISTROLESS, seed, busy), noisy(SCRATCH, seed + 99, busy)),
                "balanced",
            ).recommended
            for seed in range(20)
        }
        assert chosen == {"scratch"}


def test_a_rung_that_is_truly_slower_is_passed_over_in_spite_of_noise() -> None:
    for seed in range(20):
        slow = noisy(SCRATCH, seed, 0.02, slower=0.4)
        assert decide(PROJECT, BASELINE, (DISTROLESS, slow), "balanced").recommended == "distroless"


def noisy(rung: Proved, seed: int, busy: float, slower: float = 0.0) -> Proved:
    """Five turns on a machine that disturbs some starts: noise only adds, now and then a lot, and drifts."""
    dice = random.Random(seed)

    def start(turn: int) -> float:
        return (
            0.3 + 0.02 * dice.random() + dice.expovariate(1 / busy) * 0.4 * turn
            if busy
            else 0.3 + 0.02 * dice.random()
        )

    turns = [(start(turn) + slower, start(turn)) for turn in range(5)]
    own, baseline = zip(*turns, strict=True)
    return replace(rung, times=Times(10, 1, min(own), own, baseline))


SCRATCH = proved("scratch", 8, Lost.ROOT, Lost.SHELL, Lost.PACKAGE_MANAGER)


def test_starts_that_differ_within_the_noise_are_a_tie() -> None:
    assert start_against(started((0.30, 0.44, 0.31, 0.30, 0.33), (0.31, 0.30, 0.30, 0.32, 0.30))) == "alike"
    quiet = (0.30, 0.31, 0.30, 0.32, 0.31)
    assert start_against(started(tuple(each + 0.1 for each in quiet), quiet)) == "slower"
    assert start_against(started(tuple(each - 0.1 for each in quiet), quiet)) == "faster"
    assert not starts_slower(started(tuple(each + 0.03 for each in quiet), quiet))  # within the tolerance


@pytest.mark.parametrize("goal", ["balanced", "smallest", "secure"])
def test_below_the_ladder_nothing_is_recommended_by_balanced(goal: Goal) -> None:
    """L4, L8: the slimmed rung was the only one that proved itself."""
    found = decide(PROJECT, BASELINE, (DIFFERENT, SLIMMED), goal)
    if goal == "balanced":
        assert found.recommended is None
        assert any("--goal smallest takes it" in reason for reason in found.reasons)
    else:
        assert found.recommended == "slimmed"


THIN = replace(HOLDS, coverage=Coverage(), worth=Worth(starting=1, serves=True, asked=True))
NOTHING = replace(HOLDS, failed_alike=("run glow (exit code 1)",), worth=Worth())


@pytest.mark.parametrize("goal", ["balanced", "smallest", "secure"])
def test_thin_is_never_recommended_silently(goal: Goal) -> None:
    found = decide(PROJECT, BASELINE, (replace(LEAN, verdict=THIN),), goal)
    assert found.recommended == "lean"
    assert "Caution: the proof is thin" in found.reasons[-1] and "[[verify.request]]" in found.reasons[-1]


@pytest.mark.parametrize("goal", ["balanced", "smallest", "secure"])
def test_a_slimmed_rung_on_thin_evidence_is_for_smallest_alone(goal: Goal) -> None:
    """L3, L4: what production needs was gone, on three cases."""
    found = decide(PROJECT, BASELINE, (replace(SLIMMED, verdict=THIN),), goal)
    if goal == "smallest":
        assert found.recommended == "slimmed"
        assert found.reasons[0].startswith("On thin evidence: what no case used is gone")
    else:
        assert found.recommended is None


@pytest.mark.parametrize("goal", ["balanced", "smallest", "secure"])
def test_where_all_cases_fail_alike_nothing_is_recommended(goal: Goal) -> None:
    """L8, L12: one command that fails on both sides."""
    bare = [Unproved(**{**vars(each), "verdict": NOTHING}) for each in (LEAN, DISTROLESS, SLIMMED)]
    found = decide(PROJECT, BASELINE, tuple(bare), goal)
    assert found.recommended is None
    assert any(
        "lean is not proved" in reason and "run glow (exit code 1)" in reason for reason in found.reasons
    )


def test_what_ended_how_is_the_verdicts_word() -> None:
    assert kind_of(HOLDS) is Proved and kind_of(THIN) is Proved
    assert kind_of(NOTHING) is Unproved
    assert kind_of(replace(NOTHING, different=1)) is Different
    lost = replace(HOLDS.static, losses=(Loss("file", "/app/static", "gone"),))
    assert kind_of(replace(HOLDS, static=lost)) is Different


@given(st.integers(0, 2**32), st.floats(0.1, 3.0), st.floats(0.0, 0.6), st.floats(0.9, 1.05))
def test_under_any_load_rungs_that_start_alike_are_never_called_slow(
    seed: int, seconds: float, busy: float, ratio: float
) -> None:
    """Turns as a busy machine gives them: a load that comes and goes, and noise that only ever adds."""
    assert not starts_slower(measured(seed, seconds, busy, ratio))


def test_what_is_truly_slower_is_told_under_load_too() -> None:
    assert all(starts_slower(measured(seed, 1.0, 0.1, 2.0)) for seed in range(200))
    quick = [len(measured(seed, 1.0, 0.1, 1.0).times.starts_s) for seed in range(200)]
    assert sum(quick) / len(quick) < 7  # what seems alike is not measured on and on


def measured(seed: int, seconds: float, busy: float, ratio: float) -> Proved:
    """A rung that starts `ratio` times as slow as the baseline, measured as long as the figures leave a doubt."""
    dice, load = random.Random(seed), 1.0
    times = Times()
    while len(times.starts_s) < 5 or wants_more_turns(times):
        for _ in range(5):
            load = max(1.0, load * dice.choice((0.7, 1.0, 1.4)))
            own, before = (
                each * load * (1 + (dice.expovariate(1 / busy) if busy else 0))
                for each in (seconds * ratio, seconds)
            )
            times = Times(
                starts_s=(*times.starts_s, own), baseline_starts_s=(*times.baseline_starts_s, before)
            )
    return replace(SCRATCH, times=times)


@given(
    st.lists(st.integers(-900, 900), min_size=4, max_size=4),
    st.sampled_from(["balanced", "smallest", "secure"]),
)
def test_bytes_by_which_two_builds_differ_never_choose(bytes_more: list[int], goal: Goal) -> None:
    """Four rungs of one size, two of them as large as the baseline: which is smaller by some bytes is chance."""
    tidy, alike, hard, harder = (
        replace(
            each, weight=replace(each.weight, size_bytes=size * 1_000_000 + more, files=9_000 + more // 1000)
        )
        for (each, size), more in zip(
            (
                (proved("tidy", 0), 1208),
                (proved("split", 0), 1160),
                (proved("hard", 0, Lost.ROOT), 1160),
                (proved("harder", 0, Lost.ROOT), 1160),
            ),
            bytes_more,
            strict=True,
        )
    )
    baseline = replace(BASELINE, weight=replace(BASELINE.weight, size_bytes=1_208_000_000))
    chosen = decide(PROJECT, baseline, (tidy, alike, hard, harder), goal).recommended
    assert chosen == {"balanced": "hard", "smallest": "split", "secure": "hard"}[goal]
