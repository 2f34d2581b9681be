"""What the worker may do, and who it is."""

import os
import pwd
import sys
from pathlib import Path

if sys.argv[1:2] == ["--drop"]:
    worker = pwd.getpwnam("worker")
    os.initgroups(worker.pw_name, worker.pw_gid)
    os.setgid(worker.pw_gid)
    os.setuid(worker.pw_uid)
    os.environ["HOME"] = worker.pw_dir
    os.execv(sys.executable, [sys.executable, sys.argv[0], *sys.argv[2:]])
Path("/srv/work/mine").write_text("mine")
try:
    print("may read everything", len(Path("/etc/shadow").read_text()))
except PermissionError:
    print("may not read everything")
import sqlite3  # noqa: E402 (late, as the worker)

print(os.getuid(), pwd.getpwuid(os.getuid()).pw_name, Path.home(), sorted(Path("/srv/work").iterdir()))
print(sqlite3.connect(Path.home() / "own.db").execute("select upper('worker')").fetchone(), sys.argv[1:])
