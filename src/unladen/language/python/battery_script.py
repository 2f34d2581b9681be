"""Runs inside a container, with nothing but the standard library of Python 3.8 and later: `python - < this`.

Prints one JSON object, check → value; arguments name the checks that are wanted, none means all. A check that fails
reports "error: …" and the others go on, so each imports what it needs itself: in a slim image any module may be gone.
Values are the same on every run of the same image. Each function below whose name begins with `check_` is a check.
"""
# ruff: noqa: PTH109, PTH111, PTH116 - pathlib, too, may be gone

import json
import os
import sys

TYPE_CHECKING = False  # `typing` and `__future__` may be gone as well
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

MODULES = [
    "asyncio",
    "bz2",
    "concurrent.futures",
    "ctypes",
    "curses",
    "dbm",
    "decimal",
    "email",
    "hashlib",
    "html",
    "http.server",
    "json",
    "logging",
    "lzma",
    "multiprocessing",
    "pickle",
    "readline",
    "secrets",
    "select",
    "sqlite3",
    "ssl",
    "unittest",
    "urllib.request",
    "uuid",
    "venv",
    "xml.etree.ElementTree",
    "xmlrpc.client",
    "zipfile",
    "zlib",
    "zoneinfo",
]
BUILD_TOOLS = {"pip", "setuptools", "wheel", "distribute"}
SYSTEM = "/usr/lib/python3/dist-packages"  # where Debian puts the packages of apt


def check_certificates() -> object:
    import ssl

    return ssl.create_default_context().cert_store_stats()["x509_ca"]


def check_tls() -> object:
    import ssl

    context = ssl.create_default_context()
    return {
        "verifies": context.verify_mode == ssl.CERT_REQUIRED,
        "versions": [ssl.HAS_TLSv1_2, ssl.HAS_TLSv1_3],
    }


def check_dns() -> object:
    import socket

    return sorted({address[4][0] for address in socket.getaddrinfo("localhost", 80, socket.AF_INET)})


def check_services() -> object:
    import socket

    return {name: socket.getservbyname(name) for name in ("https", "domain", "postgresql")}


def check_users() -> object:
    import grp
    import pwd

    return {
        "root": [pwd.getpwnam("root").pw_uid, grp.getgrnam("root").gr_gid],
        "nobody": pwd.getpwnam("nobody").pw_uid,
    }


def check_running_user() -> object:
    import pwd

    return {"uid": os.getuid(), "name": pwd.getpwuid(os.getuid()).pw_name}


def check_home() -> object:
    home = os.path.expanduser("~")
    return {"home": home, "writable": os.access(home, os.W_OK)}


def check_temporary_folder() -> object:
    import tempfile

    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
    return {"folder": tempfile.gettempdir(), "sticky": bool(os.stat("/tmp").st_mode & 0o1000)}


def check_working_folder() -> object:
    return {"folder": os.getcwd(), "writable": os.access(".", os.W_OK)}


def check_time_zones() -> object:
    import datetime
    import zoneinfo

    when = datetime.datetime(2024, 7, 1, 12)
    names = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Etc/GMT+5")
    return {name: str(when.replace(tzinfo=zoneinfo.ZoneInfo(name)).utcoffset()) for name in names}


def check_local_time() -> object:
    import time

    os.environ["TZ"] = "America/New_York"
    time.tzset()
    try:
        return time.strftime("%Y-%m-%d %H:%M %z", time.localtime(1719835200))
    finally:
        del os.environ["TZ"]
        time.tzset()


def check_locale() -> object:
    import locale

    return [locale.setlocale(locale.LC_ALL, "C.UTF-8"), locale.localeconv()["decimal_point"]]


def check_encodings() -> object:
    import codecs
    import locale

    return {
        "file system": sys.getfilesystemencoding(),
        "standard output": sys.stdout.encoding.lower(),
        "preferred": codecs.lookup(locale.getpreferredencoding(False)).name,
    }


def check_codecs() -> object:
    import codecs
    import encodings.aliases

    names = sorted(set(encodings.aliases.aliases.values()) | {"idna", "punycode", "utf_8_sig"})
    known = [name for name in names if name not in ("mbcs", "oem")]
    return [name for name in known if codecs.lookup(name)]


def check_mime_types() -> object:
    import mimetypes

    names = ("webp", "docx", "js", "json", "svg", "woff2", "csv", "pdf", "mp4", "wasm")
    return {name: mimetypes.guess_type("file." + name)[0] for name in names}


def distributions() -> "Iterator[tuple[str, str, str]]":
    """(name, version, where) of everything installed, by canonical name."""
    import importlib.metadata

    for found in importlib.metadata.distributions():
        name = (found.metadata["Name"] or "").lower().replace("_", "-").replace(".", "-")
        yield name, found.version, str(found.locate_file(""))


def check_distributions() -> object:
    return {
        name: version
        for name, version, where in sorted(distributions(), reverse=True)
        if name not in BUILD_TOOLS and not where.startswith(SYSTEM)
    }


def check_entry_points() -> object:
    import importlib.metadata

    found = importlib.metadata.distributions()
    groups = {
        (point.group, point.name)
        for each in found
        if not str(each.locate_file("")).startswith(SYSTEM)
        and (each.metadata["Name"] or "").lower() not in BUILD_TOOLS
        for point in each.entry_points
    }
    return sorted(": ".join(point) for point in groups)


def check_system_distributions() -> object:
    return sorted({name for name, _, where in distributions() if where.startswith(SYSTEM)} - BUILD_TOOLS)


def check_build_tools() -> object:
    return sorted({name for name, _, _ in distributions()} & BUILD_TOOLS)


def check_sqlite_version() -> object:
    import sqlite3

    return sqlite3.sqlite_version


def check_sqlite() -> object:
    import contextlib
    import sqlite3

    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create virtual table t using fts5(x)")
        connection.execute("insert into t values ('one two')")
        return connection.execute("select json_array(x) from t where t match 'two'").fetchall()


def check_standard_library() -> object:
    missing = []
    for name in MODULES:
        try:
            __import__(name)
        except ImportError as error:
            missing.append(f"{name}: {error}")
    return missing or "complete"


def check_subprocess() -> object:
    import subprocess

    done = subprocess.run([sys.executable, "-c", "print(6 * 7)"], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


def check_shell() -> object:
    import subprocess

    done = subprocess.run(["/bin/sh", "-c", "echo $((6 * 7))"], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


def check_processes() -> object:
    import multiprocessing

    lock = multiprocessing.get_context("spawn").Lock()  # needs /dev/shm and semaphores
    with lock:
        return "semaphores"


def check_signals() -> object:
    import signal
    import time

    received = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: received.append(number))
    os.kill(os.getpid(), signal.SIGUSR1)
    time.sleep(0.01)
    signal.signal(signal.SIGUSR1, before)
    return received == [signal.SIGUSR1]


def check_randomness() -> object:
    import socket
    import uuid

    return {"uuid": len(str(uuid.uuid4())), "bytes": len(os.urandom(8)), "host": bool(socket.gethostname())}


def check_source_lines() -> object:
    installed = dependency()
    return {
        name: source_of(module) for name, module in (("json", json), ("a dependency", installed)) if module
    }


def check_traceback_lines() -> object:
    import traceback

    try:
        json.loads("{")
    except ValueError as error:
        return bool(traceback.extract_tb(error.__traceback__)[-1].line)
    return False


def source_of(module: "ModuleType") -> bool:
    import inspect

    try:
        return bool(inspect.getsource(module))
    except (OSError, TypeError):
        return False


def dependency() -> "ModuleType | None":
    """A module of an installed dependency that is written in Python: the first that imports."""
    import contextlib
    import io

    for name, _, where in sorted(distributions()):
        if name in BUILD_TOOLS or where.startswith(SYSTEM):
            continue
        with contextlib.suppress(Exception), contextlib.redirect_stderr(io.StringIO()):
            module = __import__(name.replace("-", "_"))
            if (getattr(module, "__file__", None) or "").endswith((".py", ".pyc")):
                return module
    return None


def main(wanted: "list[str]") -> None:
    """Runs the checks of these names, all of them where none is named."""
    sys.path[:] = [path for path in sys.path if path not in ("", os.getcwd())]  # the application is not asked
    prefix = "check_"
    checks = {
        name[len(prefix) :].replace("_", " "): check
        for name, check in globals().items()
        if name.startswith(prefix)
    }
    report = {}
    for title in [name for name in wanted if name in checks] or list(checks):
        try:
            report[title] = checks[title]()
        except Exception as error:
            report[title] = f"error: {type(error).__name__}: {error}"
    json.dump(report, sys.stdout, sort_keys=True)
    print()


main(sys.argv[1:])
