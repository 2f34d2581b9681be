"""Which Dockerfile of a project is the user's, for which target and with which build arguments.

In this order: what the user names, what a compose file says of the only service that builds this folder, the root's
Dockerfile, and the only other one that builds from this folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from unladen.dockerfile.lexer import expanded
from unladen.dockerfile.parse import parse, read_text
from unladen.dockerfile.stages import MARK
from unladen.dockerfile.users import UsersDockerfile, read_users
from unladen.errors import BadDockerfile

ROOT_NAMES = ("Dockerfile", "Containerfile", "dockerfile", "containerfile")
COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""In the order in which docker compose looks for them."""
_NAME = re.compile(r"(?i)(?:docker|container)file(?:[.-][\w.-]+)?|[\w.-]+\.(?:docker|container)file")
_NO_DOCKERFILE = (".dockerignore", ".bak", ".j2", ".md", ".orig", "~", ".tmpl", ".template")
DEPTH = 3
"""How many folders deep Dockerfiles are looked for."""


@dataclass(frozen=True)
class Choice:
    """What the user says: `file` relative to the project, `target` a stage's name or number."""

    file: str = ""
    target: str = ""
    build_args: Mapping[str, str] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    """Names of folders that hold nothing of the project's own."""


@dataclass(frozen=True)
class _Service:
    """A service of a compose file that builds an image from the project's folder."""

    names: tuple[str, ...]
    choice: Choice

    @property
    def options(self) -> str:
        words = [f"--file {self.choice.file or 'Dockerfile'}"]
        words += [f"--target {self.choice.target}"] if self.choice.target else []
        return " ".join(
            [*words, *(f"--build-arg {name}={value}" for name, value in self.choice.build_args.items())]
        )


_NO_CHOICE = Choice()


def choose(root: Path, choice: Choice = _NO_CHOICE) -> UsersDockerfile | None:
    """The user's own Dockerfile, what unladen wrote passed over; None where there is none.

    Raises BadDockerfile: one that is named is not there, several could be meant, or it cannot be read.
    """
    if choice.file:
        path = root / choice.file
        if not path.is_file():
            raise BadDockerfile(
                f"cannot read {choice.file}: {root} has no such file", hint=_hint(root, choice.elsewhere)
            )
        return _read(root, path, choice, "")
    services = tuple(_services(root))
    own = _own_in_root(root)
    if len(services) > 1 and own is None:
        raise BadDockerfile(
            f"cannot tell which image is meant: several services of the compose file build {root}",
            hint=f"Choose one. {_options(services)}.",
        )
    if len(services) == 1:
        service = services[0]
        merged = Choice(
            service.choice.file,
            choice.target or service.choice.target,
            {**service.choice.build_args, **choice.build_args},
        )
        file = root / service.choice.file if service.choice.file else own
        if file is not None and (named := _users(file)):
            said = f"{_named(root, named)} is built as {_listed(service)} of the compose file says"
            return _read(root, named, merged, said if service.choice != _NO_CHOICE else "")
    if own is not None:
        said = "" if own.name == "Dockerfile" else f"The Dockerfile is {_named(root, own)}"
        if len(services) > 1 and not choice.target:
            said = (
                f"{_named(root, own)} is built to its end; services of the compose file: {_options(services)}"
            )
        return _read(root, own, choice, said)
    others = [path for path in dockerfiles(root, choice.elsewhere) if _builds_from(root, path)]
    if len(others) > 1:
        names = ", ".join(_named(root, path) for path in others)
        raise BadDockerfile(
            f"cannot tell which Dockerfile is meant: {root} has {names}",
            hint=f"Choose one with --file {_named(root, others[0])}, or dockerfile under [project] in unladen.toml.",
        )
    return _read(root, others[0], choice, f"The Dockerfile is {_named(root, others[0])}") if others else None


def dockerfiles(root: Path, elsewhere: frozenset[str] = frozenset()) -> tuple[Path, ...]:
    """Every Dockerfile in a project by its name, down to `DEPTH` folders, none that unladen wrote; sorted."""
    return tuple(path for path in sorted(_walk(root, DEPTH, elsewhere)) if not _is_ours(path))


def given_args(words: tuple[str, ...] | list[str]) -> dict[str, str]:
    """The values of --build-arg: NAME=VALUE, or NAME for the environment's. Raises BadDockerfile."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals and name not in os.environ:
            raise BadDockerfile(
                f"cannot pass the build argument {name}: it has no value here",
                hint=f"Give it one: --build-arg {name}=VALUE.",
            )
        found[name] = value if equals else os.environ[name]
    return found


def _walk(folder: Path, depth: int, elsewhere: frozenset[str]) -> Iterator[Path]:
    try:
        entries = list(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        name = entry.name
        if entry.is_file() and _NAME.fullmatch(name) and not name.lower().endswith(_NO_DOCKERFILE):
            yield entry
        elif (
            depth
            and entry.is_dir()
            and not entry.is_symlink()
            and not (name.startswith(".") or name in elsewhere)
        ):
            yield from _walk(entry, depth - 1, elsewhere)


def _own_in_root(root: Path) -> Path | None:
    """The root's own Dockerfile, or what unladen kept of it."""
    try:
        names = {entry.name for entry in root.iterdir()}
    except OSError:
        return None
    return next((found for name in ROOT_NAMES if name in names and (found := _users(root / name))), None)


def _users(path: Path) -> Path | None:
    """The file, or what was kept of it (.bak) where unladen wrote its own over it."""
    if not path.is_file():
        return None
    if not _is_ours(path):
        return path
    backup = path.with_name(f"{path.name}.bak")
    return backup if backup.is_file() else None


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MARK)) == MARK.encode()


def _builds_from(root: Path, path: Path) -> bool:
    """Whether what the file copies is in the root: a Dockerfile in a subfolder may be for that one alone."""
    if not path.is_file():
        return False
    parsed = parse(read_text(path))
    if parsed.problems:
        return False
    for each in parsed.instructions:
        if each.keyword in ("COPY", "ADD") and "from" not in each.flags and not each.heredocs:
            for source in each.words[:-1]:
                plain = not re.search(r"[*?\[$]|://", source)
                if plain and not (root / source.lstrip("/")).exists():
                    return False
    return True


def _services(root: Path) -> Iterator[_Service]:
    """What the compose file builds from this folder, services that build the same thing together."""
    path = next((root / name for name in COMPOSE if (root / name).is_file()), None)
    if path is None:
        return
    try:
        whole = yaml.safe_load(path.read_text(encoding="utf-8", errors="replace"))
    except (yaml.YAMLError, OSError):
        return  # it is docker compose's to refuse
    services = whole.get("services") if isinstance(whole, dict) else None
    found: list[_Service] = []
    for name, service in services.items() if isinstance(services, dict) else ():
        build = service.get("build") if isinstance(service, dict) else None
        if (choice := _choice(root, build)) is None:
            continue
        same = next((at for at, each in enumerate(found) if each.choice == choice), None)
        if same is None:
            found.append(_Service((str(name),), choice))
        else:
            found[same] = replace(found[same], names=(*found[same].names, str(name)))
    yield from found


def _choice(root: Path, build: Any) -> Choice | None:
    """What `build:` says; None where it builds another folder."""
    if isinstance(build, str):
        build = {"context": build}
    if not isinstance(build, dict) or "dockerfile_inline" in build:
        return None
    context = _interpolated(str(build.get("context", ".")))
    if "://" in context or (root / context).resolve() != root.resolve():
        return None
    args = build.get("args") or {}
    pairs = args.items() if isinstance(args, dict) else (str(word).partition("=")[::2] for word in args)
    values = {str(name): _interpolated(_text(value)) for name, value in pairs if value not in (None, "")}
    file = _interpolated(str(build.get("dockerfile") or ""))
    return Choice("" if file == "Dockerfile" else file, _interpolated(str(build.get("target") or "")), values)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _interpolated(text: str) -> str:
    """The text with ${NAME:-default} and the like, as compose fills them in from the environment."""
    return expanded(text, os.environ) if "$" in text else text


def _read(root: Path, path: Path, choice: Choice, said: str) -> UsersDockerfile:
    found = _users(path)
    if found is None:
        raise BadDockerfile(
            f"cannot read {_named(root, path)} as yours: unladen wrote it, and there is no .bak of yours",
            hint="Name your own with --file.",
        )
    read = read_users(found, target=choice.target, build_args=choice.build_args)
    assert read is not None
    if found.name.endswith(".bak") and not said:
        said = f"The Dockerfile is unladen's own: the baseline is {_named(root, found)}"
    return replace(read, said=said)


def _hint(root: Path, elsewhere: frozenset[str]) -> str:
    names = ", ".join(_named(root, path) for path in dockerfiles(root, elsewhere))
    return f"There are: {names}." if names else ""


def _options(services: tuple[_Service, ...]) -> str:
    return "; ".join(f"{_listed(each)}: {each.options}" for each in services)


def _listed(service: _Service) -> str:
    return ", ".join(service.names)


def _named(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
