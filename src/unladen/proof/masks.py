"""What is volatile: the observations in which runs of the very same image differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from unladen.proof.environment import varying
from unladen.proof.interface import Case, Corpus, Recording, RequestCase
from unladen.proof.observe import Key, Seen, mask_numbers, observe
from unladen.proof.writes import Steady, steady

Mask = Literal["relaxed", "any"]
"""relaxed: only the kind of the value counts; any: neither it nor anything below it does."""

ANY_ITEM = "*"


@dataclass(frozen=True)
class Volatility:
    """Masks by case id and by route, and what else varied: battery checks or parts of them, the exit, tracebacks."""

    cases: Mapping[str, Mapping[Key, Mask]] = field(default_factory=dict)
    routes: Mapping[str, Mapping[Key, Mask]] = field(default_factory=dict)
    battery: frozenset[str] = frozenset()
    stop: bool = False
    tracebacks: frozenset[str] = frozenset()
    in_flight: bool = False
    """How it ends when it is stopped amid a request."""
    files: Steady = field(default_factory=Steady)

    def status(self, case: Case) -> bool:
        """Whether the very status of a case varies: such a case is never used against a rung."""
        masks = self.cases.get(case.id, {})
        return ("status",) in masks or ("exit code",) in masks

    def mask(self, case: Case, key: Key) -> Mask | None:
        """How a key of a case's answer is masked. What varies in one answer of a route (a timestamp, a
        random id) may agree by chance in another: masks of JSON and headers hold for the whole route."""
        own = self.cases.get(case.id, {})
        shared = self.routes.get(case.route, {}) if isinstance(case, RequestCase) else {}
        found: Mask | None = None
        for end in range(1, len(key) + 1):
            part = generalized(key[:end])
            mask = own.get(part) or shared.get(part)
            if mask == "any":
                return "any"
            if end == len(key):
                found = mask
        return found


def volatility(corpus: Corpus, *recordings: Recording) -> Volatility:
    """What differs between recordings of one image: two as a rule, more where chance has to be ruled out."""
    first, *others = recordings
    cases: dict[str, dict[Key, Mask]] = {}
    routes: dict[str, dict[Key, Mask]] = {}
    for case in corpus.cases:
        answers = [r.answers[case.id] for r in recordings if case.id in r.answers]
        masks = differing([observe(answer) for answer in answers])
        if not masks:
            continue
        cases[case.id] = masks
        if isinstance(case, RequestCase) and ("status",) not in masks:
            shared = routes.setdefault(case.route, {})
            for key, mask in masks.items():
                if len(key) > 1 and not str(key[-1]).startswith("line "):
                    shared[key] = _wider(shared.get(key), mask)
    return Volatility(
        cases=cases,
        routes=routes,
        battery=frozenset().union(*(_varying(first.battery, other.battery) for other in others)),
        stop=any(other.stop_exit_code != first.stop_exit_code for other in others),
        tracebacks=frozenset(mask_numbers(line) for r in recordings for line in r.tracebacks),
        in_flight=any(other.in_flight_exit_code != first.in_flight_exit_code for other in others),
        files=steady([r.files for r in recordings]),
    )


def _varying(one: Mapping[str, object], other: Mapping[str, object]) -> frozenset[str]:
    """Checks of the battery that differ, or the parts of them that do."""
    parts = (varying(check, one.get(check), other.get(check)) for check in {*one, *other})
    return frozenset().union(*parts)


def generalized(key: Key) -> Key:
    """The key with the items of JSON lists taken together: the next item's timestamp varies as well."""
    return tuple(ANY_ITEM if isinstance(part, int) else part for part in key)


def differing(observations: Sequence[Mapping[Key, Seen]]) -> dict[Key, Mask]:
    """The masks that make these observations equal."""
    masks: dict[Key, Mask] = {}
    if len(observations) < 2:
        return masks
    first, *others = observations
    for other in others:
        for key, mask in _pair(first, other).items():
            masks[key] = _wider(masks.get(key), mask)
    return masks


def _pair(first: Mapping[Key, Seen], other: Mapping[Key, Seen]) -> dict[Key, Mask]:
    masks: dict[Key, Mask] = {}
    for key, seen in first.items():
        if key in other and seen.exact != other[key].exact:
            mask: Mask = "relaxed" if seen.relaxed == other[key].relaxed else "any"
            masks[generalized(key)] = _wider(masks.get(generalized(key)), mask)
    lost = {generalized(key) for key in first if key not in other}
    found = {generalized(key) for key in other if key not in first}
    masks |= dict.fromkeys(lost | found, "any")
    # names that the other side lacks on both sides: the very names are made up anew in each run
    made_up = {key[:-1] for key in lost} & {key[:-1] for key in found}
    masks |= dict.fromkeys(made_up - {(), ("header",), ("file",)}, "any")
    return {key: mask for key, mask in masks.items() if not _below_any(key, masks)}


def _below_any(key: Key, masks: Mapping[Key, Mask]) -> bool:
    return any(masks.get(key[:end]) == "any" for end in range(1, len(key)))


def _wider(one: Mask | None, other: Mask) -> Mask:
    return "any" if "any" in (one, other) else other
