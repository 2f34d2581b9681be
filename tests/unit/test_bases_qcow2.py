"""Disks of virtual machines, unpacked."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qcow2_disks import CLUSTER, qcow2

from unladen.bases.qcow2 import unpack
from unladen.errors import BaseMissing


def unpacked(disk: bytes) -> bytes:
    out = io.BytesIO()
    unpack(io.BytesIO(disk), out)
    return out.getvalue()


@given(
    st.lists(
        st.sampled_from([b"", b"a", b"text\n" * 100, bytes(range(256)) * (CLUSTER // 256)]), max_size=600
    ),
    st.booleans(),
    st.sampled_from([2, 3]),
)
def test_what_the_machine_sees_comes_out(clusters: list[bytes], compressed: bool, version: int) -> None:
    raw = b"".join(each.ljust(CLUSTER, b"\0") for each in clusters)
    found = unpacked(qcow2(raw, compressed=compressed, version=version))
    assert found.ljust(len(raw), b"\0") == raw


@pytest.mark.parametrize(
    "disk",
    [
        b"",
        b"QFI\xfb",
        b"not a disk".ljust(200, b"\0"),
        qcow2(b"x", version=1),
        qcow2(b"x")[:8] + b"\1" * 12 + qcow2(b"x")[20:],  # based on another
        qcow2(b"x")[:32] + b"\0\0\0\1" + qcow2(b"x")[36:],  # encrypted
        qcow2(b"x")[:72] + b"\0\0\0\0\0\0\0\x08" + qcow2(b"x")[80:],  # of another compression
    ],
)
def test_what_is_no_plain_disk_is_refused(disk: bytes) -> None:
    with pytest.raises(BaseMissing, match="no plain qcow2 image"):
        unpacked(disk)
