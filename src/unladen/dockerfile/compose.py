"""The project's compose file: the services that it says the program needs, and how the program finds them.

Format: https://github.com/compose-spec/compose-spec/blob/main/05-services.md. What only a running installation needs
(ports, restarts, named volumes, networks) is not read: services of a proof are fresh, and alone with the program.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unladen.dockerfile.builds import composed, env_file, services_in, values
from unladen.dockerfile.choose import DEPTH, builds
from unladen.dockerfile.lexer import fill_in

INITIAL = "docker-entrypoint-initdb.d"
"""Where official images of databases look for what fills an empty one."""
SHELL = ("/bin/sh", "-c")


@dataclass(frozen=True)
class Service:
    """A program that the project's program needs beside it, in a container of its own. `aliases` are the names under
    which it is reached, `ready` the TCP port that it takes connections at (None: the first that its image exposes),
    `check` a command in it that ends well once it is ready. `copies` are (path in the container, file or folder of the
    host); `refused` says why it cannot be had, "" where nothing speaks against it."""

    name: str
    image: str
    env: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    aliases: tuple[str, ...] = ()
    ready: int | None = None
    check: tuple[str, ...] = ()
    copies: tuple[tuple[str, Path], ...] = ()
    refused: str = ""


@dataclass(frozen=True)
class Named:
    """A service of a compose file, by the file and its name."""

    file: Path
    service: str


def services_of(project: Path, named: Named | None = None) -> tuple[Service, ...]:
    """What the service that is built from the project (`named`, or the one that looks like its program) depends on, or
    names in its environment, directly or not: each after those that it needs itself. () where no compose file builds
    the project."""
    root, services, start = _composing(project, named)
    known = values(root)
    if start is None:
        return ()
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        for needed in _needs(root, services[name], services, known):
            if needed not in order and needed not in (name, start):
                order.setdefault(needed)
                visit(needed)
                order[needed] = order.pop(needed)  # behind what it needs

    visit(start)
    return tuple(_service(root, name, services[name], known) for name in order)


def pointing(project: Path, services: tuple[Service, ...], named: Named | None = None) -> dict[str, str]:
    """What of the program's environment in the compose file is about these services: variables that name one, that
    begin as such a variable does (DB_HOST, so DB_USER), or that have a value which a service has, too."""
    root, written, start = _composing(project, named)
    if start is None or not services:
        return {}
    env = _environment(root, written[start], values(root))
    names = tuple(alias for service in services for alias in (service.name, *service.aliases))
    naming = {name for name, value in env.items() if _named(value, names)}
    begins = tuple(f"{found[1]}_" for name in naming if (found := re.fullmatch(r"(.+)_HOST(?:NAME)?", name)))
    shared = {value for service in services for value in service.env.values() if value}
    return {
        name: value
        for name, value in env.items()
        if name in naming or name.startswith(begins) or value in shared
    }


def started_in(project: Path, *, entered: bool = False) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the compose file runs in the image that the project builds: command lines, each with the place that says so
    ("docker-compose.yml: healthcheck of web"). `entered`: the image has an entry point, of which a command is the
    arguments."""
    root, services = _found(project.resolve())
    file, known = composed(root)[0], values(root)
    for name, service in services.items():
        if not builds(root, service, project):
            continue
        entry = _words(service.get("entrypoint"), known) or ()
        command = () if entry or entered else _words(service.get("command"), known) or ()
        lines = {
            "entrypoint": entry,
            "command": command,
            "healthcheck": _check(service.get("healthcheck"), known),
        }
        yield from ((f"{file}: {key} of {name}", line) for key, line in lines.items() if line)


def _composing(project: Path, named: Named | None) -> tuple[Path, Mapping[str, dict[str, Any]], str | None]:
    """The folder of the compose file that counts, its services, and which of them is the program."""
    if named is not None:
        services = services_in(named.file)
        return named.file.parent.resolve(), services, named.service if named.service in services else None
    root, services = _found(project.resolve())
    return root, services, _program(root, services, project)


def _found(project: Path) -> tuple[Path, dict[str, dict[str, Any]]]:
    """The project's own compose file; where it has none, the nearest that builds the project from a folder that it lies
    in, within its repository."""
    for folder in (project, *project.parents[:DEPTH]):
        name, services = composed(folder)
        if name and (folder == project or any(builds(folder, each, project) for each in services.values())):
            return folder, services
        if (folder / ".git").exists():
            break
    return project, {}


def _program(root: Path, services: Mapping[str, dict[str, Any]], project: Path) -> str | None:
    """The service that is the project's program: the first that is built from its folder and has a port."""
    built = [name for name, service in services.items() if builds(root, service, project)]
    return next((name for name in built if services[name].get("ports")), built[0] if built else None)


def _needs(
    root: Path, service: Mapping[str, Any], services: Mapping[str, Any], known: Mapping[str, str]
) -> list[str]:
    links = [str(each).partition(":")[0] for each in _each(service.get("links"))]
    said = [*_each(service.get("depends_on")), *links]
    values = _environment(root, service, known).values()
    met = [name for name in services if any(_named(value, (name,)) for value in values)]
    return [name for name in dict.fromkeys((*map(str, said), *met)) if name in services]


def _named(value: str, names: tuple[str, ...]) -> bool:
    """Whether a value is one of the names, or has it as the host of an address."""
    any_name = "|".join(map(re.escape, names))
    return bool(re.search(rf"(?:^|[@/,=])(?:{any_name})(?:$|[:/,?])", value))


def _service(root: Path, name: str, service: Mapping[str, Any], known: Mapping[str, str]) -> Service:
    image = _filled(service.get("image") or "", known)
    refused = ""
    if service.get("build"):
        refused = "the compose file builds it"
    elif not image:
        refused = "the compose file names no image of it"
    aliases = (service.get(key) for key in ("container_name", "hostname"))
    return Service(
        name=name,
        image=image,
        env=_environment(root, service, known),
        command=_words(service.get("command"), known),
        entrypoint=_words(service.get("entrypoint"), known),
        aliases=tuple(dict.fromkeys(_filled(each, known) for each in aliases if each)),
        check=_check(service.get("healthcheck"), known),
        copies=tuple(_copies(root, service.get("volumes"), known)),
        refused=refused,
    )


def _environment(root: Path, service: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
    files = service.get("env_file")
    found: dict[str, str] = {}
    for each in _each([files] if isinstance(files, str | dict) else files):
        path = each.get("path") if isinstance(each, dict) else each
        found |= env_file(root / _filled(path, known))
    written = service.get("environment") or {}
    if isinstance(written, list):
        pairs = (str(each).partition("=") for each in written)
        written = {name: value if equals else None for name, equals, value in pairs}
    for name, value in written.items() if isinstance(written, dict) else ():
        if value is not None:
            found[str(name)] = _filled(value, known)
        elif str(name) in known:
            found[str(name)] = known[str(name)]
    return found


def _filled(value: object, known: Mapping[str, str]) -> str:
    """As text, ${NAME} filled in; $$ is a dollar sign."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    parts = (fill_in(part, known) if "$" in part else part for part in text.split("$$"))
    return "$".join(parts)


def _each(value: object) -> list[Any]:
    """Of a list, or the keys of a mapping; nothing of what is neither."""
    return list(value) if isinstance(value, list | dict) else []


def _words(value: object, known: Mapping[str, str]) -> tuple[str, ...] | None:
    if value is None:
        return None
    if isinstance(value, list):
        return tuple(_filled(word, known) for word in value)
    try:
        return tuple(shlex.split(_filled(value, known)))
    except ValueError:
        return None


def _check(written: object, known: Mapping[str, str]) -> tuple[str, ...]:
    if not isinstance(written, dict) or written.get("disable"):
        return ()
    test = written.get("test")
    if isinstance(test, str):
        return (*SHELL, _filled(test, known))
    kind, *words = [_filled(word, known) for word in test] if isinstance(test, list) and test else ["NONE"]
    if kind == "CMD-SHELL":
        return (*SHELL, " ".join(words))
    return tuple(words) if kind == "CMD" else ()


def _copies(root: Path, volumes: object, known: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """Files of the project that are mounted, and folders that fill a database; folders of data are not: a service
    begins empty."""
    for each in _each(volumes):
        if isinstance(each, dict):
            source, target = str(each.get("source") or ""), str(each.get("target") or "")
        else:
            source, _, rest = str(each).partition(":")
            target = rest.partition(":")[0]
        path = root / _filled(source, known)
        inside = path.resolve().is_relative_to(root.resolve())
        fills = path.is_file() or (path.is_dir() and INITIAL in target)
        if source.startswith((".", "/")) and target and inside and fills:
            yield target, path
