"""What a Python project installs, and with what."""

from __future__ import annotations

import ast
import configparser
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from packaging.utils import canonicalize_name

from unladen.dockerfile.users import UsersDockerfile
from unladen.errors import BadProject
from unladen.language.python import pipsteps, requirements
from unladen.language.python.requirements import Requirements, Wanted

Installer = Literal["pip", "uv", "poetry", "pyproject", "setup", "none"]
"""pip: arguments of `pip install` (requirements files, names). pyproject: the dependencies that pyproject.toml
lists, without a lock. setup: only running the project's build tells what it needs."""

# Build back ends and plug-ins that take the version from version control
_VERSION_FROM_VCS = frozenset({"setuptools-scm", "hatch-vcs", "versioningit", "pbr", "flit-scm", "pdm-vcs"})


@dataclass(frozen=True)
class Dependencies:
    """`manifests` (relative to the root) are what the dependency layer needs of the project; `source` names the
    file that decided. `package`: the project itself is installed, too. `arguments` belong to pip alone.
    `needs_source`: nothing can be installed before the whole project is there.
    """

    installer: Installer
    source: str
    wanted: tuple[Wanted, ...] = ()
    manifests: tuple[Path, ...] = ()
    arguments: tuple[tuple[str, ...], ...] = ()
    package: bool = False
    needs_source: bool = False
    vcs: tuple[str, ...] = ()
    version_from_vcs: bool = False

    @property
    def names(self) -> frozenset[str]:
        return frozenset(each.name for each in self.wanted)


def read(root: Path, users: UsersDockerfile | None, pyproject: Mapping[str, Any]) -> Dependencies:
    """The Dockerfile's own installation steps decide; without any, lock files come before requirements.txt, and
    that before pyproject.toml and setup.py. Raises BadProject."""
    hint = pipsteps.installer(users) if users else None
    if users and hint == "pip" and (steps := pipsteps.pip_installs(root, users)):
        return _pip(root, steps, f"Dockerfile:{pipsteps.first_install_line(users)} pip install")
    if (root / "uv.lock").is_file() and hint in (None, "uv"):
        return _locked(root, "uv", "uv.lock", pyproject)
    if (root / "poetry.lock").is_file() and hint in (None, "poetry"):
        return _locked(root, "poetry", "poetry.lock", pyproject)
    if (file := requirements_file(root)) and hint != "project":
        return _pip(root, (("-r", str(file)),), str(file))
    if "project" in pyproject or "poetry" in pyproject.get("tool", {}):
        return _pyproject(root, pyproject)
    if any((root / name).is_file() for name in ("setup.py", "setup.cfg")):
        name = "setup.py" if (root / "setup.py").is_file() else "setup.cfg"
        return Dependencies("setup", name, wanted=of_setup(root), package=True, needs_source=True)
    if (root / "Pipfile").is_file():
        raise BadProject(
            "cannot install from Pipfile: unladen does not call pipenv",
            hint="Write the locked dependencies to a file once: pipenv requirements > requirements.txt",
        )
    return Dependencies("none", "no manifest")


def requirements_file(root: Path) -> Path | None:
    """The file that says what runs, relative to the root."""
    folder = Path("requirements")
    names = (folder / "prod.txt", folder / "production.txt", folder / "main.txt", folder / "base.txt")
    return next((each for each in (Path("requirements.txt"), *names) if (root / each).is_file()), None)


def _pip(root: Path, steps: tuple[tuple[str, ...], ...], source: str) -> Dependencies:
    found = Requirements()
    for step in steps:
        found += _arguments(root, step)
    # The project itself, or a folder above all of it, cannot be copied before the source is.
    needs_source = any(each == Path() for each in found.local)
    manifests = (*found.files, *found.local)
    return Dependencies(
        "pip",
        source,
        wanted=found.wanted,
        manifests=() if needs_source else tuple(dict.fromkeys(manifests)),
        arguments=steps,
        needs_source=needs_source,
        vcs=found.vcs,
    )


def _arguments(root: Path, words: tuple[str, ...]) -> Requirements:
    """What the arguments of one `pip install` ask for."""
    found, rest = Requirements(), iter(words)
    for word in rest:
        if word in ("-r", "--requirement"):
            found += requirements.read(root, Path(next(rest, "")))
        elif word in ("-c", "--constraint"):
            found += Requirements(files=(Path(next(rest, "")),))
        elif word in ("-e", "--editable"):
            found += requirements.requirement(root, next(rest, "."))
        elif word in pipsteps.PIP_OPTIONS_WITH_VALUE:
            next(rest, None)
        elif word in (".", "./") or word.startswith(".["):
            found += Requirements(local=(Path(),))
        elif not word.startswith("-"):
            found += requirements.requirement(root, word)
    return found


def _locked(
    root: Path, installer: Literal["uv", "poetry"], lock: str, pyproject: Mapping[str, Any]
) -> Dependencies:
    if not pyproject:
        raise BadProject(f"cannot install from {lock}: there is no pyproject.toml beside it")
    names = toml(root, lock).get("package", [])
    wanted = tuple(
        Wanted(canonicalize_name(each["name"]), str(each.get("version", "")))
        for each in names
        if not {"virtual", "editable"} & set(each.get("source", {}))
    )
    package = _is_package(root, pyproject, installer)
    readme = _readme(root, pyproject) if package else ()
    return Dependencies(
        installer,
        lock,
        wanted=wanted,
        manifests=(Path("pyproject.toml"), Path(lock), *readme),
        package=package,
        vcs=("git",) if any("git" in each.get("source", {}) for each in names) else (),
        version_from_vcs=_version_from_vcs(pyproject),
    )


def _pyproject(root: Path, pyproject: Mapping[str, Any]) -> Dependencies:
    """Without a lock. Where the list of dependencies is computed, only the build knows it."""
    project = pyproject.get("project", {})
    dynamic = "dependencies" in project.get("dynamic", ())
    files = (
        pyproject.get("tool", {})
        .get("setuptools", {})
        .get("dynamic", {})
        .get("dependencies", {})
        .get("file", ())
    )
    listed = (files,) if isinstance(files, str) else tuple(files)
    if dynamic and listed:
        found = _pip(root, tuple(("-r", name) for name in listed), f"pyproject.toml ({', '.join(listed)})")
        return replace(found, package=True, version_from_vcs=_version_from_vcs(pyproject))
    if dynamic or "project" not in pyproject:
        poetry = pyproject.get("tool", {}).get("poetry", {}).get("dependencies", {})
        wanted = _wanted(name for name in poetry if name != "python") or of_setup(root)
        return Dependencies("setup", "pyproject.toml", wanted=wanted, package=True, needs_source=True)
    dependencies = tuple(project.get("dependencies", ()))
    return Dependencies(
        "pyproject",
        "pyproject.toml",
        wanted=_wanted(dependencies),
        manifests=(Path("pyproject.toml"),),
        package="build-system" in pyproject,
        vcs=("git",) if any("git+" in each for each in dependencies) else (),
        version_from_vcs=_version_from_vcs(pyproject),
    )


def _wanted(texts: Iterable[str]) -> tuple[Wanted, ...]:
    return tuple(found for text in texts if (found := requirements.wanted(text)))


def of_setup(root: Path) -> tuple[Wanted, ...]:
    """What setup.py and setup.cfg list as install_requires, as far as it can be read without running them."""
    texts: list[str] = []
    if (root / "setup.py").is_file():
        with suppress(SyntaxError, ValueError):
            for node in ast.walk(ast.parse((root / "setup.py").read_bytes())):
                if isinstance(node, ast.keyword) and node.arg == "install_requires":
                    constants = (
                        each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant)
                    )
                    texts += [value for value in constants if isinstance(value, str)]
    if (root / "setup.cfg").is_file():
        parser = configparser.ConfigParser(interpolation=None)
        with suppress(configparser.Error, UnicodeDecodeError):
            parser.read(root / "setup.cfg", encoding="utf-8")
            texts += parser.get("options", "install_requires", fallback="").splitlines()
    return _wanted(text for text in texts if text.strip())


def _is_package(root: Path, pyproject: Mapping[str, Any], installer: str) -> bool:
    """Whether the installer installs the project itself."""
    if installer == "uv":
        return (
            "build-system" in pyproject
            and pyproject.get("tool", {}).get("uv", {}).get("package", True) is True
        )
    poetry = pyproject.get("tool", {}).get("poetry", {})
    name = str(pyproject.get("project", {}).get("name") or poetry.get("name") or "")
    module = canonicalize_name(name).replace("-", "_")
    there = bool(poetry.get("packages")) or any((root / base / module).is_dir() for base in (".", "src"))
    return poetry.get("package-mode", True) is True and bool(module) and there


def _readme(root: Path, pyproject: Mapping[str, Any]) -> tuple[Path, ...]:
    """The README, where the metadata names it: uv checks the metadata before it installs anything."""
    readme = pyproject.get("project", {}).get("readme")
    name = readme.get("file") if isinstance(readme, dict) else readme
    return (Path(name),) if isinstance(name, str) and (root / name).is_file() else ()


def _version_from_vcs(pyproject: Mapping[str, Any]) -> bool:
    requires = _wanted(pyproject.get("build-system", {}).get("requires", ()))
    return any(each.name in _VERSION_FROM_VCS for each in requires)


def toml(root: Path, name: str) -> Mapping[str, Any]:
    """The parsed file, empty where there is none. Raises BadProject."""
    path = root / name
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadProject(f"cannot read {name}: {error}", hint="It has to be valid TOML.") from error
