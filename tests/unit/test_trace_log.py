"""The sensor's log is read into values, and what is wrong with it is said by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from unladen.errors import BadTrace, SensorMissing
from unladen.tracing.log import CALLS, HARMLESS, LOSSES, Touch, parse
from unladen.tracing.sensor_binary import sensor_for

HEADER = b"unladen-trace\t1\tx86_64\t6.1.0\t1\n"
PROCESS = b"process\t7\t/bin/sh\n"
OPEN = b"open\t0\t7\t/etc/passwd\n"


def end(touches: int, **counts: int) -> bytes:
    every = dict.fromkeys((*LOSSES, *HARMLESS), 0) | {"touches": touches, "processes": 1} | counts
    return b"end\t" + b"\t".join(f"{key}={count}".encode() for key, count in every.items()) + b"\n"


def test_a_whole_log() -> None:
    trace = parse((HEADER, PROCESS, b"exec\t0\t7\t/bin/sh\n", b"stat\t2\t7\t/none\n", end(2)))
    assert trace.touches == (
        Touch("/bin/sh", "exec", 0, "/bin/sh", 0),
        Touch("/none", "stat", 2, "/bin/sh", 0),
    )
    assert (trace.marks, trace.complete, trace.problems, trace.arch) == (0, True, (), "x86_64")


def test_a_process_is_what_it_last_ran() -> None:
    lines = (HEADER, PROCESS, OPEN, b"process\t7\t/bin/cat\n", b"open\t0\t7\t/a\n", end(2))
    assert [touch.process for touch in parse(lines).touches] == ["/bin/sh", "/bin/cat"]


def test_marks_cut_the_trace_into_phases() -> None:
    trace = parse((HEADER, PROCESS, OPEN, b"mark\t1\n", OPEN, b"mark\t2\n", end(2)))
    assert [touch.phase for touch in trace.touches] == [0, 1]
    assert trace.marks == 2


def test_paths_survive_to_the_byte() -> None:
    trace = parse((HEADER, PROCESS, b"open\t0\t7\t/a\\x0ab\\x09c\\x5cd \xff\xc3\xa9\n", end(1)))
    assert trace.touches[0].path == "/a\nb\tc\\d \udcffé"


def test_what_was_lost_makes_the_trace_incomplete_and_is_said() -> None:
    lines = (HEADER, PROCESS, b"lost\tunreadable\t7\topen\n", end(0, unreadable=3, mounts=1))
    trace = parse(lines)
    assert not trace.complete
    assert trace.problems == (
        "3 calls whose path could not be read from the process (the first: open by /bin/sh)",
        "1 changes of mounts, after which a path may mean another file",
    )


def test_what_is_harmless_is_no_problem() -> None:
    lines = (HEADER, PROCESS, b"lost\tfailed\t7\texec\n", end(0, failed=1, filters=2))
    assert parse(lines).complete


@pytest.mark.parametrize("tail", [b"", b"open\t0\t7\t/etc/pas"], ids=["between lines", "in a line"])
def test_a_log_that_breaks_off_is_incomplete(tail: bytes) -> None:
    trace = parse(line for line in (HEADER, PROCESS, OPEN, tail) if line)
    assert not trace.complete
    assert [touch.path for touch in trace.touches] == ["/etc/passwd"]
    assert "no end" in trace.problems[0]


def test_a_container_that_was_started_again_adds_a_phase() -> None:
    once = (HEADER, PROCESS, OPEN, b"mark\t1\n", OPEN, end(2))
    trace = parse(once + once)
    assert [touch.phase for touch in trace.touches] == [0, 1, 2, 3]
    assert trace.complete
    killed = parse((HEADER, PROCESS, OPEN, *once))
    assert not killed.complete
    assert "before the last was killed" in killed.problems[0]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (b"opne\t0\t7\t/etc/passwd\n", "'opne' is no record that this version knows"),
        (b"open\t0\t7\n", "not a record of the sensor"),
        (b"open\tx\t7\t/a\n", "not a record of the sensor"),
        (b"open\t0\t8\t/a\n", "not a record of the sensor"),
        (b"open\t0\t7\tetc/passwd\n", "the path is not absolute"),
        (b"open\t0\t7\t/a\\b\n", "a backslash that is no escape"),
        (b"mark\t2\n", "mark 1 is missing"),
        (b"\n", "'' is no record that this version knows"),
        (b"\xff\n", "not a record of the sensor"),
        (end(5), "5 touches were written, 0 are here"),
        (end(0, surprises=1), "'surprises' is no count that this version knows"),
        (b"end\ttouches=0\n", "not a record of the sensor"),
        (b"unladen-trace\t2\tx86_64\t6.1.0\t1\n", "version 2 of the log is not known here"),
        (b"unladen-trace\t1\taarch64\t6.1.0\t1\n", "the runs are of different architectures"),
    ],
)
def test_a_corrupt_line_is_named(line: bytes, cause: str) -> None:
    with pytest.raises(BadTrace) as error:
        parse((HEADER, PROCESS, line))
    assert str(error.value) == f"cannot read the trace's log: line 3: {cause}"
    assert error.value.line == 3
    assert error.value.hint


def test_nothing_may_follow_the_end_but_another_run() -> None:
    with pytest.raises(BadTrace, match="line 3: a sensor's log starts with a line unladen-trace"):
        parse((HEADER, end(0), PROCESS))


def test_a_file_that_is_no_log() -> None:
    with pytest.raises(BadTrace, match="line 1: a sensor's log starts with"):
        parse((b"%PDF-1.7\n",))
    with pytest.raises(BadTrace, match="it is empty"):
        parse(())


def test_the_reader_knows_every_word_of_the_sensor() -> None:
    source = (Path(__file__).parents[2] / "sensor" / "sensor.c").read_text()
    table = source[source.index("static const struct call calls[]") : source.index("enum { CALLS")]
    words = set(re.findall(r'"([a-z-]+)"', re.sub(r"LOSS\(.*", "", table)))
    assert words <= CALLS
    assert CALLS - words == {"write"}  # what name_of() makes of an open
    losses = source[source.index("loss_names[LOSSES] = {") : source.index("static struct {")]
    assert set(re.findall(r'= "([a-z]+)",', losses)) == LOSSES.keys() | HARMLESS


@pytest.mark.parametrize("architecture", ["amd64", "x86_64", "arm64", "arm64/v8", "aarch64"])
def test_there_is_a_static_sensor_for_each_architecture(architecture: str) -> None:
    header = sensor_for(architecture).read_bytes()[:20]
    machine = int.from_bytes(header[18:20], "little")
    assert header.startswith(b"\x7fELF")
    assert machine == (0xB7 if architecture.startswith(("arm64", "aarch64")) else 0x3E)  # elf.h: EM_*


def test_other_architectures_are_refused_with_the_way_that_is_left() -> None:
    with pytest.raises(SensorMissing, match="cannot trace riscv64 images") as error:
        sensor_for("riscv64")
    assert "package" in error.value.hint
