"""The environment battery's values, baseline against rung."""

from __future__ import annotations

from collections.abc import Mapping

from unladen.proof.interface import BatteryDifference, BatteryProgram, Recording
from unladen.proof.show import clipped

NOT_THERE = "not there"
SHOWN = 8
"""Names listed of a longer difference."""
TOLERATED_LOSS = 0.1
"""Share by which a count (of certificates, say) may fall before it is a loss: distributions differ."""


def environment_differences(
    baseline: Recording, rung: Recording, battery: BatteryProgram, volatile: frozenset[str]
) -> tuple[tuple[BatteryDifference, ...], int]:
    """(differences, number of checks compared). Checks that vary between runs are not compared."""
    skipped = volatile | battery.volatile
    checks = [check for check in sorted({*baseline.battery, *rung.battery}) if check not in skipped]
    if not baseline.battery:
        return (), 0
    if not rung.battery:
        return (_not_run(rung, battery),), len(checks)
    found = (_difference(check, baseline.battery, rung.battery, battery) for check in checks)
    return tuple(difference for difference in found if difference), len(checks)


def _not_run(rung: Recording, battery: BatteryProgram) -> BatteryDifference:
    return BatteryDifference(
        check="battery",
        baseline="ran",
        rung=clipped(rung.battery_error or "not run"),
        meaning="the environment could not be looked at, so nothing is known of it",
        fatal=bool(battery.fatal),
    )


def _difference(
    check: str, baseline: Mapping[str, object], rung: Mapping[str, object], battery: BatteryProgram
) -> BatteryDifference | None:
    before, after = baseline.get(check, NOT_THERE), rung.get(check, NOT_THERE)
    if _equal(before, after):
        return None
    fatal = check in battery.fatal and is_loss(before, after)
    meaning = battery.meaning.get(check, "") if is_loss(before, after) else _no_loss(before, after)
    shown_before, shown_after = _shown_difference(before, after)
    return BatteryDifference(check, shown_before, shown_after, meaning, fatal)


def _equal(before: object, after: object) -> bool:
    return before == after and isinstance(before, bool) == isinstance(after, bool)


def is_loss(before: object, after: object) -> bool:
    """Whether something was lost, as opposed to changed for the better (it failed before, or is more now).

    A count that fell by up to a tenth is no loss; a text that changed is one; of several named values or
    items of a list, each must have been kept.
    """
    if _is_bad(before):
        return False
    match before, after:
        case _ if _is_bad(after):
            return True
        case (bool(), bool()):
            return before is True
        case (int() | float(), int() | float()):
            return after < before * (1 - TOLERATED_LOSS)
        case (dict(), dict()):
            return any(is_loss(value, after.get(name, NOT_THERE)) for name, value in before.items())
        case (list(), list()) if len(before) == len(after):
            alike = sorted(map(str, before)) == sorted(map(str, after))
            return not alike and any(is_loss(*pair) for pair in zip(before, after, strict=True))
        case (list(), list()):
            return any(item not in after for item in before)
        case _:
            return before != after


def _no_loss(before: object, after: object) -> str:
    """What a difference means that is no loss."""
    match before, after:
        case (int() | float(), int() | float()) if after < before:
            return "a few less, as between distributions: nothing is lost"
        case _:
            return "not less than in the baseline: nothing is lost"


def _is_bad(value: object) -> bool:
    if isinstance(value, str):
        return value in ("", NOT_THERE) or value.startswith("error:")
    return value is None or value is False or value == 0 or value in ([], {})


def _shown_difference(before: object, after: object) -> tuple[object, object]:
    """Both values; of named values and lists only what differs, as text."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [n for n in sorted({*before, *after}) if before.get(n) != after.get(n)]
        return _listed(names, before), _listed(names, after)
    if isinstance(before, list) and isinstance(after, list):
        lost = [item for item in before if item not in after]
        new = [item for item in after if item not in before]
        if lost or new:
            return _items(lost), _items(new)
    return before, after


def _listed(names: list[str], values: Mapping[str, object]) -> str:
    return _items([f"{name} {values[name]}" if name in values else f"no {name}" for name in names])


def _items(items: list[object] | list[str]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return (", ".join(str(item) for item in items[:SHOWN]) or "nothing") + more
