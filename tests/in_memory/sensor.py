"""The sensor's part in memory: the same command line, the same log (sensor/sensor.c), of what callables do."""

from __future__ import annotations

import os
import re
import signal
import threading

from in_memory.files import file
from in_memory.process import Ended, Process

CONTENTS = b"unladen-trace"
"""What the real sensor's binary is known by."""


def sensor(process: Process) -> int:
    match list(process.argv[1:]):
        case ["--check"]:
            return 0
        case ["--mark", log]:
            return _of(process, log).mark()
        case ["--reload", log]:
            return _of(process, log).reload()
        case ["--end", log]:
            return _of(process, log).end()
        case [log, "--", *argv]:
            return Tracer(process, log).trace(argv)
    process.complain("sensor: usage: sensor LOG -- PROGRAM [ARGUMENT]…")
    return 125


def refusing(process: Process) -> int:
    """The sensor where ptrace is forbidden."""
    process.complain("sensor: ptrace is not permitted here")
    return 125


def _of(process: Process, log: str) -> Tracer:
    found = process.machine.known[log]
    assert isinstance(found, Tracer)
    return found


class Tracer:
    def __init__(self, process: Process, log: str) -> None:
        self._process = process
        self._log = log
        self._lock = threading.Lock()
        self._pids: dict[str, int] = {}
        self._seen: set[tuple[str, int, str]] = set()
        self._touches = self._marks = 0
        self._lines = [f"unladen-trace\t1\t{os.uname().machine}\tin-memory\t1"]
        self._child: Process | None = None
        written = process.machine.tree.nodes.get(log)
        self._before = written.data.decode("utf-8", "surrogateescape") if written else ""

    def trace(self, argv: list[str]) -> int:
        process = self._process
        process.machine.known[self._log] = self
        process.machine.watch = self._see
        try:
            code = process.run(*argv, began=self._began)
        except OSError as error:
            process.complain(f"sensor: cannot run {argv[0]}: {error.strerror}")
            code = 127 if error.errno == 2 else 126
        counts = ["unreadable", "unplaced", "foreign", "handles", "mounts", "privileges", "failed", "filters"]
        numbers = "\t".join(f"{name}=0" for name in counts)
        self._lines.append(f"end\ttouches={self._touches}\tprocesses={len(self._pids)}\t{numbers}")
        self._write()
        if process.machine.killed:
            raise Ended(128 + signal.SIGKILL)
        return code

    def mark(self) -> int:
        with self._lock:
            self._marks += 1
            self._seen.clear()
            self._lines.append(f"mark\t{self._marks}")
            self._write()
        return 0

    def reload(self) -> int:
        """Nothing that runs in memory has a handler for SIGHUP."""
        return 0

    def end(self) -> int:
        """Ends the program, not the sensor."""
        machine = self._process.machine
        with machine.wake:
            if self._child is not None:
                self._child.signals.ended = signal.SIGKILL
            machine.wake.notify_all()
        return 0

    def _began(self, child: Process) -> None:
        self._child = child
        self._process.machine.addressee = child.signals

    def _see(self, process: Process, call: str, path: str, number: int) -> None:
        with self._lock:
            if (call, number, path) in self._seen or path == self._log:
                return
            self._seen.add((call, number, path))
            pid = self._pids.setdefault(process.path, len(self._pids) + 2)
            if f"process\t{pid}\t{_escaped(process.path)}" not in self._lines:
                self._lines.append(f"process\t{pid}\t{_escaped(process.path)}")
            self._lines.append(f"{call}\t{number}\t{pid}\t{_escaped(path)}")
            self._touches += 1

    def _write(self) -> None:
        text = self._before + "\n".join(self._lines) + "\n"
        self._process.machine.tree.nodes[self._log] = file(text.encode("utf-8", "surrogateescape"))


def _escaped(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\\]", lambda match: f"\\x{ord(match[0]):02x}", text)
