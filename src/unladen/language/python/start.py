"""How the program starts, and on which port it listens."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unladen.dockerfile import stages as dockerfiles
from unladen.dockerfile.lexer import fill_in
from unladen.dockerfile.users import Reading
from unladen.errors import BadProject
from unladen.language.interface import Fact, Overrides
from unladen.language.python import servers
from unladen.language.python.dependencies import Dependencies
from unladen.language.python.servers import Application
from unladen.language.python.source import Module

_ENTRY_NAMES = ("main", "app", "asgi", "wsgi", "server", "api", "application", "run", "cli", "__main__")


@dataclass(frozen=True)
class Start:
    """argv is `entrypoint` + `command`, as in an image's configuration; `source` says where it comes from."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    source: str

    @property
    def argv(self) -> tuple[str, ...]:
        return self.entrypoint + self.command


@dataclass(frozen=True)
class Evidence:
    """Everything the start command can be read from."""

    root: Path
    overrides: Overrides
    dockerfile: Reading | None
    dependencies: Dependencies
    pyproject: Mapping[str, Any]
    modules: tuple[Module, ...]


def find(evidence: Evidence) -> Start:
    """The first of: unladen.toml, the Dockerfile, the Procfile, an application object, scripts of pyproject.toml,
    a module that runs itself. Raises BadProject when there is none."""
    for guess in (_overridden, _of_dockerfile, _of_procfile, _of_source, _of_scripts, _of_modules):
        if (found := guess(evidence)) is not None:
            return found
    applications = [each for module in evidence.modules for each in servers.applications(module)]
    if applications:
        fitting = "uvicorn or hypercorn" if applications[0].interface == "asgi" else "gunicorn or waitress"
        raise BadProject(
            f"cannot tell how {evidence.root.name} starts: {applications[0].source}, but nothing that serves it is"
            " among the dependencies",
            hint=f"Add {fitting} to the dependencies, or say start under [project] in unladen.toml.",
        )
    raise BadProject(
        f"cannot tell how {evidence.root.name} starts: no CMD, Procfile, web application, script or main module",
        hint='Say it in unladen.toml: [project] start = ["python", "main.py"]',
    )


def _overridden(evidence: Evidence) -> Start | None:
    argv = evidence.overrides.start
    if argv is None:
        return None
    # Arguments of a command-line program come after its entry point; a server takes none.
    is_server = evidence.overrides.port is not None or servers.of_arguments(argv) is not None
    return Start((), argv, "unladen.toml") if is_server else Start(argv, (), "unladen.toml")


def _of_dockerfile(evidence: Evidence) -> Start | None:
    if evidence.dockerfile is None:
        return None
    first, second = evidence.dockerfile.entrypoint, evidence.dockerfile.cmd
    if first is None and second is None:
        return None
    lines = " and ".join(
        f"Dockerfile:{each.line} {keyword} ({each.form})"
        for keyword, each in (("ENTRYPOINT", first), ("CMD", second))
        if each
    )
    if first and first.form.startswith("shell form"):
        second = None  # the shell that runs a shell-form entry point passes no CMD on
    if first is None and second and "distroless/python3" in evidence.dockerfile.base:
        return Start(("python",), second.argv, f"{lines}, arguments of the base's interpreter")
    # CMD given by an earlier stage's image is out of sight; an empty command is what such an image runs.
    return Start(first.argv if first else (), second.argv if second else (), lines)


def _of_procfile(evidence: Evidence) -> Start | None:
    path = evidence.root / "Procfile"
    if not path.is_file():
        return None
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        name, colon, text = line.partition(":")
        if colon and name.strip() == "web" and text.strip():
            words = dockerfiles.plain_words(text.strip())
            argv = words if words is not None else ("/bin/sh", "-c", text.strip())
            return Start((), argv, f"Procfile:{number} web")
    return None


def _of_source(evidence: Evidence) -> Start | None:
    """A module that serves the network when it is run, or else an application and a server to serve it with."""
    for module in _by_entry_name(evidence.modules):
        guard = servers.main_guard(module)
        if guard is not None and servers.serves_the_network(module) is not None:
            return Start((), _run_module(module), f"{module.path}:{guard.lineno} if __name__ == '__main__'")
    applications = [
        each for module in _by_entry_name(evidence.modules) for each in servers.applications(module)
    ]
    if streamlit := _streamlit(evidence):
        return streamlit
    for application in applications:
        if (argv := _served(application, evidence)) is not None:
            return Start((), argv, f"{application.source}, served by {argv[0]}")
    if (evidence.root / "manage.py").is_file():
        return Start((), ("python", "manage.py", "runserver", "--noreload", "0.0.0.0:8000"), "manage.py")
    return None


def _streamlit(evidence: Evidence) -> Start | None:
    if "streamlit" not in evidence.dependencies.names:
        return None
    for module in _by_entry_name(evidence.modules):
        if "streamlit" in module.imports.values():
            options = ("--server.address", "0.0.0.0", "--server.port", "8501")
            return Start(
                (), ("streamlit", "run", str(module.path), *options), f"{module.path} imports streamlit"
            )
    return None


def _served(application: Application, evidence: Evidence) -> tuple[str, ...] | None:
    """The command that serves the application with a server among the dependencies."""
    names = {each.name for each in evidence.dependencies.wanted}
    extras = {(each.name, extra) for each in evidence.dependencies.wanted for extra in each.extras}
    target, folder = application.target, ""
    if target.startswith("src."):
        target = target.removeprefix("src.")
        folder = "" if evidence.dependencies.package else "src"
    factory = target.endswith("()")
    at = ("--host", "0.0.0.0", "--port", "8000")
    bind = ("--bind", "0.0.0.0:8000")
    if application.framework == "sanic":
        return ("sanic", target, *at)
    if application.interface == "asgi":
        if "uvicorn" in names or ("fastapi", "standard") in extras or ("fastapi", "all") in extras:
            options = (*(("--factory",) if factory else ()), *(("--app-dir", folder) if folder else ()))
            return ("uvicorn", target.removesuffix("()"), *options, *at)
        if "hypercorn" in names:
            return ("hypercorn", *bind, target)
        if "daphne" in names:
            return ("daphne", "-b", "0.0.0.0", "-p", "8000", target)
        return None
    if "gunicorn" in names:
        return ("gunicorn", *bind, *(("--pythonpath", folder) if folder else ()), target)
    if "waitress" in names:
        options = ("--call", target.removesuffix("()")) if factory else (target,)
        return ("waitress-serve", "--host", "0.0.0.0", "--port", "8080", *options)
    if application.framework == "flask":
        module = f"{folder}/{target}" if folder else target
        return ("flask", "--app", module, "run", "--host", "0.0.0.0", "--port", "5000")
    return None


def _of_scripts(evidence: Evidence) -> Start | None:
    """[project.scripts] or Poetry's: the one named as the project, or the only one, or the first."""
    scripts: Mapping[str, Any] = evidence.pyproject.get("project", {}).get("scripts", {})
    poetry = evidence.pyproject.get("tool", {}).get("poetry", {})
    scripts = scripts or poetry.get("scripts", {})
    if not scripts or not evidence.dependencies.package:
        return None
    project = evidence.pyproject.get("project", {}).get("name") or poetry.get("name") or ""
    name = project if project in scripts else next(iter(scripts))
    others = f", one of {len(scripts)} scripts" if len(scripts) > 1 else ""
    return Start((name,), (), f"pyproject.toml {name} = {scripts[name]!r}{others}")


def _of_modules(evidence: Evidence) -> Start | None:
    """A module that runs itself: `__main__.py` of a package, a guarded one in the root, or the only one there."""
    for module in evidence.modules:
        if module.path.name == "__main__.py" and len(module.path.parts) == 2:
            return Start(("python", "-m", module.path.parts[0]), (), str(module.path))
    in_root = [module for module in _by_entry_name(evidence.modules) if len(module.path.parts) == 1]
    for module in in_root:
        if (guard := servers.main_guard(module)) is not None and module.path.name != "setup.py":
            source = f"{module.path}:{guard.lineno} if __name__ == '__main__'"
            return Start(("python", str(module.path)), (), source)
    # A module that only makes an application ends at once when it is run.
    no_programs = ("setup.py", "conftest.py")
    scripts = [
        each for each in in_root if each.path.name not in no_programs and not servers.applications(each)
    ]
    if len(scripts) == 1 or (scripts and scripts[0].path.stem in _ENTRY_NAMES):
        return Start(("python", str(scripts[0].path)), (), f"{scripts[0].path} is the module to run")
    return None


def _run_module(module: Module) -> tuple[str, ...]:
    """A file in the root by its path; in a package with -m, so that the root stays importable."""
    if len(module.path.parts) == 1:
        return ("python", str(module.path))
    name = module.name.removesuffix(".__main__")
    return ("python", "-m", name)


def _by_entry_name(modules: Sequence[Module]) -> list[Module]:
    """What is called like an entry point first, the nearest to the root before that."""

    def rank(module: Module) -> tuple[int, int]:
        stem = module.path.stem
        return (
            _ENTRY_NAMES.index(stem) if stem in _ENTRY_NAMES else len(_ENTRY_NAMES),
            len(module.path.parts),
        )

    return sorted(modules, key=rank)


def port(
    evidence: Evidence, start: Start, exposed: Sequence[tuple[int, int]], env: Mapping[str, str]
) -> Fact[int | None]:
    """The port the program listens on; None for a program that is no server.

    `exposed` are the Dockerfile's (port, line), `env` its variables and the user's.
    """
    if evidence.overrides.port is not None:
        return Fact(evidence.overrides.port, "unladen.toml")
    words = tuple(_words(start.argv, env))
    if (given := servers.port_argument(words)) is not None:
        return Fact(given, f"{start.source}: {' '.join(words)}"[:100])
    if (bound := servers.gunicorn_bind(evidence.modules, words)) is not None:
        return Fact(bound[0], bound[1])
    if exposed:
        return Fact(exposed[0][0], f"Dockerfile:{exposed[0][1]} EXPOSE")
    entry = _entry_modules(evidence.modules, words)
    for module in entry:
        if (found := servers.port_from_environment(module)) is not None:
            variable, default, source = found
            if variable in env and env[variable].isdigit():
                return Fact(int(env[variable]), f"{variable}={env[variable]}, read at {source}")
            if default is not None:
                return Fact(default, source)
    for module in entry:
        if (called := servers.port_of_call(module)) is not None:
            return Fact(called[0], called[1])
    if (default_port := servers.of_arguments(words)) is not None:
        return Fact(default_port[1], f"{default_port[0]}'s default")
    return Fact(None, "nothing that serves a port was found")


def _words(argv: Sequence[str], env: Mapping[str, str]) -> Iterator[str]:
    """argv with the text of `sh -c` split and its variables filled in."""
    text = argv[2] if tuple(argv[:2]) == ("/bin/sh", "-c") and len(argv) > 2 else None
    for word in argv if text is None else text.split():
        yield fill_in(word, env).strip("\"'")


def _entry_modules(modules: Sequence[Module], words: Sequence[str]) -> list[Module]:
    """The module that the start command names first, then its neighbours (settings often are in one)."""
    named: set[str] = set()
    for word in words:
        target = re.sub(r":.*$", "", word)
        named |= {target, f"{target}.__main__", target.removesuffix(".py").replace("/", "."), f"src.{target}"}
    first = [module for module in modules if module.name in named or str(module.path) in named]
    return first + [module for module in modules if module not in first]
