"""The commands that install a project's dependencies and the project itself, whatever its installer."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from unladen.language.interface import Dialect
from unladen.language.python.details import Details
from unladen.language.render import CA_MOUNT, with_ca

VENV = "/opt/venv"
_CACHES = {"uv": "/root/.cache/uv", "poetry": "/root/.cache/pypoetry"}

# pip's own certificates, uv's and Poetry's know nothing of the system's bundle unless they are told.
_CERTIFICATES = {
    "pip": "PIP_CERT",
    "uv": "SSL_CERT_FILE",
    "poetry": "REQUESTS_CA_BUNDLE",
}


@dataclass(frozen=True)
class Install:
    """`fetch` are the mounts of a RUN that downloads; `dependencies` its commands; `project` the commands that
    install the project itself once its source is there (empty where it is not installed)."""

    fetch: str
    dependencies: tuple[str, ...]
    project: tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Where packages go: the virtual environment at VENV, which has no pip, or the system (`venv` False).
    `compiled`: bytecode is written at installation."""

    venv: bool = True
    compiled: bool = True


def commands(details: Details, dialect: Dialect, place: Place) -> Install:
    """uv and Poetry install into VENV whatever the place."""
    kind = details.installer
    dependencies: tuple[str, ...]
    project: tuple[str, ...] = ()
    pip = _pip(dialect, place)
    match kind:
        case "uv":
            sync = f"{_with_ca('uv', dialect)}UV_PROJECT_ENVIRONMENT={VENV} uv sync --frozen --no-dev --no-editable"
            sync += " --compile-bytecode" if place.compiled else ""
            sync += "" if dialect.mounts else " --no-cache"
            dependencies = (f"{_pip(dialect, Place(venv=False))} uv", f"{sync} --no-install-project")
            project = (sync,) if details.dependencies.package else ()
        case "poetry":
            install = (
                f"{_with_ca('poetry', dialect)}VIRTUAL_ENV={VENV} poetry install --no-interaction --only main"
            )
            install += " --compile" if place.compiled else ""
            install += "" if dialect.mounts else " --no-cache"
            dependencies = (f"{_pip(dialect, Place(venv=False))} poetry", f"{install} --no-root")
            project = (install,) if details.dependencies.package else ()
        case "pyproject":
            dependencies = (f"{_listed(details)} > /tmp/requirements.txt", f"{pip} -r /tmp/requirements.txt")
            project = (f"{pip} --no-deps .",) if details.dependencies.package else ()
        case "setup":
            dependencies = (f"{pip} .",)
        case "pip":
            dependencies = tuple(
                f"{pip} {arguments}" for arguments in map(shlex.join, details.dependencies.arguments)
            )
            project = (f"{pip} --no-deps .",) if details.dependencies.package else ()
        case _:
            dependencies = ()
    return Install(_fetch(kind, dialect), dependencies, project)


def pkg_resources(details: Details, dialect: Dialect, place: Place) -> str:
    """Installs setuptools where it holds pkg_resources; "" where the full base has none (from Python 3.12 on)."""
    if not place.venv or not details.installs_dependencies:
        return ""
    if tuple(int(part) for part in details.version.split(".")) >= (3, 12):
        return ""
    return f"{_pip(dialect, place)} 'setuptools<81'"


def _pip(dialect: Dialect, place: Place) -> str:
    """`pip install` with its options. The base's pip installs into the environment, which spares it one."""
    where = f"pip --python {VENV}/bin/python" if place.venv else "pip"
    options = ("" if dialect.mounts else " --no-cache-dir") + ("" if place.compiled else " --no-compile")
    return f"{_with_ca('pip', dialect)}{where} install{options}"


def _with_ca(tool: str, dialect: Dialect) -> str:
    return with_ca(_CERTIFICATES[tool]) if dialect.ca else ""


def _fetch(installer: str, dialect: Dialect) -> str:
    """The mounts of a RUN, each on a line of its own."""
    mounts = []
    if dialect.mounts:
        caches = ["/root/.cache/pip", *([_CACHES[installer]] if installer in _CACHES else [])]
        mounts += [f"--mount=type=cache,target={cache}" for cache in caches]
        mounts += [CA_MOUNT] if dialect.ca else []
    return "".join(f"{mount} \\\n    " for mount in mounts)


def _listed(details: Details) -> str:
    """Prints the dependencies that pyproject.toml lists, one a line."""
    new = tuple(int(part) for part in details.version.split(".")) >= (3, 11)
    toml = "tomllib" if new else "pip._vendor.tomli as tomllib"
    return (
        f"python -c 'import {toml};"
        ' print(*tomllib.load(open("pyproject.toml", "rb"))["project"].get("dependencies", []), sep="\\n")\''
    )
