"""How a client's call is broken off so that the engine tidies up after itself."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

Ending = Callable[["subprocess.Popen[bytes]"], None]

GRACE = 10.0
"""Seconds a call has to end when asked."""
POLL = 0.05


def end(child: subprocess.Popen[bytes]) -> None:
    """Asks, then makes."""
    if child.poll() is not None:
        return
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def end_from_below(child: subprocess.Popen[bytes]) -> None:
    """Kills what a build's RUN step runs, so that the step fails and the builder removes its containers.

    podman build and buildah bud that get a signal themselves leave the step running and their working
    containers in the store. Where processes cannot be listed (no /proc), it is asked like any other call.
    """
    deadline = time.monotonic() + GRACE
    while child.poll() is None and time.monotonic() < deadline and Path("/proc/self/stat").exists():
        for pid in _leaves(child.pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(POLL)
    end(child)


def _leaves(root: int) -> list[int]:
    """The descendants of a process that have no children themselves."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError, ValueError):
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    leaves: list[int] = []
    open_ = list(children.get(root, ()))
    while open_:
        pid = open_.pop()
        below = children.get(pid)
        if below:
            open_.extend(below)
        else:
            leaves.append(pid)
    return leaves
