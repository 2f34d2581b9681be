"""What requests to a Python program never show: a script that asks its container, and what its answers mean."""

from __future__ import annotations

from importlib.resources import files

from unladen.language.interface import Battery

MEANING = {
    "certificates": "outgoing HTTPS fails its verification: the authorities' certificates are not found",
    "tls": "outgoing connections verify less, or speak other versions of TLS",
    "dns": "host names do not resolve",
    "services": "services are not found by name (/etc/services): socket.getservbyname fails",
    "users": "users and groups are not found by name (/etc/passwd, /etc/group)",
    "running user": "the program runs as another user; without root's rights that is a gain",
    "home": "another home folder: settings and caches under ~ go elsewhere",
    "temporary folder": "temporary files go elsewhere or fail",
    "working folder": "relative paths mean other files, or can no longer be written",
    "time zones": "zoneinfo does not know zones, or computes other times",
    "local time": "TZ is not understood by the C library: local times are in UTC",
    "locale": "C.UTF-8 is missing: sorting, formatting and encodings fall back to ASCII",
    "encodings": "text is read, written or printed in another encoding",
    "codecs": "text in some encodings can no longer be decoded",
    "mime types": "files are served under another content type",
    "distributions": "other versions of dependencies, or importlib.metadata no longer finds them",
    "entry points": "plug-ins and commands are no longer found through importlib.metadata",
    "system distributions": "Python packages of the base image (not of the project) are gone",
    "build tools": "pip, setuptools or wheel are gone: nothing can be installed in a running container",
    "sqlite": "SQLite lacks features (full text search, JSON)",
    "sqlite version": "another version of SQLite: look at its change log where SQL matters",
    "standard library": "modules of the standard library do not import",
    "subprocess": "the interpreter cannot start itself again",
    "shell": "no /bin/sh: os.system, subprocess with shell=True and `docker exec … sh` fail",
    "processes": "multiprocessing has no semaphores",
    "signals": "signals do not reach the program",
    "randomness": "no random numbers, or no host name",
    "source lines": "inspect.getsource fails, as do tools that read their own source",
    "traceback lines": "tracebacks have no source lines",
}
"""Check → what losing it means."""

# A smaller image is allowed to lose comfort: tools of people and of the base, root's rights and its home folder.
_NOT_FATAL = frozenset(
    {
        "running user",
        "home",
        "system distributions",
        "build tools",
        "shell",
        "source lines",
        "traceback lines",
        "sqlite version",
    }
)

# A slim image lacks modules that nothing used. Of what remains, all must be as it was: names, certificates, zones…
INVENTORY = frozenset({"distributions", "entry points", "processes", "sqlite", "standard library"})

BATTERY = Battery(
    script=files(__package__).joinpath("battery_script.py").read_text(encoding="utf-8"),
    argv=("python", "-"),
    meaning=MEANING,
    fatal=frozenset(MEANING) - _NOT_FATAL,
    inventory=INVENTORY,
)
