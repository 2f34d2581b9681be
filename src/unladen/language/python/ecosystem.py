"""Python in images and at builds: distributions, bytecode, plug-ins, tracebacks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unladen.engine.hostsettings import Tools
from unladen.language.ecosystem import Ecosystem
from unladen.language.python import compiled, modules, named
from unladen.language.python.data import data_needs
from unladen.language.python.declared import declared
from unladen.language.python.extras import BUILT, REWRITTEN, takes
from unladen.language.python.indexes import index_files
from unladen.language.python.installing import installing
from unladen.language.python.introspect import commands, script
from unladen.language.python.library import library, spares
from unladen.language.python.packages import ABOUT, python_packages, python_runtimes
from unladen.language.python.plugins import EntryPoints
from unladen.language.python.tests import tests
from unladen.language.python.versions import content
from unladen.language.routes import Routes

TRACEBACK = "Traceback (most recent call last):"
TRACEBACK_LIMIT = 3000
"""Lines: a traceback of Python's deepest recursion has two thousand."""
_GROUP = re.compile(r"^\s*[|+] ")
"""What lines of exception groups begin with."""


def failure(lines: Sequence[str], number: int) -> str:
    """Of a traceback the exception's own line: the first one not indented further than the traceback's head."""
    if lines[number].startswith("Fatal Python error: "):
        return lines[number].strip()
    if not lines[number].endswith(TRACEBACK):
        return ""
    head, *below = (_GROUP.sub("", line) for line in lines[number : number + TRACEBACK_LIMIT])
    ends = (line.strip() for line in below if line.strip() and _indent(line) <= _indent(head))
    return next(ends, "a traceback that breaks off")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


ECOSYSTEM = Ecosystem(
    name="python",
    interpreters=("python", "python3"),
    advice={
        "native": "Python with native parts: multi-stage (the guide reached about 300 MB)",
        "light": "light Python: slim multi-stage (the guide reached about 50 MB)",
    },
    tools=Tools(("REQUESTS_CA_BUNDLE", "PIP_CERT"), index_files),
    installing=installing,
    content=content,
    kind="pip",
    packages=python_packages,
    runtimes=python_runtimes,
    installers=frozenset(("pip", "setuptools", "wheel", "uv", "poetry", "pipenv", "pdm", "virtualenv")),
    runtime=r"(?:lib)?(?P<whole>python3\.\d+)(?P<part>-minimal|-stdlib)?",
    runtime_family=r"(?:lib)?python3(?:\.\d+)?(?:-(?:minimal|stdlib|distutils|lib2to3))?",
    libraries=r"site-packages|dist-packages",
    modules_below=r"python3[^/]*",
    modules=(".py", ".pyc"),
    shared=r"(?:site|dist)-packages|lib-dynload|__pycache__",
    environment=("pyvenv.cfg",),
    caches=r".*\.pyc|.*/__pycache__(?:/.*)?|.*/\.python_history|.*/\.config/pip(?:/.*)?",
    takes=takes,
    rewritten=REWRITTEN,
    built=BUILT,
    library=library,
    spares=spares,
    reads=("/etc/mime.types",),
    not_source=frozenset(("venv", "__pycache__")),
    source_of=modules.source_of,
    stand_in=modules.stand_in,
    for_musl=modules.for_musl,
    is_timed=modules.is_timed,
    needs=lambda scene: (EntryPoints(scene), data_needs),
    beside=lambda scene: (modules.PythonModules(scene),),
    always=modules.always,
    dirt=modules.dirt,
    # read of every distribution at every start, which says nothing of what the program uses
    noise=rf"{ABOUT}(?:/.*)?|.*/(?:site|dist)-packages/(?:_distutils_hack/.*|distutils-precedence\.pth)",
    passive=r".*/(?:site|dist)-packages/[^/]+\.pth",
    about=ABOUT,
    about_heads=("/METADATA", "/PKG-INFO", ".egg-info"),
    named=named.named,
    module=named.module,
    declared=declared,
    misfits=compiled.misfits,
    stale=compiled.stale,
    toolchain_env=r"PYTHON_(?:VERSION|SHA256|PIP_VERSION|SETUPTOOLS_VERSION|GET_PIP_\w+)|GPG_KEY|(?:PIP|POETRY|UV|PIPENV)_\w+",
    routes=lambda root, start: Routes(commands=commands(start), script=script()),
    read_at_start=r"gunicorn\.conf\.py|celeryconfig\.py|\.env|\.flaskenv",  # gunicorn, celery, dotenv, Flask
    causes=(
        (r"no module named '?tzdata", "missing zone data"),  # zoneinfo's last resort
        (r"no module named '?([\w.]+)", "missing Python module {0}"),
        (
            r"PackageNotFoundError: (?:no package metadata was found for )?(\S+)",
            "missing package metadata of {0}",
        ),
        (r"ZoneInfoNotFoundError", "missing zone data"),
        (r"unknown encoding: (\S+)", "missing encoding {0}"),
        (r"MemoryError", "out of memory"),
    ),
    failure=failure,
    tests=tests,
    metrics=("python_",),
)
