"""Runs inside a container, with nothing but the standard library of Python 3.8 and later: `python - < this`, with
battery_modules.py and battery_tls.py before it.

Prints one JSON object, check → value; arguments name the checks that are wanted, none means all. A check that fails
reports "error: …" and the others go on, so each imports what it needs itself: in a slim image any module may be gone.
Values are the same on every run of the same image. Each function below whose name begins with `check_` is a check.
"""
# ruff: noqa: PTH109, PTH111, PTH116, PTH123 - pathlib, too, may be gone

import os
import sys

TYPE_CHECKING = False  # `typing` and `__future__` may be gone as well
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from unladen.language.python.battery_modules import (
        BUILD_TOOLS,
        SYSTEM,
        builds,
        imported,
        installed_packages,
        library_parts,
    )
    from unladen.language.python.battery_tls import handshakes, openssl_settings

NOT_THE_USERS = (
    *("GPG_KEY", "PYTHON_VERSION", "PYTHON_SHA256", "PYTHON_PIP", "PYTHON_SETUPTOOLS", "PYTHON_GET_PIP"),
    *(
        "HOSTNAME",
        "HOME",
        "PWD",
        "OLDPWD",
        "SHLVL",
        "LC_CTYPE",
        "PYTHONDONTWRITEBYTECODE",
        "SSL_CERT_FILE",
        "container",
    ),
)
"""How the names of variables begin that are the base image's, the engine's, or unladen's own."""
OUR_OWN = "/opt/venv/"


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


def check_tls_handshakes() -> object:
    return handshakes()


def check_openssl_settings() -> object:
    return openssl_settings()


def check_dns() -> object:
    import socket

    return sorted({address[4][0] for address in socket.getaddrinfo("localhost", 80, socket.AF_INET)})


def check_own_host_name() -> object:
    import socket

    return bool(socket.getaddrinfo(socket.gethostname(), 80, socket.AF_INET))  # it stands in /etc/hosts


def check_name_service() -> object:
    """What /etc/nsswitch.conf says, of what glibc has itself. Other C libraries always ask files, then DNS."""
    try:
        glibc = "glibc" in (os.confstr("CS_GNU_LIBC_VERSION") or "")
    except (ValueError, OSError):  # musl: invalid argument
        glibc = False
    if not glibc:
        return {"passwd": "files", "group": "files", "hosts": "files dns", "services": "files"}
    found = {}
    with open("/etc/nsswitch.conf") as lines:
        for line in lines:
            name, _, says = line.partition("#")[0].partition(":")
            if name.strip() in ("passwd", "group", "hosts", "services"):
                found[name.strip()] = " ".join(each for each in says.split() if each in ("files", "dns"))
    return found


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


def check_writable_folders() -> object:
    places = {"home": os.path.expanduser("~"), "/tmp": "/tmp", "/var/tmp": "/var/tmp"}
    return {name: os.access(path, os.W_OK | os.X_OK) for name, path in places.items()}


def check_environment() -> object:
    """The variables, but for what tells of the base image or the one container, and what other checks tell."""
    path = os.environ.get("PATH", "").split(":")
    found = {name: value for name, value in os.environ.items() if not name.startswith(NOT_THE_USERS)}
    return {**found, "PATH": sorted(folder for folder in path if not folder.startswith(OUR_OWN))}


def check_working_folder() -> object:
    return os.getcwd()


def check_writable_working_folder() -> object:
    return os.access(".", os.W_OK | os.X_OK)


def check_time_zones() -> object:
    """Of every zone, its offsets in January and in July."""
    import datetime
    import zoneinfo

    dates, found = [datetime.datetime(2024, month, 1, 12) for month in (1, 7)], {}
    for name in sorted(zoneinfo.available_timezones() - {"localtime", "Factory"}):
        zone = zoneinfo.ZoneInfo(name)
        found[name] = " ".join(f"{when.replace(tzinfo=zone):%z}" for when in dates)
    return found


LIKE_RULES = {"CST6CDT", "EST5EDT", "GB-Eire", "MST7MDT", "NZ-CHAT", "PST8PDT", "W-SU"}
"""Old names that musl takes for rules as POSIX has them, whatever the file of that name says."""


def check_zones_of_the_c_library() -> object:
    """The same by TZ, which other languages' libraries and programs read; zoneinfo may have zones of its own."""
    return in_each_zone("%z", known_zones() - LIKE_RULES)


def check_zone_names_of_the_c_library() -> object:
    """musl has none for some times of some zones ("", where glibc has "PST"), and is wrong about some old names."""
    return {**in_each_zone("%Z", known_zones()), **in_each_zone("%z", known_zones() & LIKE_RULES)}


def known_zones() -> "set[str]":
    import zoneinfo

    return zoneinfo.available_timezones() - {"localtime", "Factory"}


def in_each_zone(shown: str, zones: "set[str]") -> "dict[str, str]":
    import time

    given, found = os.environ.get("TZ"), {}
    try:
        for name in sorted(zones):
            os.environ["TZ"] = name
            time.tzset()
            found[name] = " ".join(
                time.strftime(shown, time.localtime(when)) for when in (1704110400, 1719835200)
            )
    finally:
        os.environ.pop("TZ", None)
        if given is not None:
            os.environ["TZ"] = given
        time.tzset()
    return found


def check_local_time() -> object:
    import time

    return [time.strftime("%Y-%m-%d %H:%M %z %Z", time.localtime(when)) for when in (1704110400, 1719835200)]


def check_locale() -> object:
    import locale

    return [one_name(locale.setlocale(locale.LC_ALL, "C.UTF-8")), locale.localeconv()["decimal_point"]]


def check_own_locale() -> object:
    """What LANG and LC_* make of it."""
    import locale

    return one_name(locale.setlocale(locale.LC_ALL, ""))


def one_name(names: str) -> str:
    """The locale's name as glibc gives it. musl names each category, and has C.UTF-8 for LC_CTYPE alone:
    "C.UTF-8;C;C;C;C;C"."""
    first, *others = names.split(";")
    return first if "=" not in first and set(others) <= {"C"} else names


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
    found = []
    for name in names:
        try:
            codecs.lookup(name)
        except (ImportError, LookupError):
            continue
        found.append(name)
    return found


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
    return [name for name in standard_library() if not builds(name)]


def check_modules() -> object:
    """Package → its modules that import, of all that is installed."""
    found = {}
    for package, names in packages().items():
        good = (
            names
            if isinstance(names, str)
            else [n for n, how in names.items() if how == "+" and not builds(n)]
        )
        if good:
            found[package] = good
    return found


def check_private_compiled_modules() -> object:
    return sorted(name for name, how in of_packages() if how == "p")


def check_building_and_desktop_modules() -> object:
    found = [*standard_library(), *(name for name, how in of_packages() if how != "-")]
    return sorted(name for name in found if builds(name))


def check_libraries_by_name() -> object:
    import ctypes.util

    return {name: bool(ctypes.util.find_library(name)) for name in ("c", "m", "z", "ssl", "crypto")}


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
    import json

    installed = dependency()
    return {
        name: source_of(module) for name, module in (("json", json), ("a dependency", installed)) if module
    }


def check_traceback_lines() -> object:
    import json
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


FOUND: "dict[str, dict[str, dict[str, str] | str]]" = {}


def packages() -> "dict[str, dict[str, str] | str]":
    """Package → what became of its modules, found once."""
    if "packages" not in FOUND:
        FOUND["packages"] = imported(installed_packages())
    return FOUND["packages"]


def of_packages() -> "list[tuple[str, str]]":
    return [each for names in packages().values() if isinstance(names, dict) for each in names.items()]


def standard_library() -> "list[str]":
    """Its modules that import, found once, but for private ones, which differ between builds of one version."""
    if "library" not in FOUND:
        FOUND["library"] = imported(library_parts())
    parts = [names for names in FOUND["library"].values() if isinstance(names, dict)]
    return sorted(name for names in parts for name, how in names.items() if how != "-")


def as_json(value: object) -> str:
    """A report as JSON, in ASCII: of all modules, `json` may be gone, too."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        pairs = sorted((str(name), part) for name, part in value.items())
        return "{" + ", ".join(f"{as_json(name)}: {as_json(part)}" for name, part in pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(as_json, value)) + "]"
    if isinstance(value, (int, float)):
        return repr(value)
    return '"' + "".join(map(escaped, str(value))) + '"'


def escaped(char: str) -> str:
    """RFC 8259, section 7: beyond the first plane, a pair of surrogates."""
    number = ord(char)
    if " " <= char <= "~" and char not in '"\\':
        return char
    if number > 0xFFFF:
        number -= 0x10000
        return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"
    return f"\\u{number:04x}"


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
        except ModuleNotFoundError as error:
            report[title] = f"error: the module {error.name} is gone"
        except Exception as error:
            report[title] = f"error: {type(error).__name__}: {error}"
    print(as_json(report))
