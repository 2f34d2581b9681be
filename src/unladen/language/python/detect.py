"""What unladen believes about a Python project: the story, fact by fact."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier

from unladen.dockerfile.choose import choose
from unladen.dockerfile.healthcheck import health_path
from unladen.dockerfile.users import UsersDockerfile
from unladen.language.interface import Fact, Overrides, Project
from unladen.language.python import dependencies, native, routes, source, taken, versions
from unladen.language.python.dependencies import Dependencies
from unladen.language.python.details import Details
from unladen.language.python.start import Evidence, find, port
from unladen.language.python.taken import Copied

# 3.11 first: gcr.io/distroless/python3-debian12 holds it. Then from new to old.
_VERSIONS = ("3.11", "3.12", "3.13", "3.14", "3.10", "3.9", "3.8")


def detect(root: Path, overrides: Overrides) -> Project[Details]:
    """Raises BadProject, BadDockerfile."""
    users = choose(root, overrides.dockerfile)
    pyproject = dependencies.toml(root, "pyproject.toml")
    wanted = dependencies.read(root, users, pyproject)
    modules = source.modules(root)
    evidence = Evidence(root, overrides, users.final if users else None, wanted, pyproject, modules)
    start = find(evidence)
    env = {**users.final.scope.env, **overrides.env} if users else overrides.env
    exposed = users.final.ports if users else ()
    listens = port(evidence, start, exposed, env)
    version = _version(root, overrides, users, pyproject)
    packages = _native(overrides, users, wanted)
    details = Details(
        version=version.value,
        dependencies=wanted,
        start=start,
        manifests=tuple(_manifest_copies(root, wanted.manifests)),
        packages=packages.value,
        ports=tuple(dict.fromkeys(each for each in (listens.value, *(at for at, _ in exposed)) if each)),
        imports_pkg_resources=any(
            name.split(".")[0] == "pkg_resources" for each in modules for name in each.imports.values()
        ),
    )
    details = _with_users(root, details, users) if users else replace(details, copies=(Copied(". ./"),))
    return Project(
        root=root,
        name=root.resolve().name,
        language="python",
        manifests=tuple(root / path for path in wanted.manifests),
        version=version,
        start=Fact(start.argv, start.source),
        port=listens,
        health=_health(root, overrides, modules, listens.value, users),
        native=packages,
        dockerfile=users.path if users else None,
        users=users,
        details=_with_port(details, listens.value),
        env=overrides.env,
    )


def _with_users(root: Path, details: Details, users: UsersDockerfile) -> Details:
    reading = users.final
    steps = taken.own_steps(users)
    here, elsewhere = taken.copies(root, reading, steps)
    return replace(
        details,
        workdir=taken.workdir(reading),
        copies=tuple(here) if here or elsewhere else (Copied(". ./"),),
        elsewhere=tuple(elsewhere),
        steps=steps,
        args=taken.args(reading) if steps else (),
        env=taken.env(users),
        kept=taken.kept(reading),
        check=taken.check(reading),
        notes=taken.notes(users),
        media_types=not re.search(r"slim|alpine|distroless|scratch", reading.base),
    )


def _with_port(details: Details, port: int | None) -> Details:
    """PORT is set where the start command asks for it and nothing else sets it."""
    asks = any(re.search(r"\$PORT\b|\$\{PORT\}", word) for word in details.start.argv)
    if not asks or port is None or "PORT" in dict(details.env):
        return details
    return replace(details, env=(*details.env, ("PORT", str(port))))


def _manifest_copies(root: Path, manifests: Sequence[Path]) -> Iterator[str]:
    """One COPY per folder, so that files and folders stay where they are in the project."""
    folders: dict[str, list[str]] = {}
    for path in manifests:
        if (root / path).is_dir():
            yield taken.written_copy((f"{path.as_posix()}/",), f"./{path.as_posix()}/")
        else:
            folders.setdefault(path.parent.as_posix(), []).append(path.as_posix())
    for folder, files in folders.items():
        yield taken.written_copy(tuple(files), "./" if folder == "." else f"./{folder}/")


def _version(
    root: Path, overrides: Overrides, users: UsersDockerfile | None, pyproject: Mapping[str, Any]
) -> Fact[str]:
    """Major and minor version: what the project says, from the most to the least binding."""
    if overrides.version is not None:
        return Fact(".".join(overrides.version.split(".")[:2]), "unladen.toml")
    if users and (found := taken.version(users)):
        return Fact(found[0], f"Dockerfile:{found[1]} FROM")
    for name in (".python-version", "runtime.txt", ".tool-versions"):
        if (root / name).is_file():
            text = (root / name).read_text(encoding="utf-8", errors="replace")
            pattern = (
                r"^\s*python\s+(\d+\.\d+)" if name == ".tool-versions" else r"^\s*(?:python-)?(\d+\.\d+)"
            )
            if match := re.search(pattern, text, re.MULTILINE):
                return Fact(match[1], name)
    return _from_range(pyproject)


def _from_range(pyproject: Mapping[str, Any]) -> Fact[str]:
    """The preferred version that requires-python admits."""
    text = versions.asked(pyproject)
    default = _VERSIONS[0]
    if not text:
        return Fact(default, "default: nothing in the project names a version")
    try:
        found = next((version for version in _VERSIONS if versions.accepts(text, version)), None)
    except InvalidSpecifier:
        return Fact(default, f"default: pyproject.toml says {text!r}, which is no version range")
    if found is not None:
        return Fact(found, f"pyproject.toml requires-python {text}")
    return Fact(default, f"default: no known version is in pyproject.toml's {text}")


def _health(
    root: Path,
    overrides: Overrides,
    modules: tuple[source.Module, ...],
    port: int | None,
    users: UsersDockerfile | None,
) -> Fact[str | None]:
    if overrides.health is not None:
        return Fact(overrides.health, "unladen.toml")
    if check := health_path(root, users, port):
        return Fact(check.path, check.source)
    found = routes.health(modules)
    return Fact(found[0], found[1]) if found else Fact(None, "no route is called like a health check")


def _native(
    overrides: Overrides, users: UsersDockerfile | None, wanted: Dependencies
) -> Fact[tuple[str, ...]]:
    """Debian packages that native parts need. The user's word replaces the rest; the Dockerfile's apt-get
    adds to what is known of the dependencies."""
    if overrides.system_packages is not None:
        return Fact(tuple(overrides.system_packages), "unladen.toml")
    known = native.debian(wanted.wanted)
    installed = taken.system_packages(users.final) if users else None
    packages = tuple(sorted({*known, *(installed[0] if installed else ())}))
    sources = [f"what is known of {', '.join(_needy(wanted))}"] if known else []
    sources += [f"Dockerfile:{installed[1]} apt-get install"] if installed else []
    return Fact(packages, "; ".join(sources) or "no dependency is known to need any")


def _needy(wanted: Dependencies) -> list[str]:
    return sorted({each.name for each in wanted.wanted if native.debian([each])})
