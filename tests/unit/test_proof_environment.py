"""What the environment battery says, baseline against rung."""

from __future__ import annotations

import pytest

from unladen.engine.interface import Finished
from unladen.proof.environment import environment_differences, is_loss, varying
from unladen.proof.interface import BatteryDifference, BatteryProgram, Recording
from unladen.proof.record import read_battery

BATTERY = BatteryProgram(
    argv=("python3", "-"),
    meaning={"certificates": "HTTPS fails", "shell": "no docker exec … sh"},
    fatal=frozenset({"certificates", "versions"}),
    volatile=frozenset({"pid"}),
)


def compared(
    baseline: dict[str, object], rung: dict[str, object], varying: frozenset[str] = frozenset()
) -> tuple[BatteryDifference, ...]:
    return environment_differences(Recording({}, baseline), Recording({}, rung), BATTERY, varying)[0]


def test_lost_certificates_disqualify_and_a_lost_shell_does_not() -> None:
    found = compared({"certificates": 144, "shell": "/bin/sh"}, {"certificates": 0, "shell": None})
    assert found == (
        BatteryDifference("certificates", 144, 0, "HTTPS fails", fatal=True),
        BatteryDifference("shell", "/bin/sh", None, "no docker exec … sh", fatal=False),
    )


def test_what_was_not_there_or_failed_before_cannot_be_lost() -> None:
    assert not is_loss("error: no module ssl", 144)
    assert not is_loss(0, 0.0)
    assert not is_loss(None, "x")
    assert is_loss(144, "error: no module ssl")
    assert is_loss(True, False)
    assert not is_loss(False, True)
    assert is_loss([True, True], [True, False])
    assert is_loss(["a", "b"], ["b"])
    assert not is_loss(["a", "b"], ["b", "a"])
    assert not is_loss(["a"], ["a", "b"])


def test_a_few_certificates_fewer_are_shown_and_do_not_disqualify() -> None:
    assert [d.fatal for d in compared({"certificates": 148}, {"certificates": 121})] == [False]
    assert [d.fatal for d in compared({"certificates": 144}, {"certificates": 70})] == [True]
    assert [d.fatal for d in compared({"certificates": 144}, {"certificates": 150})] == [False]


@pytest.mark.parametrize(
    ("before", "after", "meaning"),
    [
        (144, 0, "HTTPS fails"),
        (0, 148, "not less than in the baseline: nothing is lost"),
        (144, 148, "not less than in the baseline: nothing is lost"),
        (148, 121, "fewer, as between distributions and versions of the bundle: nothing is lost"),
        (None, 148, "not less than in the baseline: nothing is lost"),
    ],
)
def test_what_a_difference_means_depends_on_its_direction(
    before: object, after: object, meaning: str
) -> None:
    (found,) = compared({"certificates": before}, {"certificates": after})
    assert found.meaning == meaning


def test_named_values_are_told_by_what_differs_alone() -> None:
    before = {"versions": {"numpy": "1.26.0", "pip": "23.0", "wheel": "0.41", "fastapi": "0.104.1"}}
    after = {"versions": {"numpy": "1.26.1", "fastapi": "0.104.1"}}
    (found,) = compared(before, after)
    assert found.baseline == "numpy 1.26.0, pip 23.0, wheel 0.41"
    assert found.rung == "numpy 1.26.1, no pip, no wheel"
    assert found.fatal


def test_long_lists_are_cut_short() -> None:
    (found,) = compared({"types": [f".{n}" for n in range(20)]}, {"types": []})
    assert found.baseline == ".0, .1, .2, .3, .4, .5, .6, .7 and 12 more"
    assert found.rung == "nothing"


def test_of_a_list_of_modules_none_may_be_lost() -> None:
    names = [f"p.m{n}" for n in range(100)]
    before, after = {"versions": {"p": names, "q": ["q"]}}, {"versions": {"p": names[:-1], "q": ["q"]}}
    (found,) = compared(before, after)
    assert (found.baseline, found.rung, found.fatal) == ("p: p.m99", "p: nothing", True)
    assert not is_loss(after["versions"], before["versions"])
    assert is_loss({"https": 443}, {"https": 442})
    assert is_loss([100, 1], [99, 1])
    assert not is_loss({"home": False, "/tmp": True}, {"home": True, "/tmp": True})


def test_what_the_battery_had_no_time_for_is_told_and_no_loss() -> None:
    (found,) = compared({"versions": {"p": ["p"]}}, {"versions": {"p": "not asked: the time was up"}})
    assert not found.fatal
    assert not is_loss("not asked: the time was up", ["p"])


def test_a_check_that_lacks_a_module_tells_which() -> None:
    (found,) = compared({"certificates": 144}, {"certificates": "error: the module ssl is gone"})
    assert found.fatal
    assert found.meaning == "the module ssl is gone, without which it cannot be told: HTTPS fails"


def test_parts_that_vary_in_the_baseline_are_left_out_and_the_rest_counts() -> None:
    one, other = {"p": ["a", "b", "c"], "q": 1}, {"p": ["a", "c"], "q": 2}
    parts = varying("versions", one, other)
    assert parts == {"versions: p: b", "versions: q"}
    assert compared({"versions": one}, {"versions": {"p": ["a", "b", "c"], "q": 3}}, parts) == ()
    (found,) = compared({"versions": one}, {"versions": {"p": ["b", "c"]}}, parts)
    assert (found.baseline, found.fatal) == ("p: a", True)


def test_checks_that_vary_by_themselves_are_not_judged() -> None:
    assert compared({"pid": 7, "load": 0.1}, {"pid": 1, "load": 0.9}, frozenset({"load"})) == ()


def test_a_battery_that_cannot_run_in_the_rung_disqualifies() -> None:
    rung = Recording({}, battery_error="exit code 127: python3: not found")
    (found,), checks = environment_differences(Recording({}, {"certificates": 1}), rung, BATTERY, frozenset())
    assert (found.check, found.fatal, checks) == ("battery", True, 1)
    assert found.rung == "exit code 127: python3: not found"


@pytest.mark.parametrize(
    ("finished", "values", "error"),
    [
        (Finished(0, b'{"a": 1}\n', b"", 0.1), {"a": 1}, ""),
        (Finished(1, b"", b"Traceback\nImportError: x\n", 0.1), {}, "exit code 1: ImportError: x"),
        (Finished(0, b"[1]", b"", 0.1), {}, "exit code 0: [1]"),
        (Finished(None, b"", b"", 60.0), {}, "it did not end within 180 s"),
        (Finished(127, b"", b"", 0.1), {}, "exit code 127: no output"),
    ],
)
def test_the_batterys_output_or_why_there_is_none(
    finished: Finished, values: dict[str, object], error: str
) -> None:
    assert read_battery(finished) == (values, error)
