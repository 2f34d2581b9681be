"""Failures found in logs, and the causes that are read from them."""

from __future__ import annotations

import time

import pytest

from unladen.proof.causes import guess_cause
from unladen.proof.tracebacks import tracebacks

PYTHON = b"""INFO:     Started server process [1]
ERROR:    Exception in ASGI application
Traceback (most recent call last):
  File "/app/main.py", line 12, in predict
    return model(
           ^^^^^^
  File "/app/model.py", line 3, in model
    raise ValueError(f"bad {x}")
ValueError: bad 17
INFO:     172.17.0.1:40000 - "GET / HTTP/1.1" 200 OK
"""
GROUP = b"""  + Exception Group Traceback (most recent call last):
  |   File "/venv/lib/python3.11/site-packages/uvicorn/protocols/http.py", line 1, in run
  |     await self.app()
  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File "/app/main.py", line 2, in f
    |     1 / 0
    | ZeroDivisionError: division by zero
    +------------------------------------
"""
GO = b"""panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47f0a1]

goroutine 1 [running]:
main.main()
"""
GO_HTTP = b"2024/01/01 10:00:00 http: panic serving 172.17.0.1:52100: assignment to entry in nil map\n"
NODE = b"""/app/server.js:3
  boom()
  ^

TypeError: boom is not a function
    at Object.<anonymous> (/app/server.js:3:3)
"""
RUST = b"thread 'main' panicked at src/main.rs:2:5:\nindex out of bounds\n"
JAVA = b'Exception in thread "main" java.lang.NoClassDefFoundError: org/x/Y\n\tat Main.main(Main.java:3)\n'


@pytest.mark.parametrize(
    ("stderr", "found"),
    [
        (PYTHON, ("ValueError: bad 17",)),
        (
            GROUP,
            (
                "ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)",
                "ZeroDivisionError: division by zero",
            ),
        ),
        (GO, ("panic: runtime error: invalid memory address or nil pointer dereference",)),
        (GO_HTTP, ("panic: assignment to entry in nil map",)),
        (b"2024/01/01 10:00:00 panic: caught by its own program\n", ("panic: caught by its own program",)),
        (NODE, ("TypeError: boom is not a function",)),
        (RUST, ("thread 'main' panicked at src/main.rs:2:5:",)),
        (JAVA, ('Exception in thread "main" java.lang.NoClassDefFoundError: org/x/Y',)),
        (b"Segmentation fault (core dumped)\n", ("Segmentation fault (core dumped)",)),
        (b"Traceback (most recent call last):\n  File", ("a traceback that breaks off",)),
        (b'INFO: "GET /error HTTP/1.1" 404\nError: none here\nno panic: really\n', ()),
    ],
)
def test_failures_of_each_language(stderr: bytes, found: tuple[str, ...]) -> None:
    assert tracebacks(stderr) == found


def test_the_same_failure_counts_once_and_stdout_is_read_too() -> None:
    assert tracebacks(PYTHON + PYTHON.replace(b"bad 17", b"bad 99"), GO)[0] == "ValueError: bad 17"
    assert len(tracebacks(PYTHON * 3, GO)) == 2


def test_long_lines_cost_no_time() -> None:
    began = time.perf_counter()
    assert tracebacks((b"GET /" + b"a" * 100_000 + b" 404\n") * 50) == ()
    assert time.perf_counter() - began < 1


CAUSES = """
missing Python module pandas._libs
    ModuleNotFoundError: No module named 'pandas._libs'
missing library libgomp.so.1
    ImportError: libgomp.so.1: cannot open shared object file: No such file or directory
missing library libz.so.1
    ./app: error while loading shared libraries: libz.so.1: cannot open shared object file
missing library libstdc++.so.6
    Error loading shared library libstdc++.so.6: No such file or directory (needed by /x)
a library or libc older than the program was built for (GLIBC_2.38)
    /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /x)
missing certificates
    ssl.SSLCertVerificationError: certificate verify failed: unable to get local issuer certificate
    tls: failed to verify certificate: x509: certificate signed by unknown authority
    open /etc/ssl/certs/ca-certificates.crt: no such file or directory
    FileNotFoundError: [Errno 2] No such file or directory: '/usr/lib/ssl/cert.pem'
missing zone data
    zoneinfo._common.ZoneInfoNotFoundError: 'No time zone found with key Europe/Paris'
    panic: unknown time zone Europe/Berlin
    ModuleNotFoundError: No module named 'tzdata'
missing user entry
    KeyError: 'getpwuid(): uid not found: 65534'
    user: unknown userid 65534
missing encoding cp1252
    LookupError: unknown encoding: cp1252
missing package metadata of fastapi
    importlib.metadata.PackageNotFoundError: No package metadata was found for fastapi
missing Node module express
    Error: Cannot find module 'express'
missing shell
    FileNotFoundError: [Errno 2] No such file or directory: '/bin/sh'
    exec: "sh": executable file not found in $PATH
    exec: "/bin/sh": stat /bin/sh: no such file or directory
missing program ffmpeg
    exec: "ffmpeg": executable file not found in $PATH
missing file /data/model.bin
    FileNotFoundError: [Errno 2] No such file or directory: '/data/model.bin'
no temporary directory that can be written
    No usable temporary directory found in ['/tmp', '/var/tmp']
read-only file system
    OSError: [Errno 30] Read-only file system: '/app/x'
not allowed to the user it runs as
    PermissionError: [Errno 13] Permission denied: '/app/x'
built for another processor
    Illegal instruction (core dumped)
stripping broke a shared library
    ImportError: libscipy_openblas64_.so: ELF load command address/offset not page-aligned
"""


def caused() -> list[tuple[str, str]]:
    pairs, cause = [], ""
    for line in CAUSES.strip().splitlines():
        if line.startswith("    "):
            pairs.append((line.strip(), cause))
        else:
            cause = line
    return pairs


@pytest.mark.parametrize(("text", "cause"), caused())
def test_causes(text: str, cause: str) -> None:
    assert guess_cause(text) == cause


def test_an_answer_that_says_nothing_has_no_cause() -> None:
    assert guess_cause("200 OK") == ""


def test_the_answer_explains_more_than_the_log_and_the_baselines_log_nothing() -> None:
    log = ["12:00:01 No module named 'yaml'", "12:00:02 unknown time zone Europe/Paris"]
    assert guess_cause("unknown encoding: cp437", log) == "missing encoding cp437"
    assert guess_cause("500", log) == "missing Python module yaml"
    assert guess_cause("500", log, ["11:59:59 No module named 'yaml'"]) == "missing zone data"
