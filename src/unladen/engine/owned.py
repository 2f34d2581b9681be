"""Who owns what unladen starts: the session's id, the value of LABEL.

The label is the only ledger. A container whose `create` was broken off before it could answer carries it too.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from pathlib import Path


def new_session(pid: int | None = None) -> str:
    """An id that says which process owns the session: "<random>.<pid>.<its start>.<where>".

    Lower-case letters, digits and dots alone: it is part of image names.
    """
    pid = os.getpid() if pid is None else pid
    return f"{secrets.token_hex(4)}.{pid}.{_started(pid) or 0}.{_where()}"


def is_orphan(session: str) -> bool:
    """True when the session's process ran here and is gone. What cannot be told (another host or container,
    a label of another make) counts as alive."""
    parts = session.split(".")
    if len(parts) != 4 or not parts[1].isdigit() or parts[3] != _where():
        return False
    pid, started = int(parts[1]), parts[2]
    if started == "0":  # no /proc here
        return not _exists(pid)
    return _started(pid) != started


def _started(pid: int) -> str | None:
    """When the process started, in clock ticks since boot (proc(5), stat, field 22): pids are used again."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    return stat.rpartition(")")[2].split()[19]


def _where() -> str:
    """This host and process namespace: a pid means nothing in another one."""
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return hashlib.sha256(f"{socket.gethostname()} {namespace}".encode()).hexdigest()[:8]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
