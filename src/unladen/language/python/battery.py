"""What requests to a Python program never show: a script that asks its container, and what its answers mean."""

from __future__ import annotations

from importlib.resources import files

from unladen.language.interface import Battery

MEANING = {
    "certificates": "outgoing HTTPS fails its verification: the authorities' certificates are not found",
    "tls": "outgoing connections verify less, or speak other versions of TLS",
    "tls handshakes": "TLS 1.2 or 1.3 fails with RSA or elliptic-curve certificates, or a false authority is believed",
    "openssl settings": "OpenSSL does not find its settings (openssl.cnf): versions, ciphers and providers are others",
    "own host name": "the container's own host name does not resolve: /etc/hosts is not read",
    "name service": "host, user and service names are looked up in other places (/etc/nsswitch.conf)",
    "dns": "host names do not resolve",
    "services": "services are not found by name (/etc/services): socket.getservbyname fails",
    "users": "users and groups are not found by name (/etc/passwd, /etc/group)",
    "running user": "the program runs as another user: a gain where it gives up root's rights",
    "home": "another home folder: settings and caches under ~ go elsewhere",
    "temporary folder": "temporary files go elsewhere or fail",
    "writable folders": "the home folder, /tmp or /var/tmp is missing or can no longer be written",
    "environment": "environment variables are missing or have other values",
    "writable working folder": "the program can no longer write into its working folder",
    "working folder": "relative paths mean other files, or can no longer be written",
    "time zones": "zoneinfo does not know zones, or computes other times",
    "zones of the c library": "TZ=… of these zones is not understood: local times are in UTC (/usr/share/zoneinfo)",
    "zone names of the c library": "time.strftime with %Z gives other names, or none, to times of these zones; TZ"
    " with an old name (EST5EDT, W-SU) means another time",
    "local time": "the program's local time is that of another zone: TZ or /etc/localtime is another one",
    "own locale": "LANG or LC_* is another one, or its locale is missing: sorting and formatting change",
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
    "modules": "modules of installed packages no longer import",
    "private compiled modules": "compiled modules with private names are gone, of which tests alone made use: what else"
    " needs one does not import",
    "building and desktop modules": "modules that build packages, teach or draw windows (distutils, tkinter…) do not"
    " import",
    "libraries by name": "ctypes.util.find_library finds no library by name (it asks ldconfig, gcc or ld)",
    "subprocess": "the interpreter cannot start itself again",
    "shell": "no /bin/sh: os.system, subprocess with shell=True and `docker exec … sh` fail",
    "processes": "multiprocessing has no semaphores",
    "signals": "signals do not reach the program",
    "randomness": "no random numbers, or no host name",
    "source lines": "inspect.getsource fails, as do tools that read their own source",
    "traceback lines": "tracebacks have no source lines",
}
"""Check → what losing it means."""

ANYONE = ("subprocess", "temporary folder", "writable folders", "writable working folder")
MEANING |= {
    f"any user: {check}": f"as a user whom the image does not know (OpenShift, --user): {MEANING[check]}"
    for check in ANYONE
}

# A smaller image is allowed to lose comfort: tools of people and of the base, root's rights and its home folder.
_NOT_FATAL = frozenset(
    {
        "running user",
        "home",
        "system distributions",
        "build tools",
        "building and desktop modules",
        "private compiled modules",
        "libraries by name",
        "environment",  # what the image sets is compared by its configuration; what it does to the program, below
        "shell",
        "source lines",
        "traceback lines",
        "sqlite version",
        "zone names of the c library",
    }
)

# A slim image lacks modules that nothing used. Of what remains, all must be as it was: names, certificates, zones…
INVENTORY = frozenset({"distributions", "entry points", "modules", "processes", "sqlite", "standard library"})

_PARTS = ("battery_modules.py", "battery_tls.py", "battery_script.py")

BATTERY = Battery(
    script="\n".join(files(__package__).joinpath(part).read_text(encoding="utf-8") for part in _PARTS)
    + "\nmain(sys.argv[1:])\n",
    argv=("python", "-"),
    meaning=MEANING,
    fatal=frozenset(MEANING) - _NOT_FATAL,
    inventory=INVENTORY,
    anyone=ANYONE,
)
