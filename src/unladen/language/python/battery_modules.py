"""A part of the battery (see battery_script.py, which comes behind it): which modules import.

Each package is imported by a child process of its own, module after module, so that none is there because another
package brought it. A module that ends the child or hangs costs that module alone.
"""
# ruff: noqa: PTH112, PTH114, PTH118, PTH120, PTH208, PTH106, PTH108 - pathlib, too, may be gone

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BUILD_TOOLS = {"pip", "setuptools", "wheel", "distribute"}
NOT_ASKED = {*BUILD_TOOLS, "pkg_resources", "_distutils_hack", "compressed_bytecode"}
SYSTEM = "/usr/lib/python3/dist-packages"  # where Debian puts the packages of apt
SECONDS, TOGETHER = 20.0, 60.0
"""For one module, and for all of them."""
CHILDREN = 2
COMMON = "asyncio ctypes dataclasses email.message http.client inspect logging ssl subprocess typing urllib.request"
"""Imported once, before the children are made: of a library without bytecode, each would compile them again."""
TESTS = {"test", "tests", "conftest", "benchmarks", "examples", "docs", "__main__"}
BUILDS = {"distutils", "setup", "setupscons", "f2py", "lib2to3", "idlelib", "tkinter", "turtle", "turtledemo"}
BUILDS |= {"ensurepip", "pydoc_data", "nis"}
"""Modules that build, teach or draw windows: bases for servers come without."""
FORBIDDEN = {
    *("socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "webbrowser.open"),
    *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod", "os.chown", "os.link"),
}
"""What a module does not get to do while it is imported, but for a folder that goes afterwards."""


def installed_packages() -> "dict[str, list[str]]":
    """Top-level package → its modules, of all that is installed."""
    groups: dict[str, list[str]] = {}
    for folder in folders_of_distributions():
        for name in modules_below(folder):
            groups.setdefault(name.partition(".")[0], []).append(name)
    return {group: sorted(set(names)) for group, names in groups.items() if group not in NOT_ASKED}


def library_parts() -> "dict[str, list[str]]":
    """The standard library's public modules, in four parts of about the same size."""
    folder = os.path.dirname(os.path.realpath(os.__file__))
    names = {*sys.builtin_module_names, *modules_below(folder)}
    if os.path.isdir(os.path.join(folder, "lib-dynload")):
        names.update(modules_below(os.path.join(folder, "lib-dynload")))
    public = sorted(name for name in names if not any(part.startswith("_") for part in name.split(".")))
    parts: dict[str, list[str]] = {}
    for name in public:
        # jokes, examples of C, and what Debian adds
        if name not in ("antigravity", "this", "sitecustomize") and not name.startswith("xx"):
            parts.setdefault(str(sum(name[0] >= first for first in "eiq")), []).append(name)
    return parts


def folders_of_distributions() -> "list[str]":
    """Where distributions are installed; the application's own folder is not asked, nor the packages of apt."""
    found = []
    for folder in dict.fromkeys(os.path.realpath(path) for path in sys.path):
        if os.path.isdir(folder) and not folder.startswith(SYSTEM):  # noqa: SIM102
            if any(name.endswith((".dist-info", ".egg-info")) for name in os.listdir(folder)):
                found.append(folder)
    return found


def modules_below(folder: str, package: str = "") -> "Iterator[str]":
    """Names of the modules in a folder, compiled or not, but for tests and what cannot be named in an import."""
    import importlib.machinery

    suffixes = sorted(importlib.machinery.all_suffixes(), key=len, reverse=True)
    for entry in sorted(os.scandir(folder), key=lambda each: each.name):
        if entry.is_dir():
            name = entry.name
            if asked(name) and name not in ("site-packages", "dist-packages", "lib-dynload"):
                yield from modules_below(entry.path, f"{package}{name}.")
            continue
        suffix = next((each for each in suffixes if entry.name.endswith(each)), None)
        if suffix is None:
            continue
        name = entry.name[: -len(suffix)]
        if name == "__init__" and package:
            yield package[:-1]
        elif asked(name):
            yield package + name


def asked(name: str) -> bool:
    plain = name.strip("_")
    is_test = plain in TESTS or plain.startswith("test_") or plain.endswith(("_test", "_tests"))
    return name.isidentifier() and name not in ("__pycache__", "__init__") and not is_test


def is_private_and_compiled(name: str) -> bool:
    """Such as numpy.core._simd. Of those that only tests import, lean rungs do without; what else needs one fails."""
    import importlib.machinery

    path = str(getattr(sys.modules.get(name), "__file__", ""))
    return name.rpartition(".")[2].startswith("_") and path.endswith(
        tuple(importlib.machinery.EXTENSION_SUFFIXES)
    )


def builds(name: str) -> bool:
    return any(part.lstrip("_") in BUILDS for part in name.split("."))


def imported(groups: "Mapping[str, list[str]]") -> "dict[str, dict[str, str] | str]":
    """Group → its names, each with "+" (it imports), "p" (that, and it is private and compiled) or "-"."""
    import select
    import time

    for name in COMMON.split():
        try:
            __import__(name)
        except Exception:
            continue
    end = time.monotonic() + TOGETHER
    home = scratch_folder()
    answers: dict[str, bytes] = dict.fromkeys(groups, b"")
    waiting = sorted(groups, key=lambda group: (-len(groups[group]), group))
    running: dict[int, tuple[str, int, float]] = {}
    while (waiting or running) and time.monotonic() < end:
        while waiting and len(running) < CHILDREN:
            group = waiting.pop(0)
            names = groups[group][len(answers[group]) :]
            if names:
                pipe, child = child_for(names, home)
                running[pipe] = group, child, time.monotonic()
        ready = select.select(list(running), [], [], 0.5)[0]
        for pipe in list(running):
            group, child, since = running[pipe]
            data = os.read(pipe, 1 << 16) if pipe in ready else None
            if data:
                answers[group] += data
                running[pipe] = group, child, time.monotonic()
            elif data is not None or time.monotonic() - since > SECONDS:
                end_child(pipe, child)
                del running[pipe]
                if len(answers[group]) < len(groups[group]):  # the next one ended it, or hangs
                    answers[group] += b"-"
                    waiting.insert(0, group)
    for pipe, (group, child, _) in running.items():
        end_child(pipe, child)
        waiting.append(group)
    remove_folder(home)
    found: dict[str, dict[str, str] | str] = {}
    for group, names in sorted(groups.items()):
        known = dict(zip(names, answers[group].decode()))  # noqa: B905 - Python 3.8
        found[group] = "not asked: the time was up" if group in waiting else known
    return found


def child_for(names: "list[str]", home: str) -> "tuple[int, int]":
    """(pipe, process): a child that imports these and writes +, p or - for each."""
    read, write = os.pipe()
    child = os.fork()
    if child:
        os.close(write)
        return read, child
    try:
        import importlib

        os.setsid()
        silence()
        sys.dont_write_bytecode = True
        for name in (
            "HOME",
            "TMPDIR",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "MPLCONFIGDIR",
            "NUMBA_CACHE_DIR",
        ):
            os.environ[name] = home or "/nonexistent"
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = "1"
        sys.addaudithook(lambda event, arguments: forbid(event, arguments, home))
        for name in names:
            try:
                importlib.import_module(name)
                answer = b"p" if is_private_and_compiled(name) else b"+"
            except BaseException:
                answer = b"-"
            os.write(write, answer)
    finally:
        os._exit(0)


def silence() -> None:
    """Standard input is empty, and what modules print goes nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)


def forbid(event: str, arguments: "tuple[object, ...]", home: str) -> None:
    """Raises PermissionError for what would reach beyond the process and its scratch folder."""
    if event == "open":
        path, flags = arguments[0], arguments[2]
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if not writes or not isinstance(path, (str, bytes)) or os.fsdecode(path).startswith("/dev/"):
            return
    elif event not in FORBIDDEN:
        return
    path = arguments[0] if arguments else ""
    if not home or not isinstance(path, (str, bytes)) or not os.fsdecode(path).startswith(home):
        raise PermissionError(1, "not while modules are tried")


def end_child(pipe: int, child: int) -> None:
    import signal

    os.close(pipe)
    for target in (-child, child):
        try:
            os.kill(target, signal.SIGKILL)
        except OSError:  # it has ended
            continue
    os.waitpid(child, 0)


def scratch_folder() -> str:
    """A folder for what modules write while they are imported; "" where there is none to be had."""
    try:
        import tempfile

        return os.path.realpath(tempfile.mkdtemp(prefix="unladen-"))
    except (ImportError, OSError):
        return ""


def remove_folder(home: str) -> None:
    if home:
        for folder, folders, names in os.walk(home, topdown=False):
            for name in names:
                os.unlink(os.path.join(folder, name))
            for name in folders:
                path = os.path.join(folder, name)
                os.unlink(path) if os.path.islink(path) else os.rmdir(path)
        os.rmdir(home)
