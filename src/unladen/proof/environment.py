"""The environment battery's values, baseline against rung."""

from __future__ import annotations

from collections.abc import Mapping

from unladen.proof.interface import BatteryDifference, BatteryProgram, Recording
from unladen.proof.show import clipped

NOT_THERE = "not there"
SHOWN = 8
"""Names listed of a longer difference."""
TOLERATED_LOSS = 0.5
"""Share by which a check that is one count (of certificate authorities) may fall before it is a loss. Mozilla removes
authorities: Debian 12's bundle has 148, Alpine's of September 2026 has 121. Those that somebody added are looked for
one by one (`proof/has/system.py`)."""
NOT_ASKED = "not asked: "
"""How a value begins of which nothing is known, because the battery's time was up."""


def environment_differences(
    baseline: Recording, rung: Recording, battery: BatteryProgram, volatile: frozenset[str]
) -> tuple[tuple[BatteryDifference, ...], int]:
    """(differences, number of checks compared). What varies between runs is not compared: checks, or parts of them
    (see `varying`)."""
    skipped = volatile | battery.volatile
    checks = [check for check in sorted({*baseline.battery, *rung.battery}) if check not in skipped]
    if not baseline.battery:
        return (), 0
    if not rung.battery:
        return (_not_run(rung, battery),), len(checks)
    before, after = ({c: settled(c, r.battery[c], skipped) for c in r.battery} for r in (baseline, rung))
    found = (_difference(check, before, after, battery) for check in checks)
    return tuple(difference for difference in found if difference), len(checks)


def varying(name: str, one: object, other: object) -> frozenset[str]:
    """Of two values of one check in the same image, the parts that differ: "modules: numpy: numpy.fft"."""
    if one == other:
        return frozenset()
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted({*one, *other})
        each = (varying(f"{name}: {n}", one.get(n, NOT_THERE), other.get(n, NOT_THERE)) for n in names)
        return frozenset().union(*each)
    if isinstance(one, list) and isinstance(other, list):
        odd = [item for item in one if item not in other] + [item for item in other if item not in one]
        if odd:
            return frozenset(f"{name}: {item}" for item in odd)
    return frozenset({name})


def settled(name: str, value: object, volatile: frozenset[str]) -> object:
    """The value without the parts that vary."""
    if isinstance(value, dict):
        kept = {n: part for n, part in value.items() if f"{name}: {n}" not in volatile}
        return {n: settled(f"{name}: {n}", part, volatile) for n, part in kept.items()}
    if isinstance(value, list):
        return [item for item in value if f"{name}: {item}" not in volatile]
    return value


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
    lost = is_loss(before, after)
    meaning = _loss(after, battery.meaning.get(check, "")) if lost else _no_loss(before, after)
    shown_before, shown_after = _shown_difference(before, after)
    return BatteryDifference(check, shown_before, shown_after, meaning, lost and check in battery.fatal)


def _equal(before: object, after: object) -> bool:
    return before == after and isinstance(before, bool) == isinstance(after, bool)


def is_loss(before: object, after: object, tolerated: float = TOLERATED_LOSS) -> bool:
    """Whether something was lost, as opposed to changed for the better (it failed before, or is more now).

    A check that is one count may fall by up to a half; a text that changed is a loss; of several named values or
    items of a list, each must have been kept, to the last digit.
    """
    if _equal(before, after) or _is_bad(before) or _unknown(before) or _unknown(after):
        return False
    match before, after:
        case _ if _is_bad(after):
            return True
        case (bool(), bool()):
            return before is True
        case (int() | float(), int() | float()):
            return after < before * (1 - tolerated) if tolerated else after != before
        case (dict(), dict()):
            return any(is_loss(value, after.get(name, NOT_THERE), 0) for name, value in before.items())
        case (list(), list()) if len(before) == len(after):
            alike = sorted(map(str, before)) == sorted(map(str, after))
            return not alike and any(is_loss(*pair, 0) for pair in zip(before, after, strict=True))
        case (list(), list()):
            return any(item not in after for item in before)
        case _:
            return before != after


def _loss(after: object, meaning: str) -> str:
    """What a loss means; a check that wants a module that is gone shows the loss of that module."""
    gone = isinstance(after, str) and after.startswith("error: the module ")
    return (
        f"{str(after).removeprefix('error: ')}, without which it cannot be told: {meaning}"
        if gone
        else meaning
    )


def _no_loss(before: object, after: object) -> str:
    """What a difference means that is no loss."""
    match before, after:
        case _ if _unknown(before) or _unknown(after):
            return "the battery's time was up: nothing is known of it"
        case (int() | float(), int() | float()) if after < before:
            return "fewer, as between distributions and versions of the bundle: nothing is lost"
        case _:
            return "not less than in the baseline: nothing is lost"


def _unknown(value: object) -> bool:
    return isinstance(value, str) and value.startswith(NOT_ASKED)


def _is_bad(value: object) -> bool:
    if isinstance(value, str):
        return value in ("", NOT_THERE) or value.startswith("error:")
    return value is None or value is False or value == 0 or value in ([], {})


def _shown_difference(before: object, after: object) -> tuple[object, object]:
    """Both values; of named values and lists only what differs, as text."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = [n for n in sorted({*before, *after}) if before.get(n) != after.get(n)]
        return _listed(names, before, after), _listed(names, after, before)
    if isinstance(before, list) and isinstance(after, list):
        lost = [item for item in before if item not in after]
        new = [item for item in after if item not in before]
        if lost or new:
            return _items(lost), _items(new)
    return before, after


def _listed(names: list[str], values: Mapping[str, object], others: Mapping[str, object]) -> str:
    return _items([_named(name, values.get(name, NOT_THERE), others.get(name)) for name in names])


def _named(name: str, value: object, other: object) -> str:
    if value == NOT_THERE:
        return f"no {name}"
    if not isinstance(value, list):
        return f"{name} {value}"
    items = [item for item in value if not isinstance(other, list) or item not in other]
    return f"{name}: {_items(items)}"


def _items(items: list[object] | list[str]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return (", ".join(str(item) for item in items[:SHOWN]) or "nothing") + more
