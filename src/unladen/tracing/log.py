"""The sensor's log, read into values. Its format is described at the top of sensor/sensor.c."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from unladen.errors import BadTrace

MAGIC, VERSION = b"unladen-trace", b"1"

READS = frozenset(("access", "chdir", "chroot", "connect", "exec", "getxattr", "list", "open"))
READS |= frozenset(("readlink", "stat", "statfs", "watch"))
"""The calls that leave a path as it is; `list` reads a directory, `exec` runs a file or its interpreter."""

CHANGES = frozenset(("chmod", "chown", "link", "rename", "rmdir", "setxattr", "truncate", "unlink", "utime"))
CHANGES |= frozenset(("write",))
"""The calls that change what was there: `write` opens it for writing; of `link` and `rename` the source."""

MAKES = frozenset(("bind", "create", "link-to", "mkdir", "mknod", "rename-to", "symlink"))
"""The calls that, when they succeed, made the path: from then on it is the program's own, not the image's.
`create` is an open that made a file which was not there."""

CALLS = READS | CHANGES | MAKES

LOSSES = {
    "unreadable": "{} calls whose path could not be read from the process",
    "unplaced": "{} relative paths whose directory could not be found out",
    "foreign": "{} calls of 32-bit programs, which are not read",
    "unknown": "{} calls that are newer than the sensor, which does not know their paths",
    "handles": "{} files opened by handle, without a path",
    "mounts": "{} changes of mounts, after which a path may mean another file",
    "privileges": "{} programs that ran without the privileges of their file, because they were traced",
}
HARMLESS = frozenset(("failed", "filters"))
"""Counted too, but no hole: calls on what is not there, and filters whose refused calls do not happen."""


@dataclass(frozen=True, slots=True)
class Touch:
    """One path that a program asked for. `result` is 0 or the errno; `process` the path of what ran ("" where
    it is not known); `phase` the number of marks before it.

    `path` is absolute as the program gave it: "..", ".", "//" and symbolic links are in it still, to be
    resolved in the image's own tree. Bytes that are not UTF-8 are decoded with surrogateescape.
    """

    path: str
    call: str
    result: int
    process: str
    phase: int


@dataclass(frozen=True)
class Trace:
    """What a program touched, in the order of the first times, each once a phase. `marks` is how many marks
    there were, so the phases are 0 to `marks`. Where `complete` is False, `problems` says what is missing."""

    touches: tuple[Touch, ...]
    marks: int
    complete: bool
    problems: tuple[str, ...]
    arch: str


class _Wrong(ValueError):
    """What is wrong with a line, for a person."""


@dataclass
class _Run:
    """What was read so far. A log holds several runs where its container was started again: each one after
    the first starts a phase of its own."""

    arch: str = ""
    phase: int = 0
    marks: int = 0
    open: bool = False
    seen: int = 0
    exes: dict[int, str] = field(default_factory=dict)
    touches: list[Touch] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    losers: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def parse(lines: Iterable[bytes]) -> Trace:
    """Reads a log from its lines, line ends included (a file opened in binary mode). A log that breaks off is
    an incomplete trace. Raises BadTrace, with the line's number, where it is not what a sensor wrote."""
    run, number, cut = _Run(), 0, False
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            cut = True
            break
        try:
            _read(run, line[:-1].split(b"\t"))
        except _Wrong as wrong:
            raise _bad(number, str(wrong)) from wrong
        except (ValueError, KeyError, IndexError) as error:
            raise _bad(number, "not a record of the sensor") from error
    if not run.arch:
        raise _bad(number, "it is empty")
    return _finish(run, cut)


def _bad(line: int, cause: str) -> BadTrace:
    hint = "Trace again, and leave the log as the sensor wrote it." if line else "Did the sensor start?"
    return BadTrace(f"cannot read the trace's log: line {line}: {cause}", line=line, hint=hint)


def _read(run: _Run, fields: list[bytes]) -> None:
    kind = fields[0].decode("ascii")
    if fields[0] == MAGIC:
        _begin(run, fields)
    elif not run.open:
        raise _Wrong("a sensor's log starts with a line unladen-trace")
    elif kind == "process":
        _, pid, exe = fields
        run.exes[int(pid)] = unescape(exe)
    elif kind == "mark":
        run.marks += 1
        run.phase += 1
        if int(fields[1]) != run.marks:
            raise _Wrong(f"mark {run.marks} is missing")
    elif kind == "lost":
        _, loss, pid, call = fields
        run.losers.setdefault(loss.decode("ascii"), f"{call.decode('ascii')} by {run.exes[int(pid)]}")
    elif kind == "end":
        _end(run, fields[1:])
    elif kind in CALLS:
        _, result, pid, path = fields
        if not path.startswith(b"/"):
            raise _Wrong("the path is not absolute")
        run.touches.append(Touch(unescape(path), kind, int(result), run.exes[int(pid)], run.phase))
        run.seen += 1
    else:
        raise _Wrong(f"{kind!r} is no record that this version knows")


def _begin(run: _Run, fields: list[bytes]) -> None:
    _, version, arch, _kernel, _pid = fields
    if version != VERSION:
        raise _Wrong(f"version {version.decode('ascii', 'replace')} of the log is not known here")
    if run.arch and run.arch != arch.decode("ascii"):
        raise _Wrong("the runs are of different architectures")
    if run.arch:
        run.phase += 1
    if run.open:
        run.problems.append("a run before the last was killed: its log has no end")
    run.arch = arch.decode("ascii")
    run.open, run.marks, run.seen = True, 0, 0
    run.exes.clear()


def _end(run: _Run, fields: list[bytes]) -> None:
    counts = {"unknown": 0}  # sensors before this count did not look
    counts |= {key.decode("ascii"): int(count) for key, _, count in (each.partition(b"=") for each in fields)}
    if counts["touches"] != run.seen:
        raise _Wrong(f"{counts['touches']} touches were written, {run.seen} are here")
    for loss in LOSSES:
        run.counts[loss] += counts[loss]
    if unknown := counts.keys() - LOSSES.keys() - HARMLESS - {"touches", "processes"}:
        raise _Wrong(f"{min(unknown)!r} is no count that this version knows")
    run.open = False


def _finish(run: _Run, cut: bool) -> Trace:
    if run.open or cut:
        run.problems.append("the container was killed, or its log could not be written: the log has no end")
    for loss, text in LOSSES.items():
        if count := run.counts[loss]:
            first = f" (the first: {run.losers[loss]})" if loss in run.losers else ""
            run.problems.append(text.format(count) + first)
    return Trace(tuple(run.touches), run.phase, not run.problems, tuple(run.problems), run.arch)


def unescape(text: bytes) -> str:
    """A field as it was: the sensor writes control bytes and backslashes as \\xHH."""
    if b"\\" in text:
        text = re.sub(rb"\\x([0-9a-f]{2})|\\", _byte, text)
    return text.decode("utf-8", "surrogateescape")


def _byte(match: re.Match[bytes]) -> bytes:
    if match[1] is None:
        raise _Wrong("a backslash that is no escape")
    return bytes((int(match[1], 16),))
