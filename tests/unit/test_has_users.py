"""Users and groups that a rung has to know."""

from __future__ import annotations

import pytest
from has_sides import Step, side_of

from unladen.proof.has.interface import Pair
from unladen.proof.has.users import users

PASSWD = b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"


def differences(before: bytes, after: bytes) -> list[str]:
    """Of two groups files, the first a base image's."""
    sides = [side_of(Step("", {"/etc/passwd": PASSWD, "/etc/group": group})) for group in (before, after)]
    return [loss.difference for loss in users(Pair(*sides)).losses]


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (b"root:x:0:\nnogroup:x:65533:\nnobody:x:65534:\n", []),  # Alpine's
        (b"root:x:0:\nnobody:x:65534:\n", []),
        (b"root:x:0:\nnogroup:x:65533:\n", ["the group nogroup was 65534, is 65533"]),
        (b"root:x:0:\n", ["the group nogroup (65534) is gone"]),
        (b"wheel:x:0:\nnogroup:x:65534:\n", []),
    ],
)
def test_nobodys_group_is_known_by_its_number(after: bytes, said: list[str]) -> None:
    assert differences(b"root:x:0:\nnogroup:x:65534:\n", after) == said
