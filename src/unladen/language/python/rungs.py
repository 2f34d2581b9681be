"""The ladder of a Python project: each rung's Dockerfile, why it is there, and what it takes away."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from unladen.dockerfile.stages import plain_words
from unladen.language.interface import Baseline, Dialect, Impossible, Lost, Project, Proposal
from unladen.language.python import native
from unladen.language.python.details import SHELL, Details
from unladen.language.python.install import Place, commands, pkg_resources
from unladen.language.python.intends import intended
from unladen.language.python.taken import USER, Check, OwnStep
from unladen.language.render import apk_fetch, exec_form, render

DISTROLESS = "gcr.io/distroless/python3-debian12"
DISTROLESS_VERSION = "3.11"
"""The interpreter of DISTROLESS. Another minor version has another binary interface."""

KEEPS_SOURCES = frozenset({"torch", "torchvision", "tensorflow", "keras", "numba", "jax", "triton"})
"""Packages that read their own source at run time (tracing compilers, TensorFlow's AutoGraph)."""

_INTERPRETER = f"/usr/bin/python{DISTROLESS_VERSION}"
_LIBRARY = f"/usr/lib/python{DISTROLESS_VERSION}"

COMPILE_MISSING = (
    "import importlib.util as u, pathlib, py_compile as c, sys; "
    "[c.compile(p, invalidation_mode=c.PycInvalidationMode.UNCHECKED_HASH)"
    " for p in map(str, pathlib.Path(sys.argv[1]).rglob('*.py'))"
    " if not pathlib.Path(u.cache_from_source(p)).exists()]"
)
"""Python that compiles what has no bytecode yet in the folder of its argument."""

REMOVE_SOURCES = (
    "import pathlib, shutil, sys; root = pathlib.Path(sys.argv[1]); "
    "[p.unlink() for p in list(root.rglob('*.py')) if p.with_suffix('.pyc').exists()]; "
    "[shutil.rmtree(p) for p in list(root.rglob('__pycache__'))]"
)
"""Python that leaves only the bytecode that lies beside a source."""

LOADER = """\
import sys, zlib
from importlib import machinery as python

class Compressed(python.SourcelessFileLoader):
    def get_data(self, path):
        data = super().get_data(path)
        return zlib.decompress(data) if path.endswith(".pyc") and data[:1] == b"x" else data

sys.path_hooks.insert(0, python.FileFinder.path_hook(
    (python.ExtensionFileLoader, python.EXTENSION_SUFFIXES),
    (python.SourceFileLoader, python.SOURCE_SUFFIXES),
    (Compressed, python.BYTECODE_SUFFIXES),
))
sys.path_importer_cache.clear()
"""
"""Python's own loader, and one step more: it reads bytecode that was compressed with zlib."""


@dataclass(frozen=True)
class _Step:
    """What distinguishes a rung in code; the rest is its template."""

    name: str
    why: str
    bases: tuple[str, ...]
    takes_away: tuple[Lost, ...]
    place: Place
    thin: bool = False
    shell: bool = True
    goal: str = "balanced"


def ladder(project: Project[Details], dialect: Dialect) -> tuple[Proposal | Impossible, ...]:
    """Every rung above the baseline, in climbing order."""
    values = project.details
    return tuple(_rung(step, project, dialect) for step in _steps(values.version))


def naive(project: Project[Details]) -> Baseline:
    """The guide's first Dockerfile: the full base, everything copied, everything installed, run as root."""
    values = project.details
    text = render(
        "python", "full.Dockerfile.j2", p=values, install=commands(values, Dialect(), Place(venv=False))
    )
    why = "the whole base image, as a first Dockerfile often is"
    return Baseline("full", why, text, (f"python:{values.version}",), notes=values.notes)


def _steps(version: str) -> tuple[_Step, ...]:
    slim = f"python:{version}-slim"
    hardened = (Lost.ROOT, Lost.SHELL, Lost.PACKAGE_MANAGER, Lost.PIP)
    return (
        _Step(
            "slim",
            "the base without compilers, headers and documentation; dependencies in a layer of their own",
            (slim,),
            (Lost.COMPILERS, Lost.ROOT),
            Place(venv=False),
        ),
        _Step(
            "alpine",
            "a base of a few megabytes with musl for a C library; what compiles leaves in the layer it came in",
            (f"python:{version}-alpine",),
            (Lost.COMPILERS, Lost.ROOT, Lost.GLIBC, Lost.BASH),
            Place(venv=False),
        ),
        _Step(
            "multi-stage",
            "dependencies are installed in one stage and copied to a clean one: no compiler, no cache of pip",
            (slim,),
            (Lost.COMPILERS, Lost.ROOT),
            Place(),
        ),
        _Step(
            "lean",
            "dependencies without what no program reads: pip, tests, stubs, headers, symbols",
            (slim,),
            (Lost.COMPILERS, Lost.ROOT, Lost.DEPENDENCY_EXTRAS),
            Place(compiled=False),
            thin=True,
        ),
        _Step(
            "distroless",
            "the interpreter and its libraries alone below the lean dependencies",
            (slim, DISTROLESS),
            (Lost.COMPILERS, *hardened, Lost.DEPENDENCY_EXTRAS),
            Place(compiled=False),
            thin=True,
            shell=False,
        ),
        _Step(
            "sourceless",
            "distroless with bytecode alone for the standard library and, compressed, for dependencies",
            (slim, DISTROLESS),
            (
                Lost.COMPILERS,
                *hardened,
                Lost.DEPENDENCY_EXTRAS,
                Lost.SOURCE_LINES,
                Lost.READABLE_BYTECODE,
            ),
            Place(compiled=False),
            thin=True,
            shell=False,
            goal="smallest",
        ),
    )


def _rung(step: _Step, project: Project[Details], dialect: Dialect) -> Proposal | Impossible:
    values = project.details
    entrypoint, command, told = _start(step, values)
    check = () if step.shell else _without_shell(values.check)
    healthcheck = _healthcheck(step, values.check, check)
    reason = _impossible(step, values, entrypoint + command)
    if reason:
        return Impossible(step.name, step.why, reason)
    if values.check.text and not healthcheck:
        told = (*told, f"HEALTHCHECK {values.check.text} is not taken over: there is no shell")
    thin = step.thin and values.installs_dependencies
    kept = sorted(KEEPS_SOURCES & values.dependencies.names)
    text = render(
        "python",
        f"{step.name}.Dockerfile.j2",
        p=values,
        install=commands(values, dialect, step.place),
        pkg_resources=pkg_resources(values, dialect, step.place),
        ca=dialect.ca and dialect.mounts,
        user=USER,
        mounts=dialect.mounts,
        thin=thin,
        tools=values.build_packages + (("binutils",) if thin else ()),
        entrypoint=entrypoint,
        command=command,
        users_shell=_users_shell(step, project),
        healthcheck=healthcheck,
        distroless=DISTROLESS,
        compile_project=("python", "-c", COMPILE_MISSING, values.site),
        compile_library=(_INTERPRETER, "-c", COMPILE_MISSING, _LIBRARY),
        remove_sources=(_INTERPRETER, "-c", REMOVE_SOURCES, _LIBRARY),
        keeps_sources=kept,
        loader=LOADER.splitlines(),
        **_alpine(values, dialect),
    )
    return Proposal(
        step.name,
        step.why,
        text,
        step.bases,
        step.takes_away,
        step.goal,
        notes=(*values.notes, *told, *_steps_of_its_own(step, values), *_ports(values)),
        intends=intended(
            project, (entrypoint, command), told, check=check, venv=step.place.venv, shell=step.shell
        ),
    )


def _start(step: _Step, values: Details) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """ENTRYPOINT and CMD of the rung, and what to tell of them. Empty where the program needs a real shell."""
    text = values.shell_text
    if not text:
        return values.entrypoint, values.command, ()
    argv = exec_command(text) if step.shell else without_shell(text)
    if argv is None:
        return (), (), ()
    told: tuple[str, ...] = ()
    if not step.shell:
        told = ("there is no shell: Python fills the variables of the start command in",)
    elif argv[-1] != text:
        told = ("the shell is replaced by the program, which so gets its signals",)
    return (argv, (), told) if values.entrypoint else ((), argv, told)


def _users_shell(step: _Step, project: Project[Details]) -> tuple[str, ...]:
    """What SHELL says at the end of the user's Dockerfile; empty for the default, and where there is no shell."""
    shell = tuple(project.users.final.scope.shell) if project.users else SHELL
    return shell if step.shell and shell != SHELL else ()


def _healthcheck(step: _Step, users: Check, instead: tuple[str, ...]) -> str:
    """What follows HEALTHCHECK; "" where the rung has none."""
    if instead:
        return " ".join([*users.flags, "CMD", exec_form(instead)])
    return users.text if step.shell or not users.shell else ""


def _without_shell(check: Check) -> tuple[str, ...]:
    """What a health check's shell runs, where there is no shell; empty where it needs a real one, or none at all."""
    text = re.sub(r"\s*\|\|\s*(?:exit 1|false)$", "", check.shell)
    return (without_shell(text) or ()) if text else ()


def _impossible(step: _Step, values: Details, argv: tuple[str, ...]) -> str:
    """Why this rung cannot be for this project; "" where it can."""
    if step.name == "alpine":
        if missing := native.impossible_on_alpine(values.dependencies.wanted):
            return f"no wheels for Alpine: {', '.join(missing)}"
        if unknown := native.unknown_on_alpine((*values.build_packages, *values.run_packages)):
            return f"not on Alpine: its names for {', '.join(unknown)} are not known"
        own = next((each for each in values.steps if each.shell not in ("sh", "ash")), None)
        return f"RUN {own.text} wants {own.shell}, which Alpine does not have" if own else ""
    if step.shell:
        return ""
    if values.version != DISTROLESS_VERSION:
        return f"{DISTROLESS} holds Python {DISTROLESS_VERSION}, the project wants {values.version}"
    if absent := [each for each in values.run_packages if each not in native.IN_DISTROLESS]:
        return (
            f"needs {', '.join(absent)} at run time, which a base without a package manager cannot install"
            " (system_packages in unladen.toml corrects this)"
        )
    if values.script:
        return f"starts with the shell script {values.script}, and there is no shell"
    if not argv:
        return f"starts with {values.shell_text!r}, which needs a shell"
    return ""


def _alpine(values: Details, dialect: Dialect) -> dict[str, object]:
    """Packages of the alpine rung by Alpine's names, and how apk fetches them."""
    build = {*native.alpine(values.build_packages), *native.alpine_compilers(values.dependencies.wanted)}
    mount, ca = apk_fetch(dialect)
    run = native.run_on_alpine(values.run_packages, values.dependencies.wanted)
    return {
        "apk_build": sorted(build),
        "apk_run": sorted({*native.alpine(run), *(["mailcap"] if values.media_types else [])}),
        "apk_mount": mount,
        "apk_ca": ca,
    }


def _steps_of_its_own(step: _Step, values: Details) -> tuple[str, ...]:
    return tuple(f"RUN {each.text}: {_lost(each, values)}" for each in values.steps if step.place.venv)


def _lost(step: OwnStep, values: Details) -> str:
    """What of an own step's effects a rung of several stages loses."""
    if not values.has_work_folder:
        return "what it leaves does not get here, for the program has no folder of its own"
    return f"only what it leaves in {values.workdir} gets here"


def _ports(values: Details) -> tuple[str, ...]:
    low = [port for port in values.ports if port < 1024]
    if not low:
        return ()
    return (
        f"port {low[0]} under a user who is not root: Docker allows it, Podman wants"
        f" --sysctl net.ipv4.ip_unprivileged_port_start={low[0]}",
    )


def exec_command(text: str) -> tuple[str, ...]:
    """Runs a shell text so that its last command replaces the shell and gets its signals, where the text is plain
    enough to tell which one that is."""
    first, joined, last = text.rpartition("&&")
    last = last.strip()
    plain = not re.search(r"[;&|\n(){}]", re.sub(r"\$\{[^}]*\}", "", last)) and not re.match(
        r"\w+=|exec\b", last
    )
    if not plain or re.search(r"[;|\n]", first):
        return (*SHELL, text)
    return (*SHELL, f"{first.strip()} && exec {last}" if joined else f"exec {last}")


WITHOUT_SHELL = (
    "import os, re, sys; "
    r"v = lambda m: os.environ.get(m[1] or m[3]) or m[2] or ''; "
    r"a = [re.sub(r'\$\{(\w+)(?::?-([^}]*))?\}|\$(\w+)', v, w) for w in sys.argv[1:]]; "
    "os.execvp(a[0], a)"
)
"""Fills $NAME, ${NAME} and ${NAME:-default} in, then becomes the program: for bases without a shell."""


def without_shell(text: str) -> tuple[str, ...] | None:
    """The argv that does what a shell text does where there is no shell; None where it needs a real one."""
    text = re.sub(r"^exec\s+", "", text)
    without_variables = re.sub(r"\$\{\w+(:?-[^}$`]*)?\}|\$\w+", "X", text)
    if plain_words(without_variables) is None:
        return None
    return ("python", "-c", WITHOUT_SHELL, *shlex.split(text))
