"""How a client's call is broken off so that the engine tidies up after itself."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Collection
from itertools import pairwise
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


def end_builds(images: Collection[str]) -> None:
    """Ends the builds of these image names that a killed process of this user's left running (where there is /proc)."""
    deadline = time.monotonic() + GRACE
    while (running := _building(images)) and time.monotonic() < deadline:
        for pid in running:
            for each in _leaves(pid) if _is_podmans(pid) else (pid,):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(each, signal.SIGKILL if each != pid else signal.SIGTERM)
        time.sleep(POLL)


def _building(images: Collection[str]) -> list[int]:
    """The clients that build them, known by what they were asked for."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            tags = {word for before, word in pairwise(words) if before == "--tag"}
            if folder.stat().st_uid == os.geteuid() and not tags.isdisjoint(images):
                found.append(int(folder.name))
    return found


def _is_podmans(pid: int) -> bool:
    """Whether it is to be ended from below."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip() in ("podman", "buildah")
    return False


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
